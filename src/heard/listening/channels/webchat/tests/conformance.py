"""Nobody is called: what is said lies in our own store, and our own door reads it to the page (tests/journeys/test_webchat.py)."""

from heard.listening.conformance import ChannelConformance


class Conformance(ChannelConformance):
    wire = "none"
