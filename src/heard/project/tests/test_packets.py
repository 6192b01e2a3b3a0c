"""What lies in the broker comes out as it went in, and each author has one partition for ever."""

from collections import Counter

import pytest

from heard.kernel.clock import now
from heard.listening.channels.contract import RawEvent
from heard.project.jetstream.packets import PARTITIONS, BadPacket, opened, partition_of, sealed


def test_a_packet_comes_out_as_it_went_in():
    posts = [
        RawEvent(key="k\0" + "x" * 400, body=b"\xff\0bytes", content_type="text/plain", headers={"a": "b\0"}),
        RawEvent(key="ü", body=b"", received_at=now()),
    ]
    received_at = now()
    first, second = opened(sealed(7, posts, received_at=received_at))
    assert (first.id, first.account_id, first.body, first.content_type, first.received_at) == (
        None,
        7,
        b"\xff\0bytes",
        "text/plain",
        received_at,
    )
    assert len(first.delivery_key) == 255 and "\0" not in first.delivery_key + first.headers["a"]
    assert (second.delivery_key, second.received_at) == ("ü", posts[1].received_at)


@pytest.mark.parametrize("message", [b"", b"\xff", b"{}", b"\x93\x01\x02\x03", sealed(1, [], received_at=now())[:-3]])
def test_what_is_no_packet_says_so(message):
    with pytest.raises(BadPacket):
        opened(message)


def test_authors_spread_over_all_partitions_and_each_stays_in_its_own():
    """The numbers are written into brokers, so they must not change from one version to the next."""
    spread = Counter(partition_of(1, f"web person-{n}") for n in range(16_000))
    assert sorted(spread) == list(range(PARTITIONS))
    assert min(spread.values()) > 800
    assert max(spread.values()) < 1200
    assert [partition_of(1, f"web person-{n}") for n in range(8)] == [4, 2, 8, 14, 13, 11, 1, 7]
