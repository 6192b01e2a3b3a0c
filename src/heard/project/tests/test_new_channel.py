"""A channel that was just laid out stands, in a package that knows Heard only from outside."""

import os
import subprocess
import sys

import pytest

from heard.project import cli, new_channel


def test_new_folder_passes_the_suite_from_outside_of_heard(tmp_path):
    assert cli.main(["channel", "new", "acme_chat", "--at", str(tmp_path)]) == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "acme_chat"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_it_says_what_to_do_next(tmp_path, capsys):
    cli.main(["channel", "new", "acme_chat", "--at", str(tmp_path)])
    said = capsys.readouterr().out
    assert 'acme_chat = "acme_chat.adapter:Adapter"' in said
    assert "python -m heard.listening.conformance acme_chat" in said


def test_in_a_package_it_is_called_by_its_whole_name(tmp_path):
    package = tmp_path / "acme"
    package.mkdir()
    (package / "__init__.py").touch()
    folder = new_channel.lay_out("chat", at=package)
    assert "from acme.chat.adapter import Adapter" in (folder / "tests" / "test_conformance.py").read_text()


@pytest.mark.parametrize("name", ["Acme", "acme-chat", "2fast", "", "import", "../acme"])
def test_name_that_python_cannot_import_is_refused(tmp_path, capsys, name):
    assert cli.main(["channel", "new", name, "--at", str(tmp_path)]) == 1
    assert "cannot be the name of a channel" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_there_already_stays_as_it_is(tmp_path, capsys):
    (tmp_path / "acme").mkdir()
    assert cli.main(["channel", "new", "acme", "--at", str(tmp_path)]) == 1
    assert "there already" in capsys.readouterr().err
    assert list((tmp_path / "acme").iterdir()) == []
