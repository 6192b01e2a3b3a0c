"""Topics of one's own, along the real walk: named with five examples, corrected, merged, split, ended, and all of it taken back."""

import pytest

from heard.governance.permissions import HEARD, NotAllowed
from heard.understanding import actions_on_topics as actions
from heard.understanding import semantic
from heard.understanding.tests.topics_said import LATE, REFUND
from heard.understanding.topics import in_use, learn, proposals, selectors, sorting
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def by_words_alone(monkeypatch):
    """As where heard[semantic] is not installed."""
    monkeypatch.setattr(semantic, "NEEDED", ("no_package_of_this_name",))


@pytest.fixture
def house(wire, arrive, ada, seen_by):
    """`say(text)` lets somebody say it, walks it, and returns the voice's id; the viewer is Ada, who may do everything."""
    from heard.listening.models import Interaction

    account_id = wire("Open line")

    class House:
        viewer = seen_by(ada)

        def say(self, text: str, *, account: int = account_id) -> int:
            key = f"v-{Interaction.objects.count() + 1}"
            arrive(account, delivery(said(key, person(f"Somebody {key}"), text)))
            return Interaction.objects.get(external_id=key).pk

        def name_of(self, voice_id: int) -> str:
            return selectors.topics_of([voice_id]).get(voice_id, (0, ""))[1]

        def counts(self) -> dict[str, int]:
            return {row.name: int(row.count) for row in selectors.topics(self.viewer)}

    return House()


@pytest.fixture
def two(house):
    """Late parcels and refunds, five examples each."""
    late = actions.make_topic(house.viewer, "Late parcels", texts=LATE)
    return late, actions.make_topic(house.viewer, "Refunds", texts=REFUND)


class TestNaming:
    def test_five_examples_are_enough_for_the_next_voice(self, house):
        before = house.say("My parcel has not arrived, where is it?")
        actions.make_topic(house.viewer, "Late parcels", texts=LATE)
        after = house.say("Hello, my parcel has not arrived. Where is the delivery?")
        assert house.name_of(before) == ""
        assert house.name_of(after) == "Late parcels"

    def test_what_is_about_something_else_has_no_topic(self, house, two):
        for text in ("What a beautiful morning in Vienna", "Do you have vegan pizza on Sundays?", "lol same", ""):
            assert house.name_of(house.say(text)) == ""

    def test_two_topics_are_told_apart(self, house, two):
        assert house.name_of(house.say("I am still waiting for my parcel, the delivery is late")) == "Late parcels"
        assert house.name_of(house.say("Please give me my money back, I want a refund")) == "Refunds"

    def test_the_reason_names_the_topic_and_words_of_the_voice(self, house, two):
        from heard.understanding.selectors import verdicts

        voice = house.say("I am still waiting for my parcel, the delivery is late")
        [reason] = [r for r in verdicts(HEARD, [voice])[voice].reasons if r["field"] == "topic"]
        assert reason["value"] == "Late parcels"
        assert {"parcel", "waiting", "delivery"} & set(reason["evidence"])

    def test_the_newest_voices_from_before_are_looked_at_too(self, house):
        before = house.say("My parcel has not arrived, where is it?")
        actions.make_topic(house.viewer, "Late parcels", texts=LATE)
        assert sorting.catch_up(seconds=30) == 1
        assert sorting.catch_up(seconds=30) == 0
        assert house.name_of(before) == "Late parcels"

    @pytest.mark.parametrize(
        ("name", "texts"),
        [("Late", LATE[:4]), ("Late", [*LATE[:4], LATE[0]]), ("", LATE), ("x" * 81, LATE)],
        ids=["four examples", "one of them twice", "no name", "too long a name"],
    )
    def test_what_is_no_topic_is_refused_and_nothing_stays(self, house, name, texts):
        with pytest.raises(actions.BadTopic):
            actions.make_topic(house.viewer, name, texts=texts)
        assert selectors.topics(house.viewer) == []

    def test_a_name_is_given_once_whatever_its_case(self, house, two):
        with pytest.raises(actions.BadTopic, match="already"):
            actions.make_topic(house.viewer, " late  PARCELS ", texts=LATE)

    def test_renaming_shows_with_the_next_voice(self, house, two):
        from heard.understanding.models import Assessment

        actions.rename_topic(house.viewer, two[0], "Where is it")
        voice = house.say("I am still waiting for my parcel, the delivery is late")
        assert house.name_of(voice) == "Where is it"
        assert "Where is it" in {r["value"] for r in Assessment.objects.get(interaction_id=voice).reasons}


