"""What becomes of a voice whose author changes the words: in whatever order we hear of it, and whoever has to do with it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from heard.governance.permissions import HEARD, Viewer
from heard.governance.selectors import viewer_for
from heard.listening import selectors as listening
from heard.listening.channels.contract import Edited, Withdrawn
from heard.routing import actions, groups
from heard.routing.models import Case, Clock, Conversation, Copy, Disposition, Entry
from heard.understanding import selectors as understanding
from heard.understanding.actions import correct
from heard.understanding.models import Assessment
from tests.support.wire import at, delivery, person, said

dana = person("Dana")
HELP = "My broadband is down, please help me."
THANKS = "Thank you so much, great service!"


@pytest.fixture
def agent(alice) -> Viewer:
    viewer = viewer_for(alice.pk)
    assert viewer is not None
    return viewer


def edited(target: str, text: str, *, minute: float) -> Edited:
    return Edited(target=target, version=f"{minute:06}", occurred_at=at(minute), text=text)


def ours(external_id: str, *, minute: float, parent: str):
    return said(external_id, person("Acme"), "We are on it.", minute=minute, direction="outbound", parent_ref=parent)


@pytest.fixture
def told(wire, arrive):
    """A function that tells these events one by one, or together."""
    account_id = wire()

    def tell(*events, together: bool = False) -> None:
        for some in [events] if together else [[event] for event in events]:
            arrive(account_id, delivery(*some))

    return tell


def interaction_id(external_id: str = "1") -> int:
    return Disposition.objects.get(interaction__external_id=external_id).interaction_id


def outcome(external_id: str = "1") -> tuple[str, str]:
    found = Disposition.objects.get(interaction__external_id=external_id)
    return found.outcome, found.why


def verdict(external_id: str = "1") -> understanding.Verdict:
    return understanding.verdicts_on([interaction_id(external_id)])[interaction_id(external_id)]


# ── Where nobody has worked yet ─────────────────────────────────────────────────────────────────────────────────────


def test_thanks_that_become_a_question_come_to_somebody(told):
    told(said("1", dana, THANKS))
    assert outcome()[0] == "no_answer_due"
    told(edited("1", HELP, minute=5))
    assert outcome() == ("waiting", "An answer is due: support.")
    assert Clock.objects.get().stopped_at is None
    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.kinds, conversation.preview) == ("open", ["support"], HELP)


def test_chatter_that_becomes_a_question_to_us_gets_a_conversation(told):
    told(said("1", dana, "lol", addressed=False, visibility="public"))
    assert not Conversation.objects.exists()
    told(edited("1", HELP, minute=5))
    assert Conversation.objects.get().state == "open"
    assert Entry.objects.get().interaction.external_id == "1"


def test_a_question_that_its_author_edits_away_says_why_it_waits_no_more(told):
    told(said("1", dana, HELP), edited("1", THANKS, minute=5))
    assert outcome()[0] == "no_answer_due"
    assert outcome()[1].startswith("Its author edited it.")
    assert not Case.objects.exists()
    assert not Clock.objects.exists()


def test_what_the_first_words_meant_stays_on_record(told):
    told(said("1", dana, THANKS), edited("1", HELP, minute=5), edited("1", THANKS, minute=3))
    assert [(a.words, a.answer_due) for a in Assessment.objects.order_by("words")] == [(0, False), (1, True)]
    assert verdict().answer_due


def test_an_edit_without_new_words_changes_nothing(told):
    told(said("1", dana, HELP), edited("1", HELP + " Thanks!", minute=5))
    before = list(Assessment.objects.values_list("id", flat=True)), outcome()
    told(edited("1", HELP + " Thanks!", minute=5))
    assert (list(Assessment.objects.values_list("id", flat=True)), outcome()) == before


def test_a_question_that_is_edited_into_an_answered_post_waits_since_the_edit(told):
    told(said("1", dana, HELP), ours("a", minute=5, parent="1"))
    assert outcome()[0] == "answered"
    told(edited("1", "It is broken again, please help me now.", minute=10))
    assert outcome()[0] == "waiting"
    assert Clock.objects.get(stopped_at=None).started_at == at(10)
    told(ours("b", minute=15, parent="1"))
    assert outcome()[0] == "answered"


def test_an_edit_before_our_answer_does_not_make_anybody_wait_longer_or_shorter(told):
    told(said("1", dana, HELP), edited("1", HELP + " It is urgent.", minute=10))
    assert Clock.objects.get(stopped_at=None).started_at == at(0)


def test_a_withdrawn_voice_is_not_brought_back_by_an_edit(told):
    told(said("1", dana, THANKS), Withdrawn(target="1", occurred_at=at(2)), edited("1", HELP, minute=5))
    assert outcome()[0] == "withdrawn"
    assert not listening.search(HEARD, "broadband")


def test_personal_data_in_new_words_is_masked_before_it_is_read_or_stored(told):
    told(said("1", dana, THANKS), edited("1", "Please charge my card 4111 1111 1111 1111 again.", minute=5))
    assert "4111 1111" not in listening.voices(HEARD, [interaction_id()])[interaction_id()].text
    assert "4111 1111" not in str(Assessment.objects.values_list("reasons", "targets"))


# ── Where somebody has ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_colleague_has_put_aside_comes_back_when_it_asks_for_help(told, agent):
    told(said("1", dana, THANKS + " My order was 4711."))
    actions.dispose(agent, interaction_id(), outcome="no_answer_due", why="Only praise.")
    told(edited("1", HELP, minute=5))
    assert outcome() == ("waiting", "Edited after that. An answer is due: support.")
    assert Clock.objects.get(stopped_at=None).started_at == at(5)
    assert Conversation.objects.get().state == "open"


def test_what_a_colleague_has_put_aside_stays_so_for_a_comma(told, agent):
    told(said("1", dana, HELP))
    actions.dispose(agent, interaction_id(), outcome="handled", why="Phoned her.")
    told(edited("1", HELP.replace("down,", "down"), minute=5))
    assert outcome() == ("handled", "Phoned her.")


def test_a_conversation_stays_with_its_owner_who_sees_that_it_asks_for_nothing_any_more(told, agent):
    told(said("1", dana, HELP))
    conversation = Conversation.objects.get()
    actions.assign(agent, conversation.pk, member_id=agent.member_id)
    told(edited("1", THANKS, minute=5))
    conversation.refresh_from_db()
    assert (conversation.assignee_id, conversation.state) == (agent.member_id, "open")
    assert outcome()[0] == "waiting"
    assert "asks for nothing any more" in outcome()[1]


def test_an_owned_conversation_gets_the_new_matter_beside_the_old_one(told, agent):
    told(said("1", dana, HELP))
    actions.assign(agent, Conversation.objects.get().pk, member_id=agent.member_id)
    told(edited("1", HELP + " It is burning, there is smoke and fire, this is dangerous!", minute=5))
    assert Conversation.objects.get().assignee_id == agent.member_id
    assert {"risk", "support"} <= set(Case.objects.values_list("kind", flat=True))


def test_what_a_colleague_corrected_is_not_overwritten_and_a_new_question_is_looked_at(told, agent):
    told(said("1", dana, THANKS))
    correct(agent, interaction_id(), field="answer_due", value=False)
    correct(agent, interaction_id(), field="sentiment", value="negative")
    told(edited("1", HELP, minute=5))
    assert (verdict().answer_due, verdict().sentiment) == (False, "negative")
    assert outcome()[0] == "waiting"
    assert "look once more" in outcome()[1]


# ── What hangs on the words ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_copy_that_is_edited_leaves_its_group(told):
    words = "Acme has raised its prices by forty percent without telling anybody, this is a scandal, please share it."
    told(said("1", dana, words), said("2", person("Eve"), words), said("3", person("Fay"), words))
    groups.catch_up()
    assert Copy.objects.values("likeness__group").distinct().count() == 1
    told(edited("1", HELP, minute=5))
    groups.catch_up()
    assert not Copy.objects.filter(interaction__external_id="1").exists()  # too short to be like anything
    assert Entry.objects.get(interaction__external_id="1").conversation.group_id is None
    assert Entry.objects.get(interaction__external_id="2").conversation.group_id is not None


def test_a_review_that_is_edited_shows_its_new_stars_whatever_came_first(told):
    review = said("1", dana, "It does not work.", kind="review", visibility="public", extra={"rating": 1, "device": "Pixel"})
    better = Edited(target="1", version="2", occurred_at=at(5), text="Works again, thank you!", extra={"rating": 5})
    told(better, review)
    assert listening.voices(HEARD, [interaction_id()])[interaction_id()].extra == {"rating": 5, "device": "Pixel"}


def test_the_number_of_statements_does_not_grow_with_the_edits(wire, arrive):
    account_id = wire()

    def statements(first: int, count: int) -> int:
        numbers = range(first, first + count)
        arrive(account_id, delivery(*(said(f"{n}", person(f"C{n}"), THANKS) for n in numbers)))
        with CaptureQueriesContext(
            connection,
        ) as made:
            arrive(account_id, delivery(*(edited(f"{n}", HELP, minute=5) for n in numbers)))
        return len(made)

    few = statements(0, 2)
    assert statements(100, 40) <= few
