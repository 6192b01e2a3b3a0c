"""A stand-in for the reviews of Google Play: a week of them, newest words first, one answer to each.

What discovery does not say is from https://developers.google.com/android-publisher/reply-to-reviews
"""

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest

from heard.listening.channels.google.tests.conformance import key_file
from tests.support.closed.google import JSON, Answer, Asked, Google, Refused, running

APP = "com.acme.app"


class Play(Google):
    api = ("androidpublisher", "v3")
    scopes = ("https://www.googleapis.com/auth/androidpublisher",)

    def __init__(self) -> None:
        super().__init__()
        self.reviews: dict[str, JSON] = {}
        self.numbering = itertools.count(1)
        self.pages_forgotten = False

    def secrets(self) -> dict[str, str]:
        return {"service_account_key": key_file()}

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def routes(self, asked: Asked) -> Answer:
        if asked.of_path["packageName"] != APP:
            raise Refused(404, "applicationNotFound", f"Package not found: {asked.of_path['packageName']}.")
        if asked.method == "androidpublisher.reviews.list":
            return Answer(self.page(int(asked.one("maxResults", "10")), asked.one("token")))
        review = self.reviews.get(asked.of_path["reviewId"])
        if review is None:
            raise Refused(404, "reviewNotFound", "The review was not found.")
        return Answer(self.reply(review, asked.json["replyText"]) if asked.verb == "POST" else review)

    def page(self, size: int, token: str) -> JSON:
        if token and self.pages_forgotten:
            raise Refused(400, "badRequest", "Invalid pagination token.")
        start = int(token.removeprefix("page-") or 0) if token else 0
        week = (self.now - timedelta(days=7)).timestamp()
        listed = sorted((each for each in self.reviews.values() if changed_at(each) > week), key=changed_at, reverse=True)
        page: JSON = {"reviews": listed[start : start + size]} if listed[start:] else {}
        if listed[start + size :]:
            page["tokenPagination"] = {"nextPageToken": f"page-{start + size}"}
        return page

    def reply(self, review: JSON, text: str) -> JSON:
        if len(text) > 350:
            raise Refused(400, "invalidReply", "The reply is too long.")
        answer = {"text": text, "lastModified": self.at()}
        review["comments"] = [review["comments"][0], {"developerComment": answer}]
        return {"result": {"replyText": text, "lastEdited": answer["lastModified"]}}

    # ── What happens there ──────────────────────────────────────────────────────────────────────────────────────────

    def at(self) -> JSON:
        now = self.now
        return {"seconds": str(int(now.timestamp())), "nanos": now.microsecond * 1000}

    def writes(self, who: str, words: str, *, stars: int) -> str:
        id_ = f"gp:AOqpT{next(self.numbering):06}"
        user = {
            "text": words,
            "lastModified": self.at(),
            "starRating": stars,
            "reviewerLanguage": "en",
            "device": "flounder",
            "androidOsVersion": 34,
            "appVersionName": "1.2.3",
            "deviceMetadata": {"manufacturer": "Samsung", "productName": "Galaxy S24", "ramMb": 8192},
        }
        self.reviews[id_] = {"reviewId": id_, "authorName": who, "comments": [{"userComment": user}]}
        return id_

    def changes(self, id_: str, words: str, *, stars: int) -> None:
        self.reviews[id_]["comments"][0]["userComment"] |= {"text": words, "starRating": stars, "lastModified": self.at()}

    def removes(self, id_: str) -> None:
        del self.reviews[id_]

    def answer_to(self, id_: str) -> str:
        [*_, last] = self.reviews[id_]["comments"]
        return last.get("developerComment", {}).get("text", "")


def changed_at(review: JSON) -> float:
    at = review["comments"][0]["userComment"]["lastModified"]
    return int(at["seconds"]) + at["nanos"] / 1e9


@pytest.fixture
def play() -> Iterator[Play]:
    with running(Play()) as google:
        yield google
