"""Whether an assessor elsewhere is asked: off until somebody who may manage what is learnt says yes, with their name."""

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel.bulk import one_writer
from heard.kernel.clock import now
from heard.understanding.models import Assessment
from heard.understanding.remote.models import RemoteUse
from heard.understanding.slots import remotes


class NoSuchRemote(LookupError):
    """Nothing of that name is plugged in. Nothing was changed."""


def switch_remote(viewer: Viewer, name: str, *, on: bool) -> None:
    """From now on voices to come are asked about there, or not any more; what was said stays. Saying it again changes nothing.

    Raises NotAllowed or NoSuchRemote.
    """
    viewer.check("model.manage")
    if name not in remotes.names():
        raise NoSuchRemote(f"There is no remote assessor {name!r}; plugged in: {', '.join(remotes.names()) or 'none'}.")
    with one_writer():
        use, is_new = RemoteUse.objects.get_or_create(name=name, defaults={"switched_at": now()})
        if use.is_on == on and not is_new:
            return
        use.is_on, use.switched_at, use.switched_by_id = on, now(), viewer.member_id
        use.failures, use.paused_until = 0, None
        if on:  # what was said before anybody agreed is not asked about
            use.after = Assessment.objects.order_by("-id").values_list("id", flat=True).first() or 0
        use.save()
        audit.note(viewer, "model.remote", "assessor", use.pk, name=name, on=on)
