import pytest

from heard.project import environment


def test_a_pace_is_a_whole_number_or_the_default(monkeypatch):
    monkeypatch.delenv("HEARD_WEBHOOK_PACE", raising=False)
    assert environment.read_count("HEARD_WEBHOOK_PACE", 600) == 600
    monkeypatch.setenv("HEARD_WEBHOOK_PACE", "0")
    assert environment.read_count("HEARD_WEBHOOK_PACE", 600) == 0


@pytest.mark.parametrize("given", ["-1", "1.5", "many", "٣"])
def test_any_other_pace_is_named_before_anything_starts(monkeypatch, given):
    monkeypatch.setenv("HEARD_WEBHOOK_PACE", given)
    with pytest.raises(environment.SettingError, match="HEARD_WEBHOOK_PACE"):
        environment.read_count("HEARD_WEBHOOK_PACE", 600)
