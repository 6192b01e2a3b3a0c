"""A mail as its author made it look, for a page to show in a sandbox."""

import base64
import re

from heard.listening.files import open_file
from heard.listening.selectors import AttachedFile, Voice

SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")
LARGEST_INLINE = 3_000_000  # bytes; a larger picture is a download
_CID = re.compile(r' data-src="cid:([^"]+)"')
_REMOTE = re.compile(r' data-src="(https?://[^"]*)"')


def html_as_sent(voice: Voice, *, remote_pictures: bool) -> str:
    """The safe HTML with the pictures that came inside the mail; those from elsewhere only when a person asked for them.

    A picture inside is written into the page, because a sandboxed frame has no session to fetch it with.
    """
    inside = {f.content_id.strip("<>"): f for f in voice.attachments if f.content_id}
    shown = _CID.sub(lambda found: _inline(inside.get(found[1])) or found[0], voice.html)
    return _REMOTE.sub(r' src="\1"', shown) if remote_pictures else shown


def _inline(file: AttachedFile | None) -> str:
    if file is None or not file.sha256 or file.content_type not in SHOWN_INLINE or (file.size_bytes or 0) > LARGEST_INLINE:
        return ""
    try:
        with open_file(file.sha256) as stored:
            data = base64.b64encode(stored.read(LARGEST_INLINE)).decode()
    except FileNotFoundError:
        return ""
    return f' src="data:{file.content_type};base64,{data}"'
