"""Intake through NATS JetStream, for streams that come faster than the store can take them in; docs/operate/scaling.md.

A second way in to the same walk. Posts lie raw in the broker instead of in the store, a hundred to a message, parted by author
so that what one customer says stays in order. Workers share the parts out among themselves, walk what they hold in batches, and
tell the broker that it is done only after the commit. What comes twice is harmless: every row has its place by the id of the
network. Nothing here runs unless HEARD_NATS_URL is set.
"""

from heard.project.jetstream.broker import REFUSED, NoBroker, standing
from heard.project.jetstream.packets import PARTITIONS
from heard.project.jetstream.publish import Publisher
from heard.project.jetstream.worker import work

__all__ = ["PARTITIONS", "REFUSED", "NoBroker", "Publisher", "standing", "work"]
