"""The house keeps its shape: one order of rooms everywhere, the same shape in each, and no way round the doors."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from heard.project import journey
from heard.project.settings import OPTIONAL_ROOMS

ROOT = Path(__file__).resolve().parents[2]
HEARD = ROOT / "src" / "heard"
ROOMS = [
    "kernel",
    "governance",
    "listening",
    "identity",
    "understanding",
    "routing",
    "engagement",
    "community",
    "insight",
    "transparency",
]
NOT_BUILT = ["community", "transparency"]
BUILT = [room for room in ROOMS if room not in NOT_BUILT]
ATTICS = {"utils", "util", "helpers", "helper", "common", "misc", "lib", "shared", "base"}
LONGEST_FILE = 450  # lines; a module is one sitting


def _contracts():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def _layers():
    return next(c["layers"] for c in _contracts() if c["type"] == "layers")


def _ours():
    return sorted(file for file in HEARD.rglob("*.py") if "migrations" not in file.parts)


def _tree(file):
    return ast.parse(file.read_text(), filename=str(file))


def test_settings_contract_and_docs_name_the_rooms_in_one_order():
    stack = [f"heard.{room}" for room in reversed([*ROOMS, "project"])]
    listed = re.findall(r"^\| \[?`(\w+)`", (ROOT / "docs" / "architecture.md").read_text(), flags=re.MULTILINE)
    installed = [config.name for config in apps.get_app_configs() if config.name.removeprefix("heard.") in ROOMS]
    assert _layers() == stack
    assert listed == [*ROOMS, "project"]
    assert installed == [f"heard.{room}" for room in ROOMS if f"heard.{room}" in settings.INSTALLED_APPS]


def test_a_voice_walks_through_the_rooms_in_their_order():
    walked = [step.__module__.split(".")[1] for step in journey.ORDER]
    assert walked == sorted(walked, key=ROOMS.index)
    source = ast.unparse(next(n for n in _tree(HEARD / "project" / "journey.py").body if isinstance(n, ast.FunctionDef)))
    called = [source.index(f"{step.__name__}(") for step in journey.ORDER]
    assert called == sorted(called)


def test_every_folder_is_a_room_or_the_project():
    folders = {f.name for f in HEARD.iterdir() if f.is_dir() and not f.name.startswith("__")}
    assert folders == {*ROOMS, "project"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_comes_in_what_goes_out_and_what_it_never_does(room):
    words = ast.get_docstring(_tree(HEARD / room / "__init__.py")) or ""
    assert len(words.split()) >= 20
    assert room == "kernel" or re.search(r"\bIn:.*\bOut:.*\b[Nn]ever\b", words, flags=re.DOTALL)


@pytest.mark.parametrize("room", NOT_BUILT)
def test_a_room_that_is_not_built_holds_its_docstring_and_nothing_else(room):
    assert [f.name for f in (HEARD / room).iterdir() if f.name != "__pycache__"] == ["__init__.py"]
    [only] = _tree(HEARD / room / "__init__.py").body
    assert isinstance(only, ast.Expr)
    assert room in OPTIONAL_ROOMS


@pytest.mark.parametrize("room", BUILT)
def test_a_built_room_has_the_shape_of_the_others(room):
    here = {f.stem for f in (HEARD / room).iterdir()}  # what outgrew a file is a folder of its name
    assert {"__init__", "rules", "tests"} <= here
    assert ("models" in here) == ("migrations" in here)  # a room that only asks others has no tables
    assert list((HEARD / room / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("room", BUILT)
def test_a_rooms_tables_and_rules_stand_under_contract(room):
    guarded = {m for c in _contracts() if c["type"] == "protected" for m in c["protected_modules"]}
    pure = next(c["source_modules"] for c in _contracts() if c["name"].startswith("Judgement is pure"))
    assert f"heard.{room}.models" in guarded or not list(apps.get_app_config(room).get_models())
    assert f"heard.{room}.rules" in pure or not [f for f in (HEARD / room / "rules").glob("*.py") if f.name != "__init__.py"]


@pytest.mark.parametrize("room", BUILT)
def test_keys_point_to_earlier_rooms_and_leave_no_trace_there(room):
    keys = [
        f for model in apps.get_app_config(room).get_models() for f in model._meta.get_fields() if f.is_relation and f.concrete
    ]
    later = [str(k) for k in keys if k.related_model._meta.app_label in ROOMS[ROOMS.index(room) + 1 :]]
    traces = [str(k) for k in keys if not k.remote_field.hidden]
    assert later == []
    assert traces == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_model_is_fetched_by_name_from_a_later_room(room):
    later = {*ROOMS[ROOMS.index(room) + 1 :], "project"}
    asked = [
        (file.name, node.lineno)
        for file in (HEARD / room).rglob("*.py")
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get_model" and later & _first_words(node)
    ]
    assert asked == []


def _first_words(call):
    return {a.value.split(".")[0] for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}


def test_there_is_no_attic():
    found = {str(f.relative_to(HEARD)) for f in HEARD.rglob("*") if f.stem in ATTICS and f.suffix in ("", ".py")}
    assert found - {"kernel/sqlite/base.py"} == set()  # the name that Django looks for in a database backend


def test_every_file_is_one_sitting():
    long = {str(f.relative_to(HEARD)): n for f in _ours() if (n := len(f.read_text().splitlines())) > LONGEST_FILE}
    assert long == {}


def test_views_and_commands_write_no_rows_themselves():
    """Doors are thin: what changes rows is a verb in actions, with its permission and its audit line."""
    doors = [f for f in _ours() if f.stem.startswith(("views", "urls")) and "tests" not in f.parts]
    writing = {"create", "bulk_create", "update_or_create", "get_or_create", "bulk_update", "save", "delete"}
    found = [
        (str(f.relative_to(HEARD)), node.lineno)
        for f in doors
        for node in ast.walk(_tree(f))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in writing
        and "objects" in ast.unparse(node.func)
    ]
    assert found == []
