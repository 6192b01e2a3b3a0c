"""Web sites of ours that may tell what is looked at there."""

import secrets
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from heard.governance import audit
from heard.governance.permissions import Viewer
from heard.identity.models import Site
from heard.kernel.clock import now


class BadSite(ValueError):
    """The name or an origin cannot be taken; the text says why. Nothing was changed."""


def add_site(viewer: Viewer, name: str, *, origins: list[str], team_id: int | None = None) -> Site:
    """A site with a script of its own. `origins`: where its pages are, like https://shop.example. Raises BadSite."""
    viewer.check("site.manage")
    name = name.strip()
    if not name or len(name) > 80:
        raise BadSite(_("A site needs a name of at most 80 letters."))
    found = sorted({_origin(o) for o in origins if o.strip()})
    if not found:
        raise BadSite(_("Say where its pages are, like https://shop.example."))
    with transaction.atomic():
        site = Site.objects.create(key=secrets.token_hex(12), name=name, origins=found, team_id=team_id, made_at=now())
        audit.note(viewer, "site.add", "site", site.pk, name=name)
    return site


def switch_site(viewer: Viewer, name_or_key: str, *, on: bool) -> None:
    """A site that is off keeps what it told, and tells nothing more. May be repeated. Raises BadSite where no site or several are
    called so; the key in its script names one."""
    viewer.check("site.manage")
    with transaction.atomic():
        found = Site.objects.filter(Q(name=name_or_key.strip()) | Q(key=name_or_key.strip())).values_list("pk", flat=True)
        if len(found) != 1:
            raise BadSite(f"{'Several sites are' if found else 'No site is'} called {name_or_key.strip()[:80]!r}.")
        switch_site_of(viewer, found[0], on=on)


def switch_site_of(viewer: Viewer, site_id: int, *, on: bool) -> None:
    """As `switch_site`, by its id. Raises BadSite where there is none."""
    viewer.check("site.manage")
    with transaction.atomic():
        if not Site.objects.filter(pk=site_id).update(is_on=on):
            raise BadSite(_("There is no such site. Nothing was changed."))
        audit.note(viewer, "site.switch", "site", site_id, on=on)


def _origin(given: str) -> str:
    parts = urlsplit(given.strip().lower().rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query or "@" in parts.netloc:
        raise BadSite(
            _("%(given)r is no origin: https:// and the name of the site, nothing behind it.") % {"given": given.strip()[:80]}
        )
    return f"{parts.scheme}://{parts.netloc}"
