"""Settings, Sites: which web sites tell of visits, their script, and when somebody was last there."""

from datetime import timedelta

import pytest
from django.urls import reverse

from heard.governance.models import AuditLine
from heard.identity.models import Site, Visit
from heard.kernel.clock import now
from heard.listening.models import Identity

pytestmark = pytest.mark.django_db

PAGE = "identity_settings:sites"


@pytest.fixture
def shop(ada, browser):
    client = browser(ada)
    client.post(reverse(PAGE), {"name": "Shop", "origins": "https://shop.example  https://www.shop.example"})
    return client, Site.objects.get()


def test_a_site_is_added_with_its_script_to_copy(shop, settings):
    client, site = shop
    page = client.get(reverse(PAGE)).content.decode()
    assert f"{settings.PUBLIC_URL}/site/{site.key}/visits.js" in page
    assert site.origins == ["https://shop.example", "https://www.shop.example"]
    assert "No visit yet" in page


def test_the_last_visit_is_shown(shop):
    client, site = shop
    visitor = Identity.objects.create(network="visitor", external_id="v", first_seen_at=now(), profile_at=now())
    for key, hours in (("a", 30), ("b", 3)):
        at = now() - timedelta(hours=hours)
        Visit.objects.create(site=site, key=key, identity=visitor, agreed_at=at, started_at=at, last_at=at)
    assert f'datetime="{at.isoformat()}"' in client.get(reverse(PAGE)).content.decode()


def test_a_site_is_switched_off_and_on_again_with_a_line_each(shop):
    client, site = shop
    for on, stands in (("no", False), ("yes", True)):
        client.post(reverse("identity_settings:switch_site", args=[site.pk]), {"on": on})
        site.refresh_from_db()
        assert site.is_on is stands
    assert AuditLine.objects.filter(verb="site.switch").count() == 2


def test_what_is_no_origin_is_refused_beside_the_form_and_what_was_typed_stays(ada, browser):
    answer = browser(ada).post(reverse(PAGE), {"name": "Shop", "origins": "shop.example/path"})
    assert answer.status_code == 422
    assert "is no origin" in answer.content.decode()
    assert 'value="Shop"' in answer.content.decode()
    assert not Site.objects.exists()


def test_only_administrators_manage_sites(sam, browser):
    client = browser(sam)
    assert client.get(reverse(PAGE)).status_code == 403
    assert client.post(reverse(PAGE), {"name": "Shop", "origins": "https://shop.example"}).status_code == 403
    assert not Site.objects.exists()
