"""The walk of a voice, from the network to the person who can act. Read this first.

A batch of deliveries goes through the rooms in the order of the river. Each step takes and returns lists, uses a
constant number of queries whatever the size of the batch, and adds its room's part to what the step before returned:

    Delivery → Spoken → Heard → Recognised → Understood → Threaded → Routed

What needs no row (decoding, reading the text, masking what must not be kept) happens before the transaction. The rest is one transaction, which also
ticks the deliveries off under the claim of this worker: kill -9 anywhere loses nothing and does nothing twice.
"""

from collections.abc import Sequence

from heard.identity.recognise import recognise
from heard.kernel.bulk import one_writer
from heard.listening.deliveries import Waiting
from heard.listening.erased import leave_out
from heard.listening.normalise import normalise
from heard.listening.tick_off import tick_off
from heard.listening.write_down import write_down
from heard.routing.route import Routed, route
from heard.routing.thread import thread
from heard.understanding.assess import assess, read
from heard.understanding.edited import assess_edited, read_edited
from heard.understanding.mask import mask
from heard.understanding.topics import in_use as topics

ORDER = (write_down, recognise, assess, thread, route)  # the rooms in the order of the river; a test holds the docs to it


def walk(deliveries: Sequence[Waiting], *, worker: str) -> list[Routed]:
    """Every voice in `deliveries` is written down, known, understood, threaded and routed; or none is, and it raises."""
    spoken, left_out = leave_out(normalise(deliveries))
    topics.refresh()
    readings = read(spoken)
    spoken = mask(spoken, readings)
    readings = read_edited(spoken, readings)
    with one_writer():
        heard = write_down(spoken)
        recognised = recognise(heard)
        understood = assess_edited(assess(recognised, readings))
        threaded = thread(understood)
        routed = route(threaded)
        tick_off(deliveries, worker=worker, let_go={s.delivery_id for s in spoken if s.is_masked} | left_out)
    return routed
