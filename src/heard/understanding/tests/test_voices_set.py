"""The voices that we wrote and labelled are whole: what is trained and judged on them can be trusted to be what it says."""

import re
import zlib
from collections import Counter

import pytest

from heard.understanding.train.agreement import FOLDER, KINDS, PRIVATE, SETS, labels, lines, table, voices

READERS = ("first", "second", "settled")
PUBLIC = {"forum", "x", "facebook", "instagram", "review"}
CHANNELS = {*PUBLIC, "email", "phone", "webchat", "whatsapp", "sms"}
LANGUAGES = {"en", "de", "fr", "es", "it"}
LABEL_FIELDS = [
    "id", "sentiment", "kinds", "answer_due", "operational", "analytical", "urgency", "complexity", "private",
]  # fmt: skip
GRAM = 4  # words
FEWEST_GRAMS = 5  # a shorter text shares its phrases with half the world
LIKE_ANOTHER = 0.4  # of the four-word runs of the shorter text


@pytest.fixture(scope="module")
def written():
    return voices()


@pytest.fixture(scope="module", params=READERS)
def read(request):
    return labels(request.param)


@pytest.fixture(scope="module")
def settled():
    return labels("settled")


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def grams(text: str) -> set[tuple[str, ...]]:
    run = words(text)
    return {tuple(run[i : i + GRAM]) for i in range(len(run) - GRAM + 1)}


def is_unseen(voice: dict) -> bool:
    return zlib.crc32(voice["id"].encode()) % 3 == 0


def passes_luhn(digits: str) -> bool:
    left, right = digits[-2::-2], digits[-1::-2]
    return (sum(map(int, right)) + sum(sum(divmod(2 * int(d), 10)) for d in left)) % 10 == 0


@pytest.mark.parametrize("name", SETS)
def test_every_voice_has_its_label_from_every_reader_in_the_same_order(name):
    ids = [voice["id"] for voice in lines(FOLDER / f"{name}.jsonl")]
    assert ids == [f"{name}-{n:03}" for n in range(1, len(ids) + 1)]
    for reader in READERS:
        assert [label["id"] for label in lines(FOLDER / "labels" / reader / f"{name}.jsonl")] == ids


def test_there_are_enough_voices_in_ten_channels_and_five_languages(written):
    assert len(written) >= 1500
    assert {voice["channel"] for voice in written} == CHANNELS
    assert {voice["language"] for voice in written} == LANGUAGES
    assert min(Counter(voice["channel"] for voice in written).values()) >= 100
    assert min(Counter(voice["language"] for voice in written).values()) >= 100


def test_labels_hold_nothing_but_what_the_guideline_allows(read):
    for label in read.values():
        assert list(label) == LABEL_FIELDS, label["id"]
        assert label["sentiment"] in {"negative", "neutral", "positive", "mixed"}, label["id"]
        assert label["complexity"] in {"low", "medium", "high"}, label["id"]
        assert label["urgency"] in {0, 1, 2, 3}, label["id"]
        assert {type(label[field]) for field in ("answer_due", "operational", "analytical")} == {bool}, label["id"]
        assert len(set(label["kinds"])) == len(label["kinds"]) and set(label["kinds"]) <= set(KINDS), label["id"]
        assert len(set(label["private"])) == len(label["private"]) and set(label["private"]) <= set(PRIVATE), label["id"]


def test_an_answer_is_due_exactly_where_there_is_urgency(read):
    assert [label["id"] for label in read.values() if label["answer_due"] != (label["urgency"] >= 1)] == []


def test_only_what_others_can_read_is_for_the_community(read, written):
    private = {voice["id"] for voice in written} - {voice["id"] for voice in written if voice["channel"] in PUBLIC}
    assert [id_ for id_ in private if "community" in read[id_]["kinds"]] == []


