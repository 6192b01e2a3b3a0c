"""Which files a visitor may send. The name decides, never what the browser says of the type."""

from heard.listening.channels.form.adapter import plain_name

MAX_FILE_BYTES = 8 * 1024 * 1024
TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "log": "text/plain",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}


class RefusedFile(ValueError):
    """Not taken; says why."""


def accepted(name: str) -> tuple[str, str]:
    """(name without tricks, content type). Raises RefusedFile."""
    plain = plain_name(name)
    content_type = TYPES.get(plain.rpartition(".")[2].lower())
    if content_type is None:
        raise RefusedFile("file_type")
    return plain, content_type
