from msgspec.structs import replace

from heard.listening.channels.contract import Account
from heard.listening.conformance import ChannelConformance


class Conformance(ChannelConformance):
    wire = "other"  # IMAP and SMTP; what servers do to us is tried with Dovecot in test_mail_server.py

    def account(self, base_url: str) -> Account:
        """Both servers where a web server answers."""
        account = super().account(base_url)
        port = base_url.rpartition(":")[2]
        servers = {f"{way}_host": "127.0.0.1" for way in ("imap", "smtp")} | {
            f"{way}_security": "none" for way in ("imap", "smtp")
        }
        return replace(account, config={**account.config, **servers, "imap_port": port, "smtp_port": port})
