"""What people allowed, out of the rows about them: said of the addresses that the row names, and of nobody else's."""

from collections.abc import Iterable, Mapping
from typing import Any

from heard.identity.importing.entries import Entry, addresses_for
from heard.identity.importing.people import Teller
from heard.identity.models import ImportBatch, ImportChange
from heard.kernel import bulk
from heard.listening.consent_brought import Brought, bring_words, take_back_words

WORD = "consent"  # kind of an ImportChange whose row is a word that the import made


def allow(entries: Iterable[Entry], addresses: Mapping[tuple[str, str], int], teller: Teller) -> None:
    """`addresses`: {(network, external id): identity}. Part of the caller's `one_writer`."""
    words = [
        Brought(addresses[address], channel, purpose, is_given, at, _how(how, teller))
        for e in entries
        for purpose, is_given, at, how, channel in e.values.get("consents", ())
        for address in addresses_for(e, channel)
    ]
    ids = bring_words(words, at=teller.at)
    if teller.batch_id is not None:
        noted: list[list[Any]] = [[teller.batch_id, WORD, id_, {}, None] for id_ in ids]
        bulk.insert(ImportChange, ["batch_id", "kind", "row", "before", "before_batch"], noted)


def take_back(batch: ImportBatch) -> None:
    """What it brought was never said."""
    with bulk.one_writer():
        made = ImportChange.objects.filter(batch=batch, kind=WORD)
        take_back_words(list(made.values_list("row", flat=True)))
        bulk.delete(ImportChange, "id", list(made.values_list("pk", flat=True)))


def _how(how: str, teller: Teller) -> str:
    told = f"import {teller.batch_id} from {teller.source}" if teller.batch_id else teller.source
    return f"{how[:150]} ({told})" if how else f"as {told} has it"
