"""What understanding plugs in at start-up: its own assessors, in their order."""

from heard.understanding.assessors import STANDARD
from heard.understanding.slots import assessors

for _name, _assessor in STANDARD.items():
    assessors.plug(_name, _assessor)
