"""Names of files that strangers sent."""

import re
import unicodedata

LONGEST = 150
_RUNS = re.compile(
    r"\.(exe|com|scr|pif|bat|cmd|msi|msp|vbs|vbe|js|jse|jar|wsf|wsh|ps1|hta|lnk|cpl|reg|app|command|sh|apk|svg|html?|xhtml|mht)$",
    re.I,
)


def safe_name(name: str) -> str:
    """The name as it looks, without folders and invisible signs; one that would run when opened ends in .download."""
    seen = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    last = re.split(r"[/\\]", seen)[-1].strip(" .") or "file"
    stem, dot, ending = last.rpartition(".")
    short = f"{stem[:LONGEST]}{dot}{ending}" if stem and len(ending) < 12 else last[:LONGEST]
    return f"{short}.download" if _RUNS.search(short) else short
