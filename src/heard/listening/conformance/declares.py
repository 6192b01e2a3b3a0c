"""What an adapter says of itself, and whether it is so."""

import re
from pathlib import Path

from heard.listening.channels.contract import ReachedUntil, Reacted, Said, StatusChanged
from heard.listening.conformance.applies import only_if, signs_in, takes_webhooks, talks
from heard.listening.conformance.fixtures import account_of, fixtures_of, folder_of
from heard.listening.conformance.hooks import Hooks, implements

HANGS_ON = {  # verb: the capability that promises it
    "send": lambda able: able.outbound,
    "render": lambda able: able.outbound,
    "edit": lambda able: able.edit,
    "delete": lambda able: able.delete,
    "hide": lambda able: able.hide,
    "reconcile": lambda able: able.can_reconcile,
    "templates": lambda able: able.templates,
    "pull": lambda able: "poll" in able.inbound,
    "stream": lambda able: "stream" in able.inbound,
    "verify": lambda able: "webhook" in able.inbound,
}
HEARS = {
    Reacted: "reactions",
    StatusChanged: "delivery_status",
    ReachedUntil: "delivery_status",
}  # event: the capability that promises it


class Declares(Hooks):
    def test_channel_is_called_by_its_kind(self):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", self.adapter.kind)
        assert self.adapter.label

    def test_channel_can_do_what_it_declares_and_declares_what_it_can_do(self, verb):
        assert implements(self.adapter, verb) == bool(HANGS_ON[verb](self.adapter.capabilities))

    def test_channel_hears_only_what_it_declares(self):
        heard = {type(event) for fixture in fixtures_of(self.adapter) for event in fixture.events}
        assert [name for event, name in HEARS.items() if event in heard and not getattr(self.adapter.capabilities, name)] == []

    @only_if(signs_in)
    def test_files_that_come_as_an_address_can_be_fetched(self):
        events = [event for fixture in fixtures_of(self.adapter) for event in fixture.events if isinstance(event, Said)]
        addresses = [file.url for event in events for file in event.attachments if file.data is None]
        assert addresses == [] or implements(self.adapter, "fetch_media")

    def test_limits_are_sane(self):
        able = self.adapter.capabilities
        assert able.visibilities
        assert able.max_length is None or able.max_length > 0
        assert able.requests_per_minute > 0
        assert able.poll_every_seconds > 0
        assert able.attachments == bool(able.max_attachment_bytes) or not able.outbound
        assert able.reply_window_seconds is None or able.reply_window_seconds > 0
        assert not able.private_reply or {"public", "private"} <= set(able.visibilities)
        assert not able.edit or set(able.edit_where) & set(able.visibilities)
        assert not able.delete or set(able.delete_where) & set(able.visibilities)
        assert able.delete_within_seconds is None or (able.delete and able.delete_within_seconds > 0)

    def test_fields_of_the_form_are_sane(self):
        fields = self.adapter.config_fields
        assert len(fields) == len({field.name for field in fields})
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", field.name) and field.label for field in fields)
        assert all(field.choices and field.default in ("", *field.choices) for field in fields if field.kind == "choice")

    def test_secrets_are_marked_and_have_no_default(self):
        """What signs in is stored sealed and never shown again (threat 33)."""
        sounding = [field for field in self.adapter.config_fields if re.search(r"password|secret|token|api_key", field.name)]
        assert [field.name for field in sounding if not field.secret] == []
        assert [field.name for field in self.adapter.config_fields if field.secret and field.default] == []

    def test_secrets_are_not_in_what_an_account_shows_of_itself(self):
        account = self.account("https://network.example")
        assert [name for name, secret in account.secrets.items() if secret in repr(account)] == []

    def test_page_for_the_administrator_names_every_field(self):
        assert [field.name for field in self.adapter.config_fields if f"`{field.name}`" not in self.page] == []

    @only_if(lambda suite: talks(suite) or takes_webhooks(suite))
    def test_page_for_the_administrator_says_step_by_step_how_to_connect(self):
        """Numbered from 1, under a heading about connecting, and with the reason for what is to be created."""
        sections = re.split(r"^## ", self.page, flags=re.MULTILINE)
        steps = "\n".join(section for section in sections if re.match(r".*connect", section, flags=re.IGNORECASE))
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", steps, flags=re.MULTILINE)]
        assert numbers[:2] == [1, 2], "a heading with the word “connect”, and at least two numbered steps below it"
        assert re.search(r"\b(because|so that|for |why|lets?|needs?|proves?)\b", steps), "why, in plain words"

    @property
    def page(self) -> str:
        path: Path = folder_of(self.adapter) / "channel.md"
        return path.read_text()

    def test_channel_brings_deliveries_to_learn_from(self):
        assert list(fixtures_of(self.adapter))
        assert account_of(self.adapter).kind == self.adapter.kind