class TestCorrecting:
    def test_a_word_of_a_colleague_moves_the_voice_and_teaches(self, house, two):
        late, _ = two
        text = "The courier left it with a neighbour I do not know"
        voice = house.say(text)
        assert house.name_of(voice) == ""
        actions.sort_voices(house.viewer, [voice], late)
        assert house.name_of(voice) == "Late parcels"
        for other in ("The courier left it with some neighbour", "A neighbour I do not know has it, says the courier"):
            actions.sort_voices(house.viewer, [house.say(other)], late)
        assert house.name_of(house.say("The courier left it with a neighbour I never met")) == "Late parcels"

    def test_a_word_of_a_colleague_outlives_every_model(self, house, two):
        late, refund = two
        voice = house.say("I am still waiting for my parcel, the delivery is late")
        actions.sort_voices(house.viewer, [voice], refund)
        sorting.catch_up(seconds=30)
        assert house.name_of(voice) == "Refunds"
        actions.sort_voices(house.viewer, [voice], None)
        sorting.catch_up(seconds=30)
        assert house.name_of(voice) == ""

    def test_not_this_one_is_learnt_from(self, house, two):
        late, _ = two
        wrong = [house.say(text) for text in ("The delivery man of the parcel was so friendly", "Friendly delivery, thank you")]
        actions.sort_voices(house.viewer, wrong, None)
        [_, *_] = learn.all_examples()
        assert [e.topic for e in learn.all_examples() if "friendly" in e.text.lower()] in ([None, None], [None], [])

    def test_an_example_that_is_dropped_teaches_no_more(self, house, two):
        late, _ = two
        actions.add_example(house.viewer, late, "The hedgehog ate it")
        actions.add_example(house.viewer, late, "The hedgehog ate it")
        [example] = [e for e in selectors.topic(house.viewer, late).examples if "hedgehog" in e.text]
        actions.drop_example(house.viewer, example.id)
        assert not [e for e in learn.all_examples() if "hedgehog" in e.text]

    def test_examples_of_somebody_who_was_erased_are_unlearnt(self, house, two):
        from heard.listening.models import Interaction

        late, _ = two
        voice = house.say("The hedgehog ate my parcel")
        actions.sort_voices(house.viewer, [voice], late)
        before = in_use.newest_id()
        assert learn.keep_true() is False
        Interaction.objects.filter(pk=voice).delete()
        assert learn.keep_true() is True
        assert in_use.newest_id() > before


class TestMergingAndSplitting:
    def test_merged_topics_count_as_one_and_come_apart_as_they_were(self, house, two):
        late, refund = two
        parcel, money = house.say(LATE[0]), house.say(REFUND[0])
        before = house.counts()
        actions.merge_topics(house.viewer, late, refund)
        assert house.counts() == {"Refunds": 2}
        assert {house.name_of(parcel), house.name_of(money)} == {"Refunds"}
        assert house.name_of(house.say("My parcel has still not arrived at all")) == "Refunds"
        actions.take_apart(house.viewer, late)
        assert house.counts() == before | {"Refunds": before["Refunds"] + 1}  # what came meanwhile stays where it was put
        assert house.name_of(parcel) == "Late parcels"
        sorting.catch_up(seconds=30)
        assert house.counts() == {"Late parcels": 2, "Refunds": 1}

    def test_what_was_merged_twice_comes_apart_one_by_one(self, house, two):
        late, refund = two
        third = actions.make_topic(house.viewer, "Vouchers", texts=[f"My voucher number {n} is not accepted" for n in range(5)])
        house.say(LATE[0])
        actions.merge_topics(house.viewer, late, refund)
        actions.merge_topics(house.viewer, refund, third)
        assert house.counts() == {"Vouchers": 1}
        actions.take_apart(house.viewer, refund)
        assert house.counts() == {"Vouchers": 0, "Refunds": 1}
        actions.take_apart(house.viewer, late)
        assert house.counts() == {"Vouchers": 0, "Refunds": 0, "Late parcels": 1}

    @pytest.mark.parametrize("into", ["itself", "nothing"])
    def test_what_cannot_be_merged_is_refused(self, house, two, into):
        with pytest.raises((actions.BadTopic, actions.NoTopic)):
            actions.merge_topics(house.viewer, two[0], two[0] if into == "itself" else 9999)
        assert set(house.counts()) == {"Late parcels", "Refunds"}

    def test_a_split_takes_what_was_chosen_and_what_is_like_it(self, house, two):
        late, _ = two
        broken = [
            house.say(text)
            for text in (
                "My parcel arrived with a crushed box and a broken vase",
                "The vase in the parcel was broken, the box crushed",
                "Parcel delivered, the box crushed and the lamp broken",
            )
        ]
        actions.sort_voices(house.viewer, broken, late)
        made = actions.split_topic(house.viewer, late, "Broken on arrival", voice_ids=broken)
        assert {house.name_of(voice) for voice in broken} == {"Broken on arrival"}
        assert house.name_of(house.say("The box was crushed and the vase broken")) == "Broken on arrival"
        actions.merge_topics(house.viewer, made, late)
        assert {house.name_of(voice) for voice in broken} == {"Late parcels"}

    def test_two_parts_are_proposed_with_their_words(self, house, two):
        late, _ = two
        for n in range(4):
            actions.sort_voices(house.viewer, [house.say(f"The vase was broken, box crushed, case {n}")], late)
            actions.sort_voices(house.viewer, [house.say(f"Tracking says nothing about the courier, number {n}")], late)
        _, parts = selectors.two_parts(house.viewer, late)
        assert sorted(len(part.voices) for part in parts) == [4, 4]
        assert {"vase", "tracking"} <= {word for part in parts for word in part.words}

    def test_an_ended_topic_keeps_its_voices_and_gets_no_new_ones(self, house, two):
        late, _ = two
        before = house.say(LATE[0])
        actions.end_topic(house.viewer, late)
        assert house.name_of(before) == "Late parcels"
        assert house.name_of(house.say(LATE[1])) == ""
        actions.bring_back(house.viewer, late)
        assert house.name_of(house.say(LATE[2])) == "Late parcels"


