"""Counter tables say what the rows say, whatever came twice."""

from datetime import timedelta

import pytest
from django.db.models import Sum

from heard.governance.permissions import viewer_of
from heard.listening import pages
from heard.listening.models import Interaction, Mention, MentionCount, Monitor, VoiceCount
from tests.support.wire import at, delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard(wire, arrive):
    """An account on which one voice came twice, one is our own, and three are in two hours."""
    Monitor.objects.create(kind="brand", pattern="Acme")
    account_id = wire()
    first = delivery(said("1", person("Dana"), "My Acme router is dead", minute=0), key="a")
    again = delivery(said("1", person("Dana"), "My Acme router is dead", minute=0), key="b")
    ours = delivery(said("2", person("Us"), "Acme is sorry", minute=5, direction="outbound"))
    arrive(account_id, first, again, ours)
    arrive(
        account_id, again, delivery(said("3", person("Eve"), "Acme again", minute=30), said("4", person("Eve"), "hm", minute=90))
    )
    return account_id


def test_every_inbound_voice_is_counted_once_in_its_hour(heard):
    inbound = Interaction.objects.filter(account_id=heard, direction="inbound")
    assert VoiceCount.objects.filter(account_id=heard).aggregate(n=Sum("count"))["n"] == inbound.count() == 3
    assert [count.hour.minute for count in VoiceCount.objects.all()] == [0, 0]
    assert sorted(VoiceCount.objects.values_list("count", flat=True)) == [1, 2]


def test_mentions_are_counted_as_they_are_found(heard):
    assert MentionCount.objects.aggregate(n=Sum("count"))["n"] == Mention.objects.count() == 2


def test_the_channel_says_how_many_it_heard_lately(heard, ada):
    viewer = viewer_of(ada)
    assert pages.channel(viewer, heard, at(100)).heard_lately == 3
    assert pages.channel(viewer, heard, at(100) + timedelta(hours=30)).heard_lately == 0
