"""What engagement plugs in to the rooms before it, and hears from them."""

from heard.engagement import happened, known_facts, promises, recap, selectors, views, views_promises
from heard.engagement.said_to import follow_parted, whom_we_told
from heard.engagement.statuses import catch_up
from heard.identity.slots import customer_panels, happenings
from heard.kernel.outbox import listen
from heard.routing import slots

slots.beats.plug("engagement", views.beats)
slots.heads.plug("engagement.recap", recap.above)
slots.composers.plug("engagement", views.composer)
slots.marks.plug("engagement", views.marks)
slots.loose_ends.plug("engagement", selectors.loose_ends)
slots.worked_in.plug("engagement", selectors.written_in)
slots.addressees.plug("engagement", whom_we_told)
slots.pledges.plug("engagement.promises", promises.upcoming)
slots.panels.plug("engagement.promises", views_promises.beside)
slots.panels.plug("engagement.facts", known_facts.beside)
customer_panels.plug("engagement.promises", views_promises.of_customer)
customer_panels.plug("engagement.facts", known_facts.of_customer)
customer_panels.plug("engagement.ways", known_facts.ways_to)
happenings.plug("engagement.notes", happened.NOTES)

listen("statuses.changed")(catch_up)
listen("conversation.parted")(follow_parted)
