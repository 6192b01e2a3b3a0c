"""Settings, Sites: which web sites tell what is looked at there, by those who agreed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heard.governance.selectors import teams
from heard.identity import sites as questions
from heard.identity.actions_on_sites import BadSite, add_site, switch_site_of


def sites(request: HttpRequest) -> HttpResponse:
    request.viewer.check("site.manage")
    given, problem = request.POST, ""
    if request.method == "POST":
        try:
            site = add_site(
                request.viewer, given.get("name", ""), origins=given.get("origins", "").split(), team_id=_team(request)
            )
        except BadSite as no:
            problem = str(no)
        else:
            messages.success(request, _("Added. Put its script into the pages of the site, before the end of the head."))
            return redirect(f"{request.path}#site-{site.pk}")
    about = {"rows": questions.sites(request.viewer), "teams": teams(request.viewer), "problem": problem, "given": given}
    return render(request, "identity/sites.html", about, status=422 if problem else 200)


@require_POST
def switch(request: HttpRequest, site_id: int) -> HttpResponse:
    is_on = request.POST.get("on") == "yes"
    try:
        switch_site_of(request.viewer, site_id, on=is_on)
    except BadSite as no:
        messages.error(request, str(no))
    else:
        messages.success(request, _("It tells again.") if is_on else _("It tells nothing more. What it told is kept."))
    return redirect("identity_settings:sites")


def _team(request: HttpRequest) -> int | None:
    given = request.POST.get("team", "")
    found = teams(request.viewer).filter(pk=int(given)) if given.isdigit() and len(given) < 10 else None
    return found.values_list("pk", flat=True).first() if found is not None else None
