from heard.listening.conformance import ChannelConformance


class Conformance(ChannelConformance):
    wire = "none"  # nothing leaves the process
