"""Every verb asks for permission and leaves a line: who did what to what, when."""

import ast
from pathlib import Path

import pytest

import heard

HEARD = Path(heard.__file__).parent
ROOMS_WITH_VERBS = ["governance", "listening", "identity", "understanding", "routing", "engagement"]

# Verbs that need not do both, each with the reason a reviewer would ask for.
NO_LINE = {
    "governance.choose_theme": "a member's own choice of colours, which concerns nobody else",
    "engagement.save_draft": "saved at every pause of typing; the words are nobody's act until they are sent",
}
NO_PERMISSION = {
    "governance.choose_theme": "everybody may choose their own colours",
    "routing.answered": "called by the sender for words whose permission it has just checked again",
}


class Verbs:
    """The public verbs of a room and everything that each of them calls, read from the source."""

    def __init__(self, room: str) -> None:
        files = [*(HEARD / room).glob("actions*.py"), *(HEARD / room).glob("actions/*.py")]
        self.functions = {
            node.name: node for file in files for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)
        }
        named = self._named(HEARD / room / "actions" / "__init__.py")
        self.public = [
            n for n, node in self.functions.items() if not n.startswith("_") and self._is_verb(node) and (not named or n in named)
        ]

    def _named(self, package: Path) -> set[str]:
        """What a package of actions offers; a single file offers all its public functions."""
        found = ast.walk(ast.parse(package.read_text())) if package.exists() else ()
        return {alias.name for node in found if isinstance(node, ast.ImportFrom) for alias in node.names}

    def _is_verb(self, node: ast.FunctionDef) -> bool:
        first = node.args.args[0] if node.args.args else None
        return first is not None and first.annotation is not None and "Viewer" in ast.unparse(first.annotation)

    def calls(self, name: str, wanted: str) -> bool:
        return any(wanted in call for call in self._calls_of(name, set()))

    def _calls_of(self, name: str, seen: set) -> set[str]:
        seen.add(name)
        made = {ast.unparse(n.func) for n in ast.walk(self.functions[name]) if isinstance(n, ast.Call)}
        inner = [self._calls_of(c, seen) for c in made if c in self.functions and c not in seen]
        return made.union(*inner)


def _all_verbs():
    return [(room, verb) for room in ROOMS_WITH_VERBS for verb in sorted(Verbs(room).public)]


def test_there_are_verbs_to_look_at():
    assert len(_all_verbs()) > 20


@pytest.mark.parametrize(("room", "verb"), _all_verbs())
def test_every_verb_leaves_an_audit_line(room, verb):
    assert Verbs(room).calls(verb, "audit.note") or f"{room}.{verb}" in NO_LINE


@pytest.mark.parametrize(("room", "verb"), _all_verbs())
def test_every_verb_asks_for_permission(room, verb):
    assert Verbs(room).calls(verb, "viewer.check") or f"{room}.{verb}" in NO_PERMISSION


def test_every_exception_is_still_one():
    verbs = {f"{room}.{verb}" for room, verb in _all_verbs()}
    assert set(NO_LINE) | set(NO_PERMISSION) <= verbs
