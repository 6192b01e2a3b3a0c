from msgspec.structs import replace

from heard.listening.channels.contract import Account
from heard.listening.conformance import ChannelConformance


class Conformance(ChannelConformance):
    wire = "other"  # a stream of its own; what servers do to us is tried with Prosody in test_with_prosody.py

    def account(self, base_url: str) -> Account:
        """The server where a web server answers."""
        account = super().account(base_url)
        return replace(account, config={**account.config, "host": "127.0.0.1", "port": base_url.rpartition(":")[2]})
