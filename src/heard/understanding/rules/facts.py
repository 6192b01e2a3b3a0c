"""What a customer has told us that an answer may need: numbers, addresses, the model, what they tried. Pure.

A fact is a place in their own words. Cards, bank accounts, national numbers and passwords are never facts, nor is anything
that was masked: whoever may read the voice finds them there, or nobody does.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from heard.understanding.rules.personal_data import DIGIT, Datum, personal_data

LONGEST = 8000  # characters of one text that are read
LONGEST_VALUE = 160

# In the order in which they are shown: (name in a sentence, heading).
KINDS = {
    "order": ("order number", "Order number"),
    "customer": ("customer number", "Customer number"),
    "contract": ("contract number", "Contract number"),
    "invoice": ("invoice number", "Invoice number"),
    "tracking": ("tracking number", "Tracking number"),
    "booking": ("booking number", "Booking number"),
    "case": ("reference", "Reference"),
    "model": ("model", "Model"),
    "serial": ("serial number", "Serial number"),
    "name": ("name", "Name"),
    "phone": ("phone number", "Phone number"),
    "email": ("mail address", "Mail address"),
    "postcode": ("postcode", "Postcode"),
    "address": ("postal address", "Postal address"),
    "tried": ("what they tried", "Tried already"),
}
NEVER = frozenset({"card", "iban", "ssn", "password"})
MASK = "…"


class Fact(NamedTuple):
    """`value` stands in the text from `start` to `end`; `remedies` are of what was tried, keys of REMEDIES."""

    kind: str
    value: str
    start: int
    end: int
    remedies: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The same for one fact however it is written."""
        return self.kind, plain(self.value)


def plain(written: str) -> str:
    """Letters and digits alone: "47-11" is 4711."""
    return "".join(c for c in written.casefold() if c.isalnum())


# Which reference it is follows from the last of these words before it.
REFERENCES = {
    "order": r"order|purchase|bestell|auftrag|commande|pedido",
    "customer": r"customer|account|member|kunden|client",
    "contract": r"contract|policy|vertrag|contrat|póliza",
    "invoice": r"invoice|rechnung|factur",
    "tracking": r"tracking|parcel|package|shipment|sendung|paket|suivi|colis|seguimiento|paquete",
    "booking": r"booking|reserv|réserv|confirmation|locator|pnr|buchung|localizador",
    "case": r"claim|ticket|case|ref|schaden|dossier|sinistre|siniestro",
}
REFERENCE = re.compile("|".join(rf"(?P<{kind}>\b(?:{words}))" for kind, words in REFERENCES.items()), re.IGNORECASE)
TRACKING = re.compile(r"1Z[0-9A-Z]{16}|[A-Z]{2}\d{9}[A-Z]{2}")
SAYS = r"(?:\s*(?:is|was|ist|lautet|est|es)\b)?[\s:=#]*"
SERIAL = re.compile(
    r"\b(?:serial(?: number| no\.?| nr\.?)?|s/n|imei|seriennummer|numéro de série|número de serie)"
    + SAYS
    + r"((?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{5,24})\b",
    re.IGNORECASE,
)
DEVICES = r"router|modem|fritz!?box|speedport|iphone|ipad|galaxy|pixel|macbook|thinkpad|printer|drucker|camera|kamera|tv|fernseher|laptop|hub|repeater"
MODEL = re.compile(
    r"\b(?:model(?: number| no\.?| name)?|modell(?:nummer)?|modèle|modelo)"
    + SAYS
    + r"((?=[\w!./ -]{0,20}\d)[A-Z0-9][\w!./-]*(?: [A-Z0-9]*\d[\w-]*)?)"
    rf"|\b((?:{DEVICES})(?: [A-Z]{{1,8}})? [A-Z]{{0,4}}-?\d{{1,5}}[A-Z]{{0,3}}\b(?: (?:pro|max|plus|ultra|mini)\b)?)",
    re.IGNORECASE,
)
POSTCODE = re.compile(
    r"\b(?:post(?: ?|-)code|zip(?: ?code)?|plz|postleitzahl|code postal|código postal)"
    + SAYS
    + r"([A-Z0-9][A-Z0-9 -]{2,8}[A-Z0-9])\b"
    r"|\b([A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})\b"
    r"|(?:\b(?:in|aus|nach)|,|\n) ?(\d{5}) (?!Euro|EUR|Dollar|Uhr|Mal|Stück|Kunden|Schritte|Punkte)(?=[A-ZÄÖÜ][a-zäöüß]{2,})",
    re.IGNORECASE,
)
BY_ITSELF = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z0-9-]*\d[A-Z0-9-]*(?: (?=\S*\d)[A-Z0-9]+)?", re.IGNORECASE)
NAME = re.compile(
    r"(?:(?i:my name is|my name's|mein name ist|ich heiße|je m'appelle|mon nom est|me llamo|mi nombre es)) "
    r"([A-ZÀ-Þ][\w'’-]+(?: (?:van |von |de )?[A-ZÀ-Þ][\w'’-]+){0,2})"
)
REMEDIES = {
    "restart": r"re-?start|re-?boot|power[ -]?cycl|neu ?(?:zu)?ge?start|start\w* .{0,40}\bneu\b|off and on|aus- und ein|redémarr|reinici",
    "reset": r"\breset|zurück(?:zu)?(?:ge)?setz|zurücksetz|réinitialis|restablec",
    "reinstall": r"re-?install|neu ?(?:zu)?(?:ge)?install|desinstal|réinstall",
    "update": r"\bupdat|upgrad|aktualisier|mis(?:e)? à jour|actualiz",
    "cable": r"cable|unplug|plug(?:ged)? .{0,20}\bout|kabel|ausgesteckt|stecker|débranch|câble|desenchuf",
    "cache": r"\bcache|cookies",
    "browser": r"(?:another|other|different|ander\w*|autre|otro) (?:browser|navigateur|navegador)",
    "call": r"\b(?:called|rang|phoned)\b|angerufen|appelé|llamado|hotline",
}
REMEDY = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in REMEDIES.items()}
TRIED = re.compile(
    r"\b(?:i|we)(?:'ve|’ve| have|'d)? (?:(?:already|just|also|even) )?(?:tried|restarted|rebooted|reset|re-?installed|unplugged|updated|upgraded|cleared|"
    r"replaced|swapped|checked|switched|turned|power[ -]?cycled|called|rang|phoned)\b"
    r"|\b(?:tried|restarted|rebooted|reset) (?:it|the|my|everything)\b"
    r"|\b(?:habe?n?|hab) (?:(?:ich|wir|es|den|die|das|ihn|sie|alles|schon|bereits|auch|mehrmals|\w+) ){0,8}?(?:neu ?gestartet|zurückgesetzt|versucht|ausprobiert|probiert|"
    r"ausgesteckt|getauscht|aktualisiert|neu ?installiert|überprüft|gelöscht|angerufen)\b"
    r"|\bj'ai (?:déjà )?(?:essayé|redémarré|réinitialisé|débranché|appelé)\b|\bya (?:he|lo he) (?:probado|reiniciado|intentado|llamado)\b",
    re.IGNORECASE,
)
NOT_TRIED = re.compile(r"n't|n’t|\bnot\b|\bnever\b|\bnicht\b|\bnoch nie\b|\bpas\b|\bno he\b|\?", re.IGNORECASE)
SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")


