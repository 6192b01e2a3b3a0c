"""The questions of the YouTube Data API that we ask, with what each costs."""

import re
from typing import Any, TypeVar

from heard.listening.channels.contract import Context, Rejected
from heard.listening.channels.google.api import Api
from heard.listening.channels.google.sign_in import by_refresh_token
from heard.listening.channels.youtube.payloads import Channels, Comment, OurChannel, Page
from heard.listening.channels.youtube.quota import COST, seconds_to_midnight

T = TypeVar("T")
ROOT = "https://youtube.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
Params = dict[str, str | int]
PLAIN: Params = {"textFormat": "plainText"}


class Tube:
    """`units`: what was spent until now."""

    def __init__(self, ctx: Context) -> None:
        self.channel = ctx.account.address.strip()
        if not CHANNEL.fullmatch(self.channel):
            raise Rejected("the address of this account is the channel ID: UC and 22 letters, under Settings → Advanced settings")
        self.units = 0
        self._now = ctx.now
        self._api = Api(ctx, by_refresh_token(ctx), root=ROOT, quota_wait_seconds=self._until_units_come)

    def newest_threads(self, *, limit: int, page: str = "") -> Page:
        """Of the videos and of the channel, newest first by the comment that began each."""
        more: Params = {"pageToken": page} if page else {}
        params: Params = {"part": "snippet,replies", "order": "time", "maxResults": min(max(limit, 1), 100), **PLAIN, **more}
        return self._read("commentThreads.list", Page, allThreadsRelatedToChannelId=self.channel, **params)

    def threads(self, ids: list[str]) -> Page:
        """Those of them that are still there."""
        return self._read("commentThreads.list", Page, id=",".join(ids), part="snippet,replies", **PLAIN)

    def replies(self, thread_id: str, *, page: str = "") -> Page:
        more: Params = {"pageToken": page} if page else {}
        return self._read("comments.list", Page, parentId=thread_id, part="snippet", maxResults=100, **PLAIN, **more)

    def held_threads(self) -> Page:
        """Those with something in them that waits for somebody to look at it, be it that we hid it."""
        params: Params = {"part": "id", "moderationStatus": "heldForReview", "maxResults": 100}
        return self._read("commentThreads.list", Page, allThreadsRelatedToChannelId=self.channel, **params)

    def ours(self) -> list[OurChannel]:
        return self._read("channels.list", Channels, mine="true", part="snippet").items

    def reply(self, thread_id: str, text: str) -> Comment:
        body = {"snippet": {"parentId": thread_id, "textOriginal": text}}
        self._spend("comments.insert")
        return self._api.write("POST", "youtube/v3/comments", Comment, params={"part": "snippet"}, json=body)

    def change(self, comment_id: str, text: str) -> None:
        body = {"id": comment_id, "snippet": {"textOriginal": text}}
        self._do("comments.update", "PUT", "comments", params={"part": "snippet"}, json=body)

    def delete(self, comment_id: str) -> None:
        self._do("comments.delete", "DELETE", "comments", params={"id": comment_id})

    def moderate(self, comment_id: str, status: str) -> None:
        params = {"id": comment_id, "moderationStatus": status}
        self._do("comments.setModerationStatus", "POST", "comments/setModerationStatus", params=params)

    def _read(self, method: str, type_: type[T], **params: str | int) -> T:
        self._spend(method)
        return self._api.read(f"youtube/v3/{method.partition('.')[0]}", type_, **params)

    def _do(self, method: str, verb: str, path: str, **how: Any) -> None:
        self._spend(method)
        self._api.do(verb, f"youtube/v3/{path}", **how)

    def _until_units_come(self) -> float:
        return seconds_to_midnight(self._now())

    def _spend(self, method: str) -> None:
        self.units += COST[method]
