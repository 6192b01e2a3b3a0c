"""What identity plugs in to its own pages, and does on news of its own."""

from heard.identity import finding, happened, worth
from heard.identity.slots import customer_panels, happenings
from heard.kernel import bulk
from heard.kernel.outbox import listen

customer_panels.plug("identity.elsewhere", worth.panel)
for kind in happened.KINDS:
    happenings.plug(f"identity.{kind.name}", kind)


@listen("customer.regrouped")
def find_by_other_names(identity_ids: list[int], **_: object) -> None:
    """A customer's name finds all of their faces, and no others."""
    with bulk.one_writer():
        finding.renew(identity_ids)
