"""What people do with what was learnt: learn now, use a version or an older one, read the past once more. Each leaves an audit line."""

from collections.abc import Mapping
from datetime import datetime

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel.bulk import one_writer
from heard.understanding.learning import learn as learning
from heard.understanding.learning import reread, versions
from heard.understanding.learning.in_use import in_use, notice
from heard.understanding.learning.learn import Learnt


def learn(viewer: Viewer, field: str) -> Learnt:
    """A new version of what was learnt of the field, in use where it is not worse. Raises NotAllowed or TooFew."""
    viewer.check("model.manage")
    learnt = learning.learn(field, viewer=viewer)
    audit.note(viewer, "model.learn", "model", learnt.version, field=field, used=learnt.number is not None)
    return learnt


def use_head(viewer: Viewer, field: str, version: int | None) -> int:
    """Voices to come are read with that version of what was learnt of the field; None: without any. What was read stays as it is.

    Returns the number of what reads now. Raises NotAllowed or NoSuchVersion.
    """
    viewer.check("model.manage")
    notice()
    before = in_use().versions.get(field)
    number = versions.use_head(field, version, viewer=viewer)
    audit.note(viewer, "model.use", "model", version, field=field, before=before, number=number)
    return number


def use_version(viewer: Viewer, number: int) -> int:
    """Voices are read as in that version, and of those of the past counts what counted then. May be repeated, and taken back by using the
    version before. Tells "verdicts.switched" of the voices that mean something else now. Returns how many. Raises NotAllowed or NoSuchVersion."""
    viewer.check("model.manage")
    with one_writer():
        before = versions.current().number
        changed = reread.switch(number)
        audit.note(viewer, "model.switch", "reading", number, before=before, changed=changed)
    return changed


def read_past_again(viewer: Viewer, *, heads: Mapping[str, int] | None = None, since: datetime | None = None) -> int:
    """All voices, or those since then, will be read again off-peak, with these heads or those in use. Nothing counts before the version is
    used. Returns its number. Raises NotAllowed or NoSuchVersion."""
    viewer.check("model.manage")
    number = reread.begin(heads, since=since, viewer=viewer)
    audit.note(viewer, "model.reread", "reading", number, heads=dict(heads or {}), since=since.isoformat() if since else None)
    return number
