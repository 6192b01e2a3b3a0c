"""Which files may go out with a reply; what is refused is said in words. Pure."""

from heard.listening.rules.file_names import safe_name

MOST_FILES = 5
MOST_BYTES = 25_000_000  # of one file; each network has a limit of its own beside it
KEPT = "kept:"  # how a part names a file whose bytes are in listening.files


def why_not(name: str, *, size_bytes: int, others: int) -> str:
    """Empty when the file may be kept. `others` are there already."""
    if others >= MOST_FILES:
        return f"A reply takes {MOST_FILES} files. Remove one first."
    if not size_bytes:
        return f"{name} is empty."
    if size_bytes > MOST_BYTES:
        return f"{name} has {size_bytes / 1_000_000:.0f} MB; a file may have {MOST_BYTES // 1_000_000} MB."
    if safe_name(name).endswith(".download") and not name.endswith(".download"):
        return f"{name} is a program or a page: such files are not sent to customers."
    return ""
