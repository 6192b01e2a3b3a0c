"""What Jinja2 draws is escaped, and a page has one token for all its forms."""

import pytest
from django.template import engines
from django.utils.safestring import mark_safe
from markupsafe import Markup, escape

UNSAFE = """<b title='a' id="b">&</b>"""


def drawn(source: str, **about) -> str:
    return engines["jinja2"].env.from_string(source).render(about)


@pytest.mark.parametrize("value", [UNSAFE, Markup(UNSAFE), mark_safe(UNSAFE), 7, None, ["<i>"], ""])
def test_a_value_is_shown_as_markupsafe_would(value):
    assert drawn("{{ it }}", it=value) == str(escape(value))


@pytest.mark.parametrize(
    "source",
    [
        "{% macro say(it) %}[{{ it }}]{% endmacro %}{{ say(it) }}",
        "{% set kept %}[{{ it }}]{% endset %}{{ kept }}",
        "{{ '[' ~ it ~ ']' }}",
        "{% for one in [it] %}[{{ one }}]{% endfor %}",
    ],
)
def test_it_is_escaped_once_wherever_it_goes_through(source):
    assert drawn(source, it=UNSAFE) == f"[{escape(UNSAFE)}]"


def test_what_is_not_there_is_nothing():
    assert drawn("[{{ nobody.at.all }}]") == "[]"


@pytest.mark.django_db
def test_all_forms_of_a_page_have_one_token_and_it_is_taken(ada, browser):
    from django.test import Client

    desk = Client(enforce_csrf_checks=True)
    desk.force_login(ada)
    page = desk.get("/").content.decode()
    tokens = {part.split('"', 1)[0] for part in page.split('name="csrfmiddlewaretoken" value="')[1:]}
    assert len(tokens) == 1
    given = {"theme": "dark", "next": "/"}
    assert desk.post("/theme/", given).status_code == 403
    assert desk.post("/theme/", given | {"csrfmiddlewaretoken": tokens.pop()}).status_code == 302
