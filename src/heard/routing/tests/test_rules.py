"""The judgement of routing, as tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heard.routing.rules.matter import Matter, bare_subject, same_matter
from heard.routing.rules.order import Target, due_at, order_reasons
from heard.routing.rules.triage import VoiceSigns, needs_conversation, triage

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
PLAIN = VoiceSigns(
    kind="message",
    addressed=True,
    withdrawn=False,
    kinds=(),
    answer_due=False,
    operational=False,
    urgency=0,
    has_open_case=False,
    happened_live=False,
)


@pytest.mark.parametrize(
    ("told", "signs", "outcome", "cases"),
    [
        ("wants to buy (T1)", {"kinds": ("sales", "praise"), "answer_due": True, "operational": True}, "waiting", ("sales",)),
        ("made a video (T2)", {"kinds": ("praise", "marketing")}, "no_answer_due", ()),
        (
            "a client finds it dear (T3)",
            {"kinds": ("sales", "product"), "answer_due": True, "operational": True},
            "waiting",
            ("sales",),
        ),
        ("read my review (T4)", {"kinds": ("support", "product", "marketing"), "answer_due": True}, "waiting", ("support",)),
        ("only a wish", {"kinds": ("product",), "answer_due": True}, "waiting", ("product",)),
        ("hello, anyone there?", {"answer_due": True}, "waiting", ("support",)),
        ("hello again, while a case is open", {"answer_due": True, "has_open_case": True}, "waiting", ()),
        ("one more detail to an open case", {"operational": True, "has_open_case": True}, "waiting", ()),
        ("thanks, at the end", {"kinds": ("praise",), "has_open_case": True}, "no_answer_due", ()),
        ("danger and trouble", {"kinds": ("support", "risk"), "answer_due": True, "urgency": 3}, "waiting", ("risk", "support")),
        ("lol same", {"addressed": False}, "no_answer_due", ()),
        ("buy followers", {"kinds": ("spam", "sales"), "answer_due": True}, "spam", ()),
        ("out of office", {"kind": "auto_reply", "answer_due": True, "kinds": ("support",)}, "no_answer_due", ()),
        ("undeliverable", {"kind": "bounce"}, "no_answer_due", ()),
        ("taken back", {"withdrawn": True, "answer_due": True, "kinds": ("support",)}, "withdrawn", ()),
        ("a call that was talked through", {"kind": "call", "happened_live": True, "operational": True}, "handled", ()),
        (
            "a call that left work",
            {"kind": "call", "happened_live": True, "answer_due": True, "kinds": ("support",)},
            "waiting",
            ("support",),
        ),
    ],
)
def test_each_voice_has_one_outcome_with_a_reason(told, signs, outcome, cases):
    decision = triage(PLAIN._replace(**signs))
    assert (decision.outcome, decision.case_kinds) == (outcome, cases), told
    assert decision.why


all_signs = st.builds(
    VoiceSigns,
    kind=st.sampled_from(["message", "post", "call", "bounce", "auto_reply", "review"]),
    addressed=st.booleans(),
    withdrawn=st.booleans(),
    kinds=st.lists(
        st.sampled_from(["support", "sales", "praise", "product", "marketing", "community", "risk", "spam"]), unique=True
    ).map(tuple),
    answer_due=st.booleans(),
    operational=st.booleans(),
    urgency=st.integers(0, 3),
    has_open_case=st.booleans(),
    happened_live=st.booleans(),
)


@given(all_signs)
def test_whoever_waits_has_a_case_to_wait_in_and_a_conversation_to_be_found_in(signs):
    decision = triage(signs)
    assert decision.why
    assert decision.outcome != "waiting" or decision.case_kinds or signs.has_open_case
    assert decision.outcome != "waiting" or needs_conversation(signs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Re: Invoice 4711", "invoice 4711"),
        ("AW: Re: [shop] Rechnung", "Rechnung"),
        ("Fwd: RE[2]:  Hello   there", "hello there"),
        ("Sv: Hej", "HEJ"),
    ],
)
def test_an_answer_has_the_subject_of_what_it_answers(one, other):
    assert bare_subject(one) == bare_subject(other)


def _matter(kinds="support", subject="", hours=0):
    return Matter(frozenset(kinds.split()), subject, NOON + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("told", "conversation", "voice", "same"),
    [
        ("a post after a call", _matter(), _matter(hours=30), True),
        ("a month later", _matter(), _matter(hours=24 * 30), False),
        ("another mail", _matter(subject="router"), _matter(subject="invoice"), False),
        ("the same mail", _matter(subject="router"), _matter(subject="router", kinds="praise"), True),
        ("a post after a mail", _matter(subject="router"), _matter(), True),
        ("something to buy after trouble", _matter(), _matter(kinds="sales"), False),
        ("trouble, and something to buy", _matter(), _matter(kinds="sales support"), True),
        ("thanks", _matter(), _matter(kinds="praise"), True),
    ],
)
def test_a_voice_goes_on_with_the_same_matter(told, conversation, voice, same):
    assert same_matter(conversation, voice) is same, told


def test_need_and_age_decide_the_order():
    calm = due_at(started_at=NOON, target=Target(4 * 3600), urgency=1)
    burning = due_at(started_at=NOON + timedelta(hours=1), target=Target(4 * 3600), urgency=3)
    older = due_at(started_at=NOON - timedelta(hours=1), target=Target(4 * 3600), urgency=1)
    assert burning < older < calm == NOON + timedelta(hours=4)


def test_the_reasons_for_the_order_can_be_read():
    reasons = order_reasons(urgency=3, queue_name="Service", target=Target(4 * 3600))
    assert reasons == ["cannot wait: safety, money, or many affected", "Service answers within 4 h"]
    assert order_reasons(urgency=0, queue_name="Service", target=Target(45 * 60)) == ["Service answers within 45 min"]
