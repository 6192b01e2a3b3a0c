"""What people do with verdicts: say what is true."""

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.kernel import outbox, stream
from heard.kernel.clock import now
from heard.listening.selectors import visible_interactions
from heard.understanding.models import Assessment, Correction
from heard.understanding.rules.corrections import BadCorrection, checked


class NothingToCorrect(ObjectDoesNotExist):
    """There is no such voice for this viewer, or it was never assessed. Nothing was changed."""


def correct(viewer: Viewer, interaction_id: int, *, field: str, value: object) -> None:
    """From now on `field` of that voice is `value`, whatever any assessor says; saying it again changes nothing.

    Raises NotAllowed, BadCorrection with words for the person, or NothingToCorrect. Tells "verdict.corrected", so that
    later rooms can route the voice anew and learn.
    """
    viewer.check("verdict.correct")
    if viewer.member_id is None:
        raise BadCorrection("Only a person corrects a verdict.")
    true = checked(field, value)
    with transaction.atomic():
        team_id = _team_of(viewer, interaction_id)
        before = Correction.objects.filter(interaction_id=interaction_id, field=field).order_by("-id").first()
        if before is not None and before.value == true:
            return
        Correction.objects.create(
            interaction_id=interaction_id, field=field, value=true, member_id=viewer.member_id, made_at=now()
        )
        audit.note(viewer, "verdict.correct", "interaction", interaction_id, field=field, value=true)
        outbox.tell("verdict.corrected", interaction_id=interaction_id, field=field, value=true, member_id=viewer.member_id)
        stream.publish(stream.News("verdict", {"id": interaction_id}, team_id))


def _team_of(viewer: Viewer, interaction_id: int) -> int | None:
    """The team that may know of it; raises for a voice that this viewer may not see, with the same words as for none."""
    found = visible_interactions(viewer).filter(pk=interaction_id).values_list("account__team_id").first()
    if found is None or not Assessment.objects.filter(interaction_id=interaction_id).exists():
        raise NothingToCorrect("There is no such message, or it is not yours to see.")
    return found[0]
