"""Threat 50: whatever can hold something about a person is declared beside its room, with how it goes and how it is handed out.

A new model, or a new field in which anything can be written, fails here until its room's `personal.py` says what it is.
"""

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from heard.kernel.holdings import Scope, fields_to_declare, holdings, nobody, rooms

OURS = [model for model in apps.get_models() if model.__module__.startswith("heard.")]
HELD = {holding.model: holding for _, holding in holdings()}
NOBODYS = {model: why for room in rooms for model, why in room.nobodys.items()}
SOMEBODY = Scope(identities=[1], customers=[1], voices=[1])

# Tables of libraries, each with the reason why no customer stands in them.
OF_LIBRARIES = {
    "auth.Permission": "names of rights",
    "auth.Group": "names of groups",
    "contenttypes.ContentType": "names of tables",
    "sessions.Session": "members who are signed in, sealed",
    "account.EmailAddress": "members",
    "account.EmailConfirmation": "members",
}


def _name(model):
    return model._meta.label


@pytest.mark.parametrize("model", OURS, ids=_name)
def test_every_model_says_what_it_holds_about_people_or_why_nothing(model):
    assert (model in HELD) != (model in NOBODYS), f"declare {_name(model)} in its room's personal.py"
    assert model in HELD or len(NOBODYS[model].split()) >= 3


def test_tables_of_libraries_are_known():
    assert {_name(m) for m in apps.get_models() if m not in OURS} == set(OF_LIBRARIES)


@pytest.mark.parametrize("model", HELD, ids=_name)
def test_every_field_in_which_anything_can_be_written_is_declared_once(model):
    holding = HELD[model]
    assert sorted([*holding.holds, *holding.none]) == sorted(fields_to_declare(model) | set(holding.holds))
    assert not set(holding.holds) & set(holding.none)
    for name in holding.holds:
        model._meta.get_field(name)


@pytest.mark.django_db
@pytest.mark.parametrize("model", HELD, ids=_name)
def test_what_can_hold_something_about_a_person_has_an_eraser_and_an_exporter(model):
    """Rows are found by a key, from which both follow; or they are swept, and stand in no export because nobody owns them."""
    holding = HELD[model]
    by_key = holding.of is not nobody
    assert by_key or holding.sweep in ("redact", "delete")
    assert holding.title
    assert not holding.not_exported or len(holding.not_exported.split()) >= 5
    assert holding.rows(SOMEBODY).count() == 0  # its condition names columns that there are


@pytest.mark.parametrize("model", [m for m, h in HELD.items() if h.sweep], ids=_name)
def test_what_is_swept_names_the_fields_to_be_read(model):
    assert HELD[model].holds


@pytest.mark.parametrize("room", rooms.names())
def test_a_room_declares_its_own_models_only(room):
    declared = {h.model for h in rooms[room].holdings} | set(rooms[room].nobodys)
    assert {m._meta.app_label for m in declared} == {room}


def test_the_latest_room_goes_first():
    order = list(dict.fromkeys(name for name, _ in holdings()))
    installed = [c.name.removeprefix("heard.") for c in apps.get_app_configs() if c.name.startswith("heard.")]
    assert order == [room for room in reversed(installed) if room in rooms.names()]


def test_a_field_that_nobody_declared_is_noticed():
    from heard.listening.models import Interaction

    assert {"text", "subject", "extra"} <= fields_to_declare(Interaction)
    assert "id" not in fields_to_declare(Interaction)
    with pytest.raises(FieldDoesNotExist):
        Interaction._meta.get_field("nothing")
