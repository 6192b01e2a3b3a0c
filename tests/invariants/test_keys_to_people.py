"""Whoever is erased is asked for in every table that points to them: each of these questions goes by an index."""

import pytest
from django.apps import apps
from django.db import connection, models

from heard.listening.models import Identity

KEYS = [
    pytest.param(model, field, id=f"{model._meta.label}.{field.name}")
    for model in apps.get_models()
    if model.__module__.startswith("heard.")
    for field in model._meta.local_fields
    if isinstance(field, models.ForeignKey) and field.related_model is Identity
]


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "field"), KEYS)
def test_who_points_to_a_person_is_found_by_an_index(model, field):
    table, column = model._meta.db_table, field.column
    statement = f"SELECT 1 FROM {table} WHERE {column} IN (1, 2)"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}")
            steps = [row[0] for row in cursor.fetchall()]
            whole = [step for step in steps if "Seq Scan" in step]
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            whole = [row[3] for row in cursor.fetchall() if row[3].startswith("SCAN")]
    assert not whole
