"""Every installed channel passes the one suite; heard/listening/conformance says what a channel brings to it."""

from heard.listening.conformance import suites
from heard.listening.conformance.fixtures import folder_of

SUITES = {suite.__name__: suite for suite in suites()}
globals().update(SUITES)


def test_every_channel_of_ours_lies_in_the_folder_of_its_kind():
    ours = [suite.adapter for suite in SUITES.values() if type(suite.adapter).__module__.startswith("heard.")]
    assert [adapter.kind for adapter in ours if folder_of(adapter).name != adapter.kind] == []


def test_no_channel_is_installed_twice():
    kinds = [suite.adapter.kind for suite in SUITES.values()]
    assert len(kinds) == len(set(kinds)) > 0
