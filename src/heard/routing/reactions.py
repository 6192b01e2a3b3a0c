"""What routing plugs in to earlier rooms, and does on their news."""

from heard.identity.slots import answers_to, customer_panels, happenings, merge_previews, worked_with
from heard.kernel.outbox import listen
from heard.listening.slots import addresses, enclosures
from heard.routing import customer_panel
from heard.routing.actions import judge_again
from heard.routing.gone_on_with import gone_on_with
from heard.routing.merge_preview import of_conversations
from heard.routing.parting import part
from heard.routing.selectors import enclosure_of_conversations

enclosures.plug("routing.conversations", enclosure_of_conversations)
addresses.plug("routing.conversations", customer_panel.addresses_of)
customer_panels.plug("routing.conversations", customer_panel.draw)
answers_to.plug("routing.conversations", customer_panel.answers)
happenings.plug("routing.cases", customer_panel.CASES)
merge_previews.plug("routing.conversations", of_conversations)
worked_with.plug("routing.conversations", gone_on_with)


@listen("verdict.corrected")
def route_as_corrected(interaction_id: int, **_: object) -> None:
    """A colleague said what a voice really means: its place follows."""
    judge_again([interaction_id])


@listen("verdicts.switched")
def route_as_read_now(interaction_ids: list[int], **_: object) -> None:
    """Another version of what was learnt reads these voices otherwise: their places follow."""
    judge_again(interaction_ids)


@listen("customer.regrouped")
def part_conversations(identity_ids: list[int], parted: bool = True, **_: object) -> None:
    """Somebody is not who they were held to be: what they said goes back to conversations of their own."""
    if parted:
        part(identity_ids)
