"""What engagement plugs in to the rooms before it, and hears from them."""

from heard.engagement import selectors, views
from heard.engagement.statuses import catch_up
from heard.kernel.outbox import listen
from heard.routing import slots

slots.beats.plug("engagement", views.beats)
slots.composers.plug("engagement", views.composer)
slots.marks.plug("engagement", views.marks)
slots.loose_ends.plug("engagement", selectors.loose_ends)

listen("statuses.changed")(catch_up)