def facts_in(text: str) -> list[Fact]:
    """What stands in `text`, in its order; each place once. `text` is well-formed Unicode."""
    said = text[:LONGEST]
    found: list[Fact] = []
    personal = personal_data(said)
    taken = [(d.start, d.end) for d in personal if d.kind in NEVER]
    for fact in _candidates(said, personal):
        overlaps = any(fact.start < end and start < fact.end for start, end in taken)
        if fact.value and not overlaps and MASK not in said[max(0, fact.start - 1) : fact.end]:
            found.append(fact)
            taken.append((fact.start, fact.end))
    return sorted([*found, *_tried(said)], key=lambda fact: fact.start)


def _candidates(said: str, personal: list[Datum]) -> Iterator[Fact]:
    """The surest first."""
    has_digit = DIGIT.search(said) is not None
    if has_digit:
        yield from (_fact("serial", m, 1) for m in SERIAL.finditer(said))
    for datum in personal:
        value = said[datum.start : datum.end]
        if datum.kind == "order":
            yield Fact(_reference(said, datum.start, value), value.lstrip("#"), datum.start, datum.end)
        elif datum.kind in ("phone", "email"):
            yield Fact(datum.kind, value, datum.start, datum.end)
    if has_digit:
        yield from (_fact("postcode", m, m.lastindex or 1) for m in POSTCODE.finditer(said) if _is_postcode(m))
        yield from (_fact("model", m, m.lastindex or 1) for m in MODEL.finditer(said))
    yield from (_fact("name", m, 1) for m in NAME.finditer(said))
    for datum in personal:
        if datum.kind == "address":  # a British postcode is one, too, and was taken above
            yield Fact("address", said[datum.start : datum.end], datum.start, datum.end)


def _fact(kind: str, match: re.Match[str], group: int) -> Fact:
    written = match.group(group)
    value = written.rstrip(" .-/")
    return Fact(kind, value, match.start(group), match.start(group) + len(value))


def _is_postcode(match: re.Match[str]) -> bool:
    return BY_ITSELF.fullmatch(match.group(match.lastindex or 1)) is not None


def _reference(said: str, start: int, value: str) -> str:
    if TRACKING.fullmatch(value):
        return "tracking"
    before = list(REFERENCE.finditer(said, max(0, start - 40), start))
    return before[-1].lastgroup or "order" if before else "order"


def _tried(said: str) -> Iterator[Fact]:
    for sentence in SENTENCE.finditer(said) if TRIED.search(said) else ():
        words = sentence.group().strip()
        if TRIED.search(words) and not NOT_TRIED.search(words):
            start = sentence.start() + len(sentence.group()) - len(sentence.group().lstrip())
            value = words if len(words) <= LONGEST_VALUE else words[: LONGEST_VALUE - 1].rsplit(" ", 1)[0] + MASK
            yield Fact("tried", value, start, start + len(words), remedies_in(words))


def remedies_in(words: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in REMEDY.items() if pattern.search(words))
