"""A stand-in for the comments of a YouTube channel: threads below videos, one level of answers, moderation, and units of a day.

What discovery does not say is from https://developers.google.com/youtube/v3/docs/commentThreads and .../comments. Where Google leaves
open what is shown of what is held for review, the stand-in shows least: only who asks for it by its status sees it.
"""

import itertools
from collections.abc import Iterator
from datetime import UTC

import pytest

from tests.support.closed.google import JSON, Answer, Asked, Google, Refused, running

US, OTHER = "UCacmeacmeacmeacmeacme00", "UCotherotherotherother00"
COST = {"list": 1, "insert": 50, "update": 50, "delete": 50, "setModerationStatus": 50}  # units; Google's table of 2024
AT_MOST = 5  # answers that come along with a thread


class Tube(Google):
    api = ("youtube", "v3")
    scopes = ("https://www.googleapis.com/auth/youtube.force-ssl",)

    def __init__(self) -> None:
        super().__init__()
        self.channels = [(US, "Acme")]
        self.comments: dict[str, JSON] = {}  # with `status` beside what is shown
        self.units = 10_000
        self.numbering = itertools.count(1)
        self.pages_forgotten = False

    def secrets(self) -> dict[str, str]:
        return {"client_secret": self.client_secret, "refresh_token": self.refresh_token}

    # ── What Heard asks ─────────────────────────────────────────────────────────────────────────────────────────────

    def routes(self, asked: Asked) -> Answer:
        _, resource, verb = asked.method.split(".")
        if self.units < COST[verb]:
            message = "The request cannot be completed because you have exceeded your quota."
            raise Refused(403, "quotaExceeded", message, domain="youtube.quota")
        self.units -= COST[verb]
        return getattr(self, f"{resource}_{verb}")(asked)

    def channels_list(self, asked: Asked) -> Answer:
        items = [{"kind": "youtube#channel", "id": id_, "snippet": {"title": title}} for id_, title in self.channels]
        return Answer(self.page("channel", items, asked))

    def commentThreads_list(self, asked: Asked) -> Answer:
        filters = {"id", "allThreadsRelatedToChannelId", "videoId", "channelId"} & set(asked.query)
        if len(filters) != 1:
            raise Refused(400, "missingRequiredParameter", "Exactly one filter must be given.")
        status = asked.one("moderationStatus", "published")
        parts = asked.one("part").split(",")
        threads = [id_ for id_ in self.comments if "." not in id_ and self.is_listed(id_, status)]
        if "id" in filters:
            if {"maxResults", "order", "moderationStatus"} & set(asked.query) or len(asked.one("id").split(",")) > 50:
                raise Refused(400, "operationNotSupported", "The id filter goes with nothing else.")
            threads = [id_ for id_ in asked.one("id").split(",") if id_ in threads]
        else:
            threads.sort(key=lambda id_: self.comments[id_]["publishedAt"], reverse=True)
        return Answer(self.page("commentThread", [self.thread(id_, parts) for id_ in threads], asked))

    def is_listed(self, thread_id: str, status: str) -> bool:
        if status == "published":
            return self.comments[thread_id]["status"] == "published"
        return any(each["status"] == status for id_, each in self.comments.items() if id_.partition(".")[0] == thread_id)

    def thread(self, id_: str, parts: list[str]) -> JSON:
        answers = self.answers_to(id_)
        about = {"channelId": US, "videoId": self.comments[id_]["videoId"], "topLevelComment": self.shown(id_)}
        snippet = {**about, "canReply": True, "totalReplyCount": len(answers), "isPublic": True}
        thread: JSON = {"kind": "youtube#commentThread", "etag": "e", "id": id_}
        if "snippet" in parts:
            thread["snippet"] = snippet
        if "replies" in parts and answers:
            thread["replies"] = {"comments": [self.shown(each) for each in answers[-AT_MOST:]]}
        return thread

    def comments_list(self, asked: Asked) -> Answer:
        if asked.one("parentId") not in self.comments:
            raise Refused(404, "commentNotFound", "The comment could not be found.", domain="youtube.comment")
        items = [self.shown(id_) for id_ in reversed(self.answers_to(asked.one("parentId")))]
        return Answer(self.page("comment", items, asked))

    def comments_insert(self, asked: Asked) -> Answer:
        snippet = asked.json["snippet"]
        if len(snippet["textOriginal"]) > 10_000:
            raise Refused(400, "commentTextTooLong", "The comment is too long.", domain="youtube.comment")
        if snippet["parentId"] not in self.comments:
            raise Refused(404, "parentCommentNotFound", "The parent could not be found.", domain="youtube.comment")
        if self.comments[snippet["parentId"]]["status"] != "published":
            raise Refused(403, "parentCommentIsPrivate", "The parent is private.", domain="youtube.comment")
        return Answer(self.shown(self.answers(US, "@acme", snippet["textOriginal"], below=snippet["parentId"])))

    def comments_update(self, asked: Asked) -> Answer:
        id_ = self.own(asked.json["id"])
        self.changes(id_, asked.json["snippet"]["textOriginal"])
        return Answer(self.shown(id_))

    def comments_delete(self, asked: Asked) -> Answer:
        self.removes(self.own(asked.one("id")))
        return Answer()

    def comments_setModerationStatus(self, asked: Asked) -> Answer:
        if asked.one("id") not in self.comments:
            raise Refused(404, "commentNotFound", "The comment could not be found.", domain="youtube.comment")
        self.comments[asked.one("id")]["status"] = asked.one("moderationStatus")
        return Answer()

    def own(self, id_: str) -> str:
        if id_ not in self.comments:
            raise Refused(404, "commentNotFound", "The comment could not be found.", domain="youtube.comment")
        if self.comments[id_]["authorChannelId"]["value"] != US:
            raise Refused(403, "forbidden", "The comment is not yours.", domain="youtube.comment")
        return id_

    def page(self, kind: str, items: list[JSON], asked: Asked) -> JSON:
        token, size = asked.one("pageToken"), int(asked.one("maxResults", "20")) if "id" not in asked.query else 50
        if token and self.pages_forgotten:
            raise Refused(400, "invalidPageToken", "The request specifies an invalid page token.")
        start = int(token.removeprefix("page-") or 0) if token else 0
        page = {"kind": f"youtube#{kind}ListResponse", "etag": "e", "items": items[start : start + size]}
        page["pageInfo"] = {"totalResults": len(items), "resultsPerPage": size}
        return page | ({"nextPageToken": f"page-{start + size}"} if items[start + size :] else {})

    # ── What happens there ──────────────────────────────────────────────────────────────────────────────────────────

    def answers_to(self, thread_id: str) -> list[str]:
        """Oldest first."""
        return [id_ for id_, each in self.comments.items() if id_.startswith(f"{thread_id}.") and each["status"] == "published"]

    def shown(self, id_: str) -> JSON:
        snippet = {name: value for name, value in self.comments[id_].items() if name != "status"}
        return {"kind": "youtube#comment", "etag": "e", "id": id_, "snippet": snippet}

    def writes(self, who: str, name: str, words: str, *, video: str = "dQw4w9WgXcQ") -> str:
        return self.put(f"Ugx{next(self.numbering):08}", who, name, words, videoId=video)

    def answers(self, who: str, name: str, words: str, *, below: str) -> str:
        video = self.comments[below]["videoId"]
        return self.put(f"{below}.9n{next(self.numbering)}", who, name, words, videoId=video, parentId=below)

    def put(self, id_: str, who: str, name: str, words: str, **more: str) -> str:
        self.comments[id_] = {
            "authorDisplayName": name,
            "authorChannelId": {"value": who},
            "authorChannelUrl": f"http://www.youtube.com/{name}",
            "authorProfileImageUrl": "https://yt3.ggpht.com/x",
            "channelId": US,
            "textDisplay": words,
            "textOriginal": words,
            "canRate": True,
            "viewerRating": "none",
            "likeCount": 0,
            "publishedAt": self.at(),
            "updatedAt": self.at(),
            **more,
            "status": "published",
        }
        return id_

    def changes(self, id_: str, words: str) -> None:
        self.comments[id_] |= {"textDisplay": words, "textOriginal": words, "updatedAt": self.at()}

    def removes(self, id_: str) -> None:
        for each in [each for each in self.comments if each == id_ or each.startswith(f"{id_}.")]:
            del self.comments[each]

    def at(self) -> str:
        """YouTube tells whole seconds."""
        return self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def words_below(self, thread_id: str) -> list[str]:
        return [self.comments[id_]["textOriginal"] for id_ in self.answers_to(thread_id)]


@pytest.fixture
def tube() -> Iterator[Tube]:
    with running(Tube()) as google:
        yield google
