"""People on a server with a Mastodon API: the other side of a conversation, by their own client and not by ours."""

from dataclasses import dataclass

import httpx

from tests.support.servers.waiting import wait_for

CLOSE = {"Connection": "close"}  # snac hangs up after each answer without saying so


@dataclass(frozen=True)
class Person:
    """A user of one of the servers, with a token: the other side of a conversation."""

    handle: str  # brand@a.snac.test
    base_url: str
    token: str

    def api(self, method: str, path: str, **data: str) -> dict | list:
        with httpx.Client(base_url=self.base_url, headers={"Authorization": f"Bearer {self.token}", **CLOSE}, timeout=20) as http:
            answer = http.request(method, path, params=data if method == "GET" else None, data=data if method != "GET" else None)
        answer.raise_for_status()
        return answer.json()

    def post(self, text: str, **data: str) -> dict:
        return self.api("POST", "/api/v1/statuses", status=text, **data)

    def mentions(self) -> list[dict]:
        return [seen["status"] for seen in self.api("GET", "/api/v1/notifications") if seen["type"] == "mention"]

    def hears(self, words: str) -> dict:
        """The mention with these words, once it has arrived."""
        return wait_for(lambda: next((status for status in self.mentions() if words in status["content"]), None))

    def knows(self, handle: str) -> str:
        """The id of somebody on another server, fetched from there."""
        found = self.api("GET", "/api/v2/search", q=handle, resolve="true")
        return found["accounts"][0]["id"]