class TestWhoMay:
    def test_agents_correct_and_do_not_rearrange(self, house, two, alice, seen_by):
        agent = seen_by(alice)
        voice = house.say("The courier left it with a neighbour")
        actions.sort_voices(agent, [voice], two[0])
        assert house.name_of(voice) == "Late parcels"
        for verb in (
            lambda: actions.make_topic(agent, "Mine", texts=LATE),
            lambda: actions.merge_topics(agent, *two),
            lambda: actions.split_topic(agent, two[0], "Mine", voice_ids=[voice]),
        ):
            with pytest.raises(NotAllowed):
                verb()

    def test_another_teams_voices_are_neither_counted_nor_shown_nor_sorted(self, house, two, wire, sales, alice, seen_by):
        voice = house.say("Zanzibar: my parcel has still not arrived", account=wire("Sales mailbox", team=sales))
        actions.sort_voices(house.viewer, [voice], two[0])
        agent = seen_by(alice)
        page = selectors.topic(agent, two[0])
        assert int(page.row.count) == 0
        assert page.voices == []
        assert not [e for e in page.examples if "Zanzibar" in e.text]
        with pytest.raises(actions.NoTopic):
            actions.sort_voices(agent, [voice], two[1])
        assert house.name_of(voice) == "Late parcels"

    def test_every_step_is_in_the_audit(self, house, two):
        from heard.governance.models import AuditLine

        late, refund = two
        actions.merge_topics(house.viewer, late, refund)
        actions.take_apart(house.viewer, late)
        verbs = AuditLine.objects.filter(object_kind="topic").order_by("id").values_list("verb", flat=True)
        assert list(verbs) == ["topic.make", "topic.make", "topic.merge", "topic.take_apart"]


THEME = [
    "The app logs me out every few minutes since the update",
    "Since the last update the app keeps logging me out",
    "I have to log in again and again, your app update broke it",
    "App update: logged out again, I log in ten times a day",
    "After the update the app logs me out all the time",
    "Why does the app log me out since the update?",
    "Your new app update logs me out whenever I open it",
]
OTHERS = [
    "Do you have vegan pizza on Sundays?",
    "The lady at the counter was wonderful",
    "Is there parking near your store in Graz?",
    "My cat sat on the router and now it purrs",
    "How do I change my postal address?",
]


class TestProposals:
    @pytest.fixture
    def found(self, house, settings):
        from django.utils import timezone

        for text in [*THEME, *OTHERS]:
            house.say(text)
        proposals.look(timezone.now())
        return selectors.proposals(house.viewer)

    def test_a_theme_that_nobody_named_is_proposed_with_its_words(self, found):
        [theme] = found
        assert theme.count >= 6
        assert {"app", "update"} <= set(theme.words)
        assert all("update" in hit.voice.text for hit in theme.voices)

    def test_one_click_makes_it_a_topic(self, house, found):
        [theme] = found
        voices = selectors.proposed_voices(house.viewer, theme.id, 12)
        actions.take_proposal(house.viewer, theme.id, "Logged out", voice_ids=voices)
        assert selectors.proposals(house.viewer) == []
        assert house.counts()["Logged out"] == len(voices)
        assert house.name_of(house.say("Since this update the app logs me out again")) == "Logged out"

    def test_what_was_dismissed_is_not_proposed_again(self, house, found):
        from django.utils import timezone

        [theme] = found
        actions.dismiss_proposal(house.viewer, theme.id)
        house.say("The app has logged me out since the update")
        assert proposals.look(timezone.now()) == 0

    def test_looking_again_keeps_the_proposal_that_somebody_has_open(self, house, found):
        from django.utils import timezone

        proposals.look(timezone.now())
        assert [p.id for p in selectors.proposals(house.viewer)] == [p.id for p in found]

    def test_nobody_is_told_of_a_theme_in_voices_that_are_not_theirs(self, house, wire, alice, seen_by, sales):
        from django.utils import timezone

        mailbox = wire("Sales mailbox", team=sales)
        for text in [*THEME, *OTHERS]:
            house.say(text, account=mailbox)
        assert proposals.look(timezone.now()) == 1
        assert len(selectors.proposals(house.viewer)) == 1
        assert selectors.proposals(seen_by(alice)) == []
