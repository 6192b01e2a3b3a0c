"""D6: what people allowed comes along with them, of each address, channel and purpose; an import never widens it."""

from datetime import UTC, datetime

import pytest

from heard.governance.permissions import HEARD
from heard.identity import actions_on_imports as imports
from heard.identity.importing.plan import made
from heard.kernel.clock import now
from heard.listening import consent
from heard.listening.consent_brought import Brought, bring_words
from heard.listening.models import ConsentWord, Identity

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "id,name,email,phone,newsletter,consent_date,consent_source"
YES = f"{HEADER}\n1,Dana,dana@x.example,+436601234567,yes,2026-01-02,box in the shop\n"
NO = f"{HEADER}\n1,Dana,dana@x.example,,no,,\n"
MAY = "offers"


@pytest.fixture
def bring(tmp_path):
    def of(text: str, **options):
        path = tmp_path / "people.csv"
        path.write_text(text)
        return imports.bring(HEARD, made(path, **options))

    return of


def words() -> list[tuple]:
    rows = ConsentWord.objects.order_by("id")
    return list(rows.values_list("identity__external_id", "channel_kind", "purpose", "is_given"))


def may_send_offers(address: str = "dana@x.example", kind: str = "email") -> bool:
    identity = Identity.objects.get(external_id=address).pk
    return (identity, kind) in consent.allowed([identity], purpose=MAY)


def test_a_yes_with_its_day_and_source_is_kept_of_the_mail_address_alone(bring):
    number, _ = bring(YES)
    assert words() == [("dana@x.example", "email", MAY, True)]
    word = ConsentWord.objects.get()
    assert word.said_at == datetime(2026, 1, 2, tzinfo=UTC)
    assert word.how == f"box in the shop (import {number} from crm)"
    assert may_send_offers()


@pytest.mark.parametrize("cells", ["yes,,box in the shop", "yes,2026-01-02,", "yes,,"])
def test_a_yes_that_names_no_day_or_no_source_is_refused_in_words(bring, cells):
    _, counts = bring(f"{HEADER}\n1,Dana,dana@x.example,,{cells}\n")
    assert counts.refused == 1
    assert list(counts.reasons) == ["may_offer: a yes needs the day on which they said so, and where; a no needs neither"]
    assert words() == []


def test_a_no_needs_neither_and_takes_a_yes_back(bring):
    bring(YES)
    bring(NO)
    assert words() == [("dana@x.example", "email", MAY, True), ("dana@x.example", "email", MAY, False)]
    assert not may_send_offers()


def test_an_imported_yes_never_wins_over_a_no_however_new_it_is(bring):
    bring(NO)
    bring(YES.replace("2026-01-02", f"{now():%Y-%m-%d}"))
    assert words() == [("dana@x.example", "email", MAY, False)]
    assert not may_send_offers()


def test_stop_said_to_a_network_is_a_no_to_everything(bring):
    bring("id,name,email\n1,Dana,dana@x.example\n")
    dana = Identity.objects.get(external_id="dana@x.example").pk
    ConsentWord.objects.create(
        identity_id=dana, channel_kind="email", purpose="*", is_given=False, said_at=now(), how="STOP", noted_at=now()
    )
    bring(YES)
    assert not may_send_offers()


def test_of_a_yes_and_a_no_about_one_address_in_one_file_the_no_counts(bring):
    bring(f"{YES}2,Eve,dana@x.example,,no,,\n")
    assert words() == [("dana@x.example", "email", MAY, False)]


def test_the_same_file_again_says_nothing_twice(bring):
    bring(YES)
    bring(YES)
    bring(YES.replace("Dana,", "Dana Smith,"))
    assert len(words()) == 1


def test_a_channel_that_is_named_leads_to_its_own_addresses(bring):
    bring(YES.replace("consent_source", "consent_source,consent_channel").replace("in the shop", "in the shop,SMS"))
    assert words() == [("+436601234567", "sms", MAY, True)]
    assert not may_send_offers()


def test_a_word_without_an_address_it_could_be_about_is_refused(bring):
    _, counts = bring(f"{HEADER}\n1,Dana,,+436601234567,no,,\n")
    assert list(counts.reasons) == ["may_offer: the row has no address for email, so that nobody could be written to"]


def test_what_is_neither_yes_nor_no_is_refused(bring):
    _, counts = bring(YES.replace("yes", "maybe"))
    assert list(counts.reasons) == ["may_offer: 'maybe' is neither yes nor no"]


def test_a_newsletter_column_alone_is_not_taken_for_consent(bring):
    bring("id,name,email,newsletter\n1,Dana,dana@x.example,yes\n")
    assert words() == []


def test_what_an_import_brought_goes_with_it_and_what_stood_stands(bring):
    number, _ = bring(YES)
    second, _ = bring(NO)
    assert imports.take_back(HEARD, second) == {}
    assert may_send_offers()
    assert imports.take_back(HEARD, number) == {}
    assert words() == []
    assert not Identity.objects.filter(external_id="dana@x.example").exists()


def test_who_said_no_elsewhere_stays_known_when_the_import_is_taken_back(bring):
    number, _ = bring("id,name,email\n1,Dana,dana@x.example\n")
    dana = Identity.objects.get(external_id="dana@x.example").pk
    bring_words([Brought(dana, "email", MAY, False, None, "by letter")], at=now())
    imports.take_back(HEARD, number)
    assert words() == [("dana@x.example", "email", MAY, False)]
