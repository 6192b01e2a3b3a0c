"""Every page opens for whom it is meant, is refused to the others, and never 500s: with nothing, and with a busy house."""

import pytest

pytestmark = pytest.mark.django_db

EVERYBODY = ("ada", "sam", "alice", "vera")
OF_ALL = {  # page: who may open it
    "/unattended/": EVERYBODY,
    "/customers/": EVERYBODY,
    "/customers/?q=dana": EVERYBODY,
    "/search/": EVERYBODY,
    "/search/?q=router": EVERYBODY,
    "/channels/": EVERYBODY,
    "/monitors/": EVERYBODY,
    "/monitors/misspellings/?pattern=acmemedia": EVERYBODY,
    "/quarantine/": EVERYBODY,
    "/settings/members/": EVERYBODY,
    "/settings/queues/": EVERYBODY,
    "/log/": ("ada", "sam", "alice"),
    "/log/?kind=visit": ("ada", "sam", "alice"),
    "/settings/queues/new/": ("ada", "sam"),
    "/settings/company/": ("ada",),
    "/settings/audit/": ("ada",),
    "/settings/about/": ("ada",),
    "/channels/connect/email/": ("ada",),
    "/channels/connect/log/": ("ada",),
    "/accounts/password/change/": EVERYBODY,
}
OF_SOMETHING = {
    "/customers/{dana}/": EVERYBODY,
    "/customers/{dana}/?kind=message": EVERYBODY,
    "/customers/{dana}/?account={everyones}": EVERYBODY,
    "/customers/{dana}/same-person/?q=eve": EVERYBODY,
    "/channels/{everyones}/": EVERYBODY,
    "/channels/{care_only}/": EVERYBODY,
    "/channels/{everyones}/edit/": ("ada",),
    "/monitors/{monitor}/": EVERYBODY,
    "/attachments/{attachment}/": EVERYBODY,
    "/settings/queues/{queue}/": ("ada", "sam"),
}


def cases(pages):
    return [(path, who, 200 if who in allowed else 403) for path, allowed in pages.items() for who in EVERYBODY]


@pytest.mark.parametrize(("path", "who", "status"), cases(OF_ALL))
def test_page_of_an_empty_house(path, who, status, request, browser):
    assert browser(request.getfixturevalue(who)).get(path).status_code == status


@pytest.mark.parametrize(("path", "who", "status"), cases(OF_ALL | OF_SOMETHING))
def test_page_of_a_busy_house(path, who, status, request, browser, world):
    address = path.format(**vars(world))
    assert browser(request.getfixturevalue(who)).get(address).status_code == status
