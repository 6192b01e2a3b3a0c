"""What a person may ask of us, on their page: everything in one file, and to be erased."""

import tempfile

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from heard.governance import actions_on_personal_data as personal_data
from heard.governance import holds
from heard.governance.actions import Refused
from heard.governance.rules.erasing import Reason
from heard.identity import actions_on_rights as actions
from heard.identity import rights
from heard.identity.views import or_404

WORD = "erase"  # typed by who means it
IN_MEMORY = 4_000_000  # bytes; a longer archive is laid on disk


@require_POST
@or_404
def export(request: HttpRequest, customer_id: int) -> HttpResponse:
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed by the response
    actions.export_person(request.viewer, customer_id, out)
    out.seek(0)
    name = f"customer-{customer_id}.zip"
    return FileResponse(out, as_attachment=True, filename=name, content_type="application/zip")  # type: ignore[return-value]  # or_404 hands on whatever answers


@or_404
def erase(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What would go, and the word that makes it so."""
    request.viewer.check("customer.erase")
    refused = ""
    if request.method == "POST":
        try:
            reason = Reason(request.POST.get("reason", Reason.ASKED.value))
            confirmed = request.POST.get("word", "").strip().lower() == WORD
            return redirect(
                "governance:erasure", actions.erase_person(request.viewer, customer_id, reason=reason, confirmed=confirmed)
            )
        except (holds.Held, actions.NotConfirmed) as no:
            refused = str(no)
        except ValueError:
            refused = "Choose one of the reasons. Nothing was erased."
    name, scope = rights.person_of(request.viewer, customer_id)
    about = {
        "customer_id": customer_id,
        "name": name,
        "kept": rights.kept_about(scope),
        "holds": holds.holds_on(request.viewer, scope.identities),
        "reasons": [(r.value, r.label) for r in Reason],
        "word": WORD,
        "refused": refused,
    }
    return render(request, "identity/erase.html", about, status=422 if refused else 200)


@require_POST
@or_404
def hold(request: HttpRequest, customer_id: int) -> HttpResponse:
    request.viewer.check("customer.hold")
    try:
        _, scope = rights.person_of(request.viewer, customer_id)
        personal_data.place_hold(request.viewer, scope.identities, reason=request.POST.get("reason", ""))
    except Refused as no:
        messages.error(request, str(no))
    else:
        messages.success(request, "Held. Nothing of theirs goes until the hold is lifted.")
    return redirect("identity:erase", customer_id)


@require_POST
@or_404
def lift_hold(request: HttpRequest, customer_id: int) -> HttpResponse:
    request.viewer.check("customer.hold")
    _, scope = rights.person_of(request.viewer, customer_id)
    personal_data.lift_hold(request.viewer, scope.identities)
    messages.success(request, "The hold is lifted.")
    return redirect("identity:erase", customer_id)
