"""What a test commits is gone for the next one, from every table, without Django's own flush."""

import pytest
from django.apps import apps

from tests.support import emptied


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_a_busy_house(world):
    assert _tables_with_rows() > {"listening_interaction", "identity_customer", "routing_case"}
    emptied.empty()
    assert _tables_with_rows() == set()


def _tables_with_rows() -> set[str]:
    models = apps.get_models(include_auto_created=True)
    kept = emptied.KEPT
    return {m._meta.db_table for m in models if m._meta.managed and m._meta.db_table not in kept and m._base_manager.exists()}
