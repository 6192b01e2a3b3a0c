"""What identity does on news of its own."""

from heard.identity import finding
from heard.kernel import bulk
from heard.kernel.outbox import listen


@listen("customer.regrouped")
def find_by_other_names(identity_ids: list[int], **_: object) -> None:
    """A customer's name finds all of their faces, and no others."""
    with bulk.one_writer():
        finding.renew(identity_ids)
