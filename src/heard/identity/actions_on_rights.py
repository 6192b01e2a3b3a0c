"""What a person may ask of us, done by a colleague: everything about them in one file, and to be erased."""

from typing import IO

from heard.governance import archive, audit, erasure
from heard.governance.permissions import Viewer
from heard.governance.rules.erasing import Reason
from heard.identity import rights
from heard.kernel.bulk import one_writer
from heard.kernel.holdings import Scope, traces_of
from heard.listening import consent
from heard.listening import selectors as listening
from heard.listening.files import open_file
from heard.listening.rules.consent import ANSWERS
from heard.listening.rules.file_names import safe_name

FILES = archive.Stored(open_file, safe_name)


class NotConfirmed(Exception):
    """Who asked did not say that they mean it. Nothing was erased."""


def export_person(viewer: Viewer, customer_id: int, out: IO[bytes]) -> dict[str, int]:
    """Everything about them is in `out`, a zip. Returns {what: how many}. Raises Customer.DoesNotExist."""
    viewer.check("customer.export")
    name, scope = rights.person_of(viewer, customer_id)
    counts = archive.write(out, name, scope, stored=FILES)
    audit.note(viewer, "customer.export", "customer", customer_id, rows=sum(counts.values()))
    return counts


def erase_person(viewer: Viewer, customer_id: int, *, reason: Reason, confirmed: bool) -> int:
    """They are on their way out of every room; see governance.erasure. Returns the id of the receipt.

    Raises Customer.DoesNotExist, NotConfirmed, and governance.holds.Held where a legal hold stands against it.
    """
    viewer.check("customer.erase")
    if not confirmed:
        raise NotConfirmed("Nothing was erased. Write the word that is asked for, so that it does not happen by mistake.")
    _, scope = rights.person_of(viewer, customer_id)
    traces = traces_of(scope)  # looks through everybody for namesakes, so nobody waits for it
    with one_writer():
        _, still = rights.person_of(viewer, customer_id)
        traces = traces if still == scope else traces_of(still)
        receipt = erasure.begin(viewer, still, traces, reason=reason, suppressing=_addresses(still))
        audit.note(viewer, "customer.erase", "erasure", receipt.pk, reason=reason.value)
    return receipt.pk


def _addresses(scope: Scope) -> dict[tuple[str, str], set[str]]:
    """{address: kinds of channels on which they said no}"""
    told = consent.standing_of(scope.identities)
    silent: dict[int, set[str]] = {}
    for (identity_id, kind, purpose), word in told.items():
        if purpose == ANSWERS and not word.is_given:
            silent.setdefault(identity_id, set()).add(kind)
    theirs = listening.identities(scope.identities)
    return {(i.network, i.external_id): silent.get(i.id, set()) for i in theirs.values()}
