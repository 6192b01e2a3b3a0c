import pytest

from heard.understanding.assess import readings_of
from heard.understanding.rules.cuts import cuts, felt_by
from heard.understanding.rules.targets import Names, area_of, key, targets_of
from heard.understanding.rules.wording import lexicon
from heard.understanding.slots import Text

GOOD, BAD, MIXED = "positive", "negative", "mixed"

SAID = [
    ("en", "love the phone, hate the support", {"phone": GOOD, "support": BAD}),
    ("en", "Great phone terrible support", {"phone": GOOD, "support": BAD}),
    ("en", "Staff were lovely. Room was filthy.", {"Staff": GOOD, "Room": BAD}),
    ("en", "I love the camera and the screen, but the battery is awful", {"camera": GOOD, "screen": GOOD, "battery": BAD}),
    ("en", "The battery, which I replaced twice, is awful, but I love the camera", {"battery": BAD, "camera": GOOD}),
    ("en", "The phone is beautiful, but it keeps crashing", {"phone": MIXED}),
    ("en", "Delivery was quick, the packaging though was a mess", {"Delivery": GOOD, "packaging": BAD}),
    ("en", "Your support is great but my internet is down again", {"support": GOOD, "internet": BAD}),
    ("de", "@acme der Klang ist super, aber der Akku ist schlecht", {"Klang": GOOD, "Akku": BAD}),
    ("de", "Die Mitarbeiterin war freundlich, nur die Wartezeit war unmöglich.", {"Mitarbeiterin": GOOD, "Wartezeit": BAD}),
    ("fr", "J'adore le téléphone mais le service client est nul", {"téléphone": GOOD, "service client": BAD}),
    ("fr", "Chambre magnifique, par contre le personnel désagréable", {"Chambre": GOOD, "personnel": BAD}),
    ("es", "Me encanta el móvil, pero la atención al cliente es pésima", {"móvil": GOOD, "atención al cliente": BAD}),
    ("it", "Il telefono è ottimo ma l'assistenza è pessima", {"telefono": GOOD, "assistenza": BAD}),
]

NOT_SAID = [
    ("all is judged alike", "love the phone, love the support"),
    ("nothing is named", "I love it and I hate it"),
    ("a question praises nothing", "Flight cancelled, terrible. Will the hotel be good?"),
    ("no word judges", "The phone came by post and the support wrote back"),
    ("empty", ""),
]


def judged(text: str, language: str = "en", own: Names | None = None) -> dict[str, str]:
    [wording] = lexicon().find([text], [language])
    return {target.words: target.sentiment for target in targets_of(text, wording, language, own)}


def read(text: str):
    return readings_of([Text(text=text, visibility="public", channel="mastodon")])[0]


@pytest.mark.parametrize(("language", "text", "found"), SAID, ids=[text[:30] for _, text, _ in SAID])
def test_each_thing_that_is_judged_stands_for_itself(language, text, found):
    assert judged(text, language) == found


@pytest.mark.parametrize(("why", "text"), NOT_SAID, ids=[why for why, _ in NOT_SAID])
def test_what_the_whole_says_already_is_not_said_again(why, text):
    assert judged(text) == {}


def test_a_topic_of_the_house_is_a_target():
    own = Names()
    own.add(key("Lunar Roast"), "Lunar Roast", goes_on=False)
    assert judged("I love the Lunar Roast but your lids are terrible", own=own) == {}
    assert judged("I love the Lunar Roast but the delivery was terrible", own=own) == {"Lunar Roast": GOOD, "delivery": BAD}


def test_a_reading_keeps_the_targets_and_the_words_that_judge_them():
    reading = read("@acme I love the phone, but your support is terrible")
    assert reading.targets == [("phone", GOOD), ("support", BAD)]
    assert reading.sentiment == "mixed"
    reasons = {reason.value: reason.evidence for reason in reading.reasons if reason.field == "targets"}
    assert reasons == {"phone: positive": ("phone", "love the"), "support: negative": ("support", "terrible")}


def test_where_the_whole_is_mixed_one_target_says_more():
    text = "Best staff in town. The changing rooms are arctic though."
    [wording] = lexicon().find([text], ["en"])
    assert [(t.words, t.sentiment) for t in targets_of(text, wording, "en", is_mixed=True)] == [("staff", GOOD)]
    assert targets_of(text, wording, "en") == []


@pytest.mark.parametrize(
    "text", ["I love the phone, but your support is terrible. Please help me!", "Your staff were lovely. The room was filthy."]
)
def test_what_is_liked_and_disliked_is_mixed_as_a_whole(text):
    reading = read(text)
    assert reading.sentiment == "mixed"
    assert [reason.value for reason in reading.reasons if reason.field == "sentiment"] == ["mixed"]


def test_of_irony_nothing_is_said_by_itself():
    reading = read("@acme Great job breaking my phone, I just love the delivery. Thanks for nothing, terrible support")
    assert reading.ironic
    assert reading.targets == []


def test_evidence_stands_as_it_was_written():
    [wording] = lexicon().find(["Das Essen war köstlich, aber das Personal war UNFREUNDLICH!"], ["de"])
    found = targets_of("Das Essen war köstlich, aber das Personal war UNFREUNDLICH!", wording, "de")
    assert [target.evidence for target in found] == [("köstlich",), ("UNFREUNDLICH",)]


@pytest.mark.parametrize(
    ("words", "area"),
    [("Support", "service"), ("phone", "product"), ("prix", "price"), ("Mitarbeiterin", "service"), ("Lunar", "")],
)
def test_a_target_concerns_somebody(words, area):
    assert area_of(words) == area


PHONE_AND_SUPPORT = [("phone", GOOD), ("support", BAD)]


@pytest.mark.parametrize(
    ("targets", "seen"),
    [
        (PHONE_AND_SUPPORT, ("sales positive", "product positive", "support negative")),
        ([("support", GOOD), ("battery", BAD)], ("sales negative", "product negative")),
        ([("phone", GOOD), ("price", BAD)], ("product positive",)),
        ([], ()),
    ],
    ids=["sold well, answered badly", "answered well, broken", "dear", "nothing by itself"],
)
def test_each_role_sees_what_concerns_it(targets, seen):
    assert cuts(MIXED, targets) == seen


def test_a_role_of_which_nothing_is_said_sees_the_whole():
    assert felt_by("sales", BAD, [("support", BAD)]) == BAD
    assert felt_by("marketing", MIXED, PHONE_AND_SUPPORT) == MIXED