def test_a_genuine_review_is_content_about_the_brand(settled, written):
    """Of the 157, three say nothing about anything ("Test") and have no kind at all."""
    kinds = {voice["id"]: set(settled[voice["id"]]["kinds"]) for voice in written if voice["channel"] == "review"}
    assert [id_ for id_, of in kinds.items() if of and not of & {"marketing", "spam"}] == []
    assert sum(not of for of in kinds.values()) <= 3


def test_who_judges_badly_in_a_review_is_due_an_answer(settled, written):
    reviews = [settled[voice["id"]] for voice in written if voice["channel"] == "review"]
    bad = [label for label in reviews if label["sentiment"] in {"negative", "mixed"} and label["kinds"]]
    assert bad and [label["id"] for label in bad if not label["answer_due"]] == []


def test_spam_is_nothing_else_and_asks_for_nothing(settled):
    spam = [label for label in settled.values() if "spam" in label["kinds"]]
    kept = [label for label in spam if (label["kinds"], label["sentiment"], label["urgency"]) == (["spam"], "neutral", 0)]
    assert len(spam) >= 100 and kept == spam


def test_no_two_voices_are_alike(written):
    """What is trained on must not stand, almost word for word, in the third that judges."""
    assert len({voice["text"].strip().casefold() for voice in written}) == len(written)
    spoken = Counter(tuple(words(voice["text"])) for voice in written)
    assert [run for run, times in spoken.items() if run and times > 1] == []
    assert twins({voice["id"]: grams(voice["text"]) for voice in written}) == []


def twins(of: dict[str, set]) -> list[tuple[str, str]]:
    """Pairs that share too many runs of words; texts of fewer than FEWEST_GRAMS runs are left to the test of equality."""
    holders: dict[tuple, list[str]] = {}
    shared: Counter = Counter()
    for id_, runs in of.items():
        for run in runs:
            shared.update((other, id_) for other in holders.get(run, []))
            holders.setdefault(run, []).append(id_)
    fewest = {pair: min(len(of[pair[0]]), len(of[pair[1]])) for pair in shared}
    return [pair for pair, n in shared.items() if fewest[pair] >= FEWEST_GRAMS and n > LIKE_ANOTHER * fewest[pair]]


def test_a_number_labelled_as_a_card_could_be_one(settled, written):
    cards = [voice["text"] for voice in written if "card" in settled[voice["id"]]["private"]]
    numbers = [[re.sub(r"\D", "", run) for run in re.findall(r"\d(?:[ -]?\d){12,18}", text)] for text in cards]
    assert len(cards) >= 20
    assert [text for text, found in zip(cards, numbers, strict=True) if not any(map(passes_luhn, found))] == []


def test_a_third_is_kept_from_training_and_holds_every_label(settled, written):
    unseen = [voice for voice in written if is_unseen(voice)]
    assert len(unseen) >= len(written) / 4
    kinds = Counter(kind for voice in unseen for kind in settled[voice["id"]]["kinds"])
    assert set(kinds) == set(KINDS) and min(kinds.values()) >= 40
    assert {item for voice in unseen for item in settled[voice["id"]]["private"]} == set(PRIVATE)
    assert {voice["channel"] for voice in unseen} == CHANNELS


def test_agreement_of_a_reader_with_himself_is_full(settled, written):
    rows = [row.split(" | ") for row in table(settled, settled, written).splitlines()[2:]]
    assert {row[2] for row in rows} == {"100.0%"}
    assert {row[3] for row in rows} == {"1.00 |", "|"}  # urgency within one has no kappa


def test_readers_agree_well_beyond_chance(written):
    rows = dict(row.strip("| ").split(" | ", 1) for row in table(labels("first"), labels("second"), written).splitlines()[2:])
    kappas = {name: float(rest.split(" | ")[2]) for name, rest in rows.items() if rest.count(" | ") == 2}
    assert {"sentiment", "urgency", "kinds, the set", "private: health", "kinds, it", "kinds, sms"} <= set(kappas)
    assert {name for name, kappa in kappas.items() if kappa < 0.75} == set()
