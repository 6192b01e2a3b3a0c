from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from heard.governance import actions, retention, selectors
from heard.governance.forms import AcceptForm, CompanyForm, InviteForm, MaskingForm, NewPasswordForm, TeamChoices, TeamForm
from heard.governance.models import Member
from heard.governance.rules.masking import DEFAULT
from heard.kernel import clock

SIGN_IN_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def says_no(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A refusal is told on the page one came from."""

    @wraps(view)
    def told(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except actions.Refused as no:
            messages.error(request, str(no))
            return redirect("governance:members")

    return told


@require_GET
def settings_page(request: HttpRequest) -> HttpResponse:
    return redirect("governance:company" if request.viewer.may("company.manage") else "governance:members")


def company(request: HttpRequest) -> HttpResponse:
    request.viewer.check("company.manage")
    ours = selectors.company()
    form = CompanyForm(request.POST or None, initial={"name": ours.name, "timezone": ours.timezone})
    if request.method == "POST" and form.is_valid():
        actions.change_company(request.viewer, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("governance:company")
    return render(request, "governance/company.html", {"form": form}, status=422 if form.is_bound else 200)


def masking(request: HttpRequest) -> HttpResponse:
    """Which personal data is never stored as it was written."""
    request.viewer.check("company.manage")
    form = MaskingForm(request.POST or None, initial={**DEFAULT, **selectors.masking_policy()})
    if request.method == "POST" and form.is_valid():
        actions.change_masking(request.viewer, form.cleaned_data)
        messages.success(request, "Saved. It counts for whatever comes from now on.")
        return redirect("governance:masking")
    about = {"form": form, "lines": retention.lines(request.viewer)}
    return render(request, "governance/masking.html", about, status=422 if form.is_bound else 200)


@require_GET
def members(request: HttpRequest) -> HttpResponse:
    return _members_page(request)


@require_POST
@says_no
def invite(request: HttpRequest) -> HttpResponse:
    """The link is in this one answer and nowhere else."""
    request.viewer.check("member.manage")
    form = InviteForm(request.POST, teams=selectors.teams(request.viewer))
    if not form.is_valid():
        return _members_page(request, form=form, status=422)
    asked = form.cleaned_data
    token = actions.invite(request.viewer, email=asked["email"], name=asked["name"], role=asked["role"], team_ids=asked["teams"])
    return _members_page(request, link=_link(token), link_for=asked["email"])


@require_POST
@says_no
def new_password(request: HttpRequest, member_id: int) -> HttpResponse:
    token = actions.offer_new_password(request.viewer, member_id)
    return _members_page(request, link=_link(token), link_for=selectors.names_of({member_id})[member_id])


@require_POST
@says_no
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    actions.withdraw_invitation(request.viewer, invitation_id)
    messages.success(request, "The link works no more.")
    return redirect("governance:members")


@says_no
def member(request: HttpRequest, member_id: int) -> HttpResponse:
    request.viewer.check("member.manage")
    found = _member(member_id)
    chosen = {"role": found.role, "teams": [team.pk for team in found.teams.all()]}
    form = TeamChoices(request.POST or None, teams=selectors.teams(request.viewer), initial=chosen)
    if request.method == "POST" and form.is_valid():
        actions.change_member(request.viewer, member_id, role=form.cleaned_data["role"], team_ids=form.cleaned_data["teams"])
        messages.success(request, f"Saved. It counts from {found.name}’s next click on.")
        return redirect("governance:members")
    about = {"member": found, "form": form, "audit": selectors.audit_of(request.viewer, "member", member_id, limit=20)}
    return render(request, "governance/member.html", about, status=422 if form.is_bound else 200)


@require_POST
@says_no
def deactivate(request: HttpRequest, member_id: int) -> HttpResponse:
    actions.deactivate(request.viewer, member_id)
    messages.success(
        request,
        f"{selectors.names_of({member_id})[member_id]} is signed out everywhere and cannot come in. Invite them to bring them back.",
    )
    return redirect("governance:members")


@require_POST
@says_no
def make_team(request: HttpRequest) -> HttpResponse:
    actions.make_team(request.viewer, request.POST.get("name", ""))
    return redirect("governance:members")


@require_POST
@says_no
def rename_team(request: HttpRequest, team_id: int) -> HttpResponse:
    actions.rename_team(request.viewer, team_id, name=request.POST.get("name", ""))
    return redirect("governance:members")


@require_GET
def audit_log(request: HttpRequest) -> HttpResponse:
    request.viewer.check("member.manage")
    return render(request, "governance/audit.html", {"lines": selectors.latest_audit(request.viewer)})


@sensitive_post_parameters("password")
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Looking changes nothing, so that a preview of the link in a chat does not use it up."""
    try:
        invitation = actions.invitation_of(token)
        form = _accepting(request, invitation)
        if request.method == "POST" and form.is_valid():
            joined = actions.accept_invitation(
                token, name=form.cleaned_data.get("name", ""), password=form.cleaned_data["password"]
            )
            login(request, joined, backend=SIGN_IN_BACKEND)
            return redirect("/")
    except actions.InvitationOver as over:
        return render(request, "governance/invitation_over.html", {"why": str(over)}, status=404)
    return render(
        request, "governance/accept.html", {"form": form, "invitation": invitation}, status=422 if form.is_bound else 200
    )


accept.is_public = True  # type: ignore[attr-defined]  # whoever holds the link has no account yet


def _accepting(request: HttpRequest, invitation):
    if invitation.member:
        return NewPasswordForm(request.POST or None)
    return AcceptForm(request.POST or None, initial={"name": invitation.name})


def _members_page(
    request: HttpRequest, *, form: InviteForm | None = None, link: str = "", link_for: str = "", status: int = 200
) -> HttpResponse:
    teams = list(selectors.teams(request.viewer))
    about = {
        "members": selectors.members(request.viewer),
        "teams": teams,
        "invitations": selectors.open_invitations(request.viewer, clock.now()),
        "form": form or InviteForm(teams=teams),
        "team_form": TeamForm(),
        "link": link,
        "link_for": link_for,
    }
    response = render(request, "governance/members.html", about, status=status)
    if link:
        response["Cache-Control"] = "no-store"
    return response


def _link(token: str) -> str:
    return settings.PUBLIC_URL + reverse("invitation", args=[token])


def _member(member_id: int) -> Member:
    try:
        return Member.objects.prefetch_related("teams").get(pk=member_id, is_active=True)
    except Member.DoesNotExist:
        raise Http404 from None
