import gc
import weakref

import pytest

from heard.project.collector import spare_what_stays


@pytest.fixture
def spared():
    usual = gc.get_threshold()
    spare_what_stays()
    yield
    gc.unfreeze()
    gc.set_threshold(*usual)


class Cycle:
    def __init__(self) -> None:
        self.me = self


def test_what_is_loaded_is_left_alone_and_what_is_new_is_still_collected(spared):
    assert gc.get_freeze_count() > 10_000
    gone = weakref.ref(Cycle())
    kept = [[] for _ in range(11_000)]
    assert gone() is None
    assert len(kept) == 11_000
