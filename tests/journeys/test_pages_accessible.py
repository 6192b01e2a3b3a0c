"""Every page of the desk, by axe: contrast, names, roles, order; in both themes, on a wide screen and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.servers.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WCAG_AA = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
PAGES = (
    "/",
    "/?view=mine",
    "/?view=everything&q=zebra",
    "/conversations/{conversation}/",
    "/unattended/",
    "/customers/",
    "/customers/{customer}/",
    "/customers/to-judge/",
    "/customers/{customer}/joining/?identity={one}&other={other}",
    "/search/?q=broadband",
    "/channels/",
    "/channels/{account}/",
    "/quarantine/",
    "/monitors/",
    "/understanding/",
    "/understanding/rows/sentiment/",
    "/understanding/teach/",
    "/understanding/versions/",
    "/understanding/versions/sentiment/0/",
    "/log/",
    "/settings/members/",
    "/settings/queues/",
    "/settings/import/",
    "/settings/sites/",
    "/customers/{customer}/belongs/?q=e",
    "/settings/company/",
    "/nothing-here/",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_passes_axe(desk, scheme, width):
    from heard.identity.models import Customer, Face, ReviewPair
    from heard.kernel.clock import now
    from heard.routing.models import Conversation

    desk.hear("Dana", "My broadband is down since yesterday, please help!", minutes_ago=600, id="q1")
    desk.hear("Dana", "Call me on +44 7700 900123, it is urgent, the alarm does not work!", minutes_ago=1, answers="q1")
    desk.hear("Eve", "Thank you, great service!")
    wait_for(lambda: Face.objects.count() == 2)  # the house may be the one that walks them
    faces = sorted(Face.objects.values_list("identity_id", flat=True))
    parts = [
        {"field": "email", "left": "d@example.org", "right": "d@example.org", "bits": 9.1},
        {"field": "city", "left": "Leeds", "right": "York", "bits": -3.0},
    ]
    ReviewPair.objects.create(left_id=faces[0], right_id=faces[-1], weight=1.5, parts=parts, found_at=now())
    names = {
        "conversation": Conversation.objects.order_by("id").first().pk,
        "customer": Customer.objects.order_by("id").first().pk,
        "account": desk.account_id,
        "one": faces[0],
        "other": faces[-1],
    }
    page = desk.open("/", scheme=scheme, width=width)
    found = {path: _violations(page, desk.address + path.format(**names)) for path in PAGES}
    assert "\n".join(f"{path} {line}" for path, lines in found.items() for line in lines) == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_public_pages_pass_axe(desk, scheme):
    page = desk.open("/accounts/login/", scheme=scheme)
    page.context.clear_cookies()
    assert _violations(page, desk.address + "/accounts/login/") == []


def _violations(page, address: str) -> list[str]:
    page.goto(address)
    page.wait_for_timeout(150)  # fonts and the first count of the composer
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['failureSummary'].splitlines()[-1].strip()}"
        for violation in Axe().run(page, options=WCAG_AA).response["violations"]
        for node in violation["nodes"]
    ]
