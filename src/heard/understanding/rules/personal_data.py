"""Finds personal data standing in a text: cards, accounts, national numbers, phones, addresses, passwords, references.

Shapes are found by patterns and believed only when their check digits are right or the words around them say so. What a
text says of health has no shape; rules/wording.py finds it. The data itself is never kept: only its kind and a mask.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

import numpy as np
import phonenumbers
from ahocorasick_rs import BytesAhoCorasick, Implementation

from heard.understanding.rules.addresses import FORMS, UNLIKE_THEIR_LOWER, addresses, unannounced
from heard.understanding.rules.national_numbers import FISCAL_SIGN, beside_its_name, fiscal_codes, national_numbers

LONGEST = 100_000  # characters of one text
BETWEEN = "\0"  # two texts that are looked through as one


class Datum(NamedTuple):
    """One piece of personal data: its kind, where it stands, and how it may be shown."""

    kind: str
    start: int
    end: int
    masked: str
    why: str


EMAIL = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.[A-Za-z]{2,24}\b")
DIGITS = re.compile(r"(?<![\w.])\+?\(?\d(?:[ \-./()]{0,2}\d){6,22}(?![\w])")
ADDRESS_OF_PAGE = re.compile(r"://[^\s\0]+")
WWW = re.compile(r"www\.[^\s\0]+")
INSIDE_AT = re.compile(r"@(?<=\w@)\w")
HASH_SIGN = re.compile(r"#(?=[A-Z0-9-]*\d{5})")  # what HASH_ORDER looks for begins so
DIGIT = re.compile(r"\d")
NO_DIGIT = re.compile(r"\D+")
CLOSE_DIGITS = re.compile(r"\d(?:[ \-./()]{0,2}\d){5}")  # without six of them no number of a person, a phone or a card
SIX_CAPITALS = re.compile(r"[A-Z](?<!\w[A-Z])[A-Z]{5}\b")
ENOUGH_DIGITS = re.compile(r"\d\D{0,3}\d\D{0,3}\d\D{0,3}\d")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){2,8}(?:[ -]?[A-Z0-9]{1,3})?\b", re.IGNORECASE)
PHONE_WORDS = re.compile(
    r"phone|call|mobile|cell|tel(?<=\btel)\b|telefon|anruf|handy|rückruf|rufnummer|meine nummer|téléphone|portable|appel|joindre|joignable|mon numéro|teléfono|móvil|llam|mi número"
    r"|cellulare|chiama|numero di|telemóvel|ligar para|meu número|bellen|telefoon|whatsapp|reach me|reach us|text me|my number|this number|the number|contact (?:me|us|number)|answering at"
    r"|dial|hotline|fax(?<=\bfax)\b|ring(?<=\bring)\b"
)
PHONE_WORDS_IN_ANY_CASE = re.compile(PHONE_WORDS.pattern, re.IGNORECASE)
PHONE_WORD_AFTER = re.compile(
    r"\W{0,3}(?:office|fax|cell|mobile|mobil|handy|büro|bureau|portable|móvil|oficina|landline|festnetz)\b", re.IGNORECASE
)
CARD_WORDS = re.compile(r"card|karte|carte|tarjeta|carta di|cartão|kaart|visa|maestro|amex|debit|credit", re.IGNORECASE)
NEAR = 40  # characters before a number in which it is announced
ORDER_WORDS = (
    r"order|booking|reservation|confirmation|tracking|parcel|package|shipment|claim|policy|invoice|contract|ticket|case|reference|ref|record locator|pnr|customer|account|membership|member|bestell\w*|auftrags?\w*"
    r"|buchungs?\w*|sendungs?\w*|paket\w*|rechnungs?\w*|vertrags?\w*|kunden\w*|schadens?\w*|commande|réservation|suivi|colis|facture|contrat|dossier|sinistre|client|pedido|reserva|seguimiento|paquete|factura"
    r"|contrato|póliza|siniestro|localizador|cliente"
)


def _by_first_letter(words: str) -> str:
    """The same alternatives, sorted by the letter they begin with, so that a place in a text is compared with few of them."""
    ordered = sorted(words.split("|"), key=lambda word: word[0])
    return "|".join(
        f"{letter}(?:{'|'.join(word[1:] for word in some)})" for letter, some in groupby(ordered, lambda word: word[0])
    )


ORDER = re.compile(
    rf"\b(?:{_by_first_letter(ORDER_WORDS)})"
    r"(?:[ -](?:number|no|nr|num|id|code|ref|reference|nummer|numéro|numero|número|n))?\b[.:# °º]{0,4}(?:is|was|ist|lautet|est|es)?[ :#]{0,3}((?=[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{3,24}|(?-i:[A-Z]{6}))\b",
    re.IGNORECASE,
)
REFERENCE = re.compile(r"\d[\w/-]{3}|[\w/-](?:\d[\w/-]{2}|[\w/-](?:\d[\w/-]|[\w/-]\d))")  # four in a row with a digit
HASH_ORDER = re.compile(r"#(?<!\w#)(?=[A-Z0-9-]*\d{5})[A-Z0-9][A-Z0-9-]{4,20}\b")
NINE_DIGITS = re.compile(r"\d{9}[A-Z]")
TRACKING = re.compile(r"\b1Z[0-9A-Z]{16}\b|\b[A-Z]{2}\d{9}[A-Z]{2}\b")
PASSWORD = re.compile(
    r"\b(?:password|passwort|kennwort|mot de passe|contraseña|passcode|\bpin)\b[^.!?\n]{0,14}?(?:\bis\b|\bwas\b|\bist\b|\blautet\b|\best\b|\bes\b|:|=)\s*[\"'“]?(?!not\b|wrong\b|incorrect\b|falsch\b|nicht\b|invalid\b|blocked\b|gesperrt\b|incorrecta?\b|too\b|expired\b|the\b|a\b)"
    r"(?:(?=\S*[\d!$%&*_@#])|(?<=[:=\"'“])|(?<=[:=] ))(\S{4,64})",
    re.IGNORECASE,
)
# What must stand in a text for a pattern to find anything in it. "~" stands for the end of a word.
HINTS = {
    "password": "pass kennwort contrase pin~",
    "order": "order booking reserv confirmation tracking parcel package shipment claim policy invoice contract ticket case~ ~ref locator ~pnr customer account member "
    "bestell auftrag buchung sendung paket rechnung vertrag kunden schaden commande réservation suivi colis facture contrat dossier sinistre client pedido seguimiento "
    "paquete factura póliza localizador",
    "phone": "phone call mobile cell tel anruf handy rückruf rufnummer téléphone teléfono portable appel joindre joignable móvil llam chiama whatsapp fax ring dial hotline "
    "meine~nummer mon~numéro mi~número numero~di ligar~para meu~número bellen my~number this~number the~number reach~me reach~us text~me contact~me contact~us "
    "contact~number answering~at office~ landline festnetz mobil büro bureau oficina",
} | {name: form.words for name, form in FORMS.items()}
HINT_WORDS = [(word, kind) for kind, words in HINTS.items() for word in words.split()]
HINT_KINDS = [kind for _, kind in HINT_WORDS]
HINT_SEARCH = BytesAhoCorasick([word.replace("~", " ").encode() for word, _ in HINT_WORDS], implementation=Implementation.DFA)
CAPITALS = bytes(range(65, 91))
WORD_ENDS = bytes.maketrans(CAPITALS + b",;:!?()\n\t#", CAPITALS.lower() + b" " * 10)  # and capitals to lower case
NO_HINTS: frozenset[str] = frozenset()
ONLY_A_PHONE = frozenset({"phone"})
PLAIN_HINTS = frozenset({"phone", "order"})

# One look for whatever a digit could be part of without any hint: six close digits, a postcode, an IBAN, a tracking number.
# The digits of most scripts by their ranges, which takes half the time that any digit does.
SIGN = re.compile(
    r"[0-9\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59\uff10-\uff19](?:(?:[ \-./()]{0,2}\d){5}| [A-Z\d]|[A-Z]{2}\b|(?i:[A-Z])\d\d(?i:[A-Z])\d{3}|\d(?<=\b(?i:[A-Z]{2})\d\d)|Z(?<=1Z))"
)
# A short number that stands for itself, such as "minute 4711 of": without a hint it is no part of anything personal.
LONE_NUMBER = re.compile(r"[1-9](?<!\S.)(?<!\d .)(?<!\d[ \-./()] .)\d{0,6}(?=[.,!?]?(?:\s[^\W\d_]{2}|\s*\Z))")
COUNTRY_AND_DIGITS = re.compile(r"\d\d(?<=\b[A-Z]{2}\d\d)", re.IGNORECASE)


def personal_data(text: str) -> list[Datum]:
    """What stands in `text`, in its order, each place once; the surer kind wins where two could be meant.

    `text` is well-formed Unicode.
    """
    return personal_data_of([text])[0]


def without_personal_data(texts: Sequence[str]) -> list[str]:
    """`texts` with every piece of it masked, of any kind: what may be handed to somebody else's machine.

    What has no shape, such as names and what is said of health, stays.
    """
    return [_masked(text, data) for text, data in zip(texts, personal_data_of(texts), strict=True)]


def _masked(text: str, data: Sequence[Datum]) -> str:
    for datum in reversed(data):
        text = text[: datum.start] + datum.masked + text[datum.end :]
    return text


def personal_data_of(texts: Sequence[str]) -> list[list[Datum]]:
    """The same for each of `texts`."""
    if not texts:
        return []
    joined = BETWEEN.join([text if len(text) <= LONGEST else text[:LONGEST] for text in texts])
    if joined.count(BETWEEN) >= len(texts):
        joined = BETWEEN.join([text[:LONGEST].replace(BETWEEN, " ") for text in texts])
    joined = ADDRESS_OF_PAGE.sub(_blanked, WWW.sub(_blanked, joined))
    shown = joined.split(BETWEEN)
    hints, shows = _hints(shown), _shows_something(shown, joined)
    found: list[list[Datum]] = [[] for _ in shown]
    for n in shows | {n for n, kinds in hints.items() if kinds != ONLY_A_PHONE}:
        found[n] = _found(shown[n], hints.get(n, NO_HINTS)) if n in shows else _announced(shown[n], hints[n])
    return found


def _shows_something(texts: Sequence[str], joined: str) -> set[int]:
    """The places of those in which anything may be that no word announces: one search for each sign through all of them."""
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    return {bisect_right(starts, m.start()) - 1 for sign in (SIGN, INSIDE_AT, HASH_SIGN) for m in sign.finditer(joined)}


def _blanked(link: re.Match[str]) -> str:
    return " " * len(link.group())


def _found(text: str, hints: frozenset[str]) -> list[Datum]:
    is_plain = (
        hints <= PLAIN_HINTS and not HASH_SIGN.search(text) and not _holds_a_mail_sign(text) and _shows_no_sign(text, hints)
    )
    if is_plain and "order" not in hints:
        return []  # most voices
    return _told_apart(_orders(text, hints) if is_plain else _candidates(text, hints))


def _announced(text: str, hints: frozenset[str]) -> list[Datum]:
    """The same of a text in which nothing shows itself, and only words announce something."""
    if DIGIT.search(text) is None:
        if "password" in hints:
            return _told_apart(_candidates(text, hints))
        return _told_apart(_orders(text, hints)) if "order" in hints and SIX_CAPITALS.search(text) else []
    return _told_apart(_orders(text, hints) if hints <= PLAIN_HINTS else _candidates(text, hints))


def _told_apart(data: Iterable[Datum]) -> list[Datum]:
    """Each place once, the surer kind, which comes first, where two could be meant."""
    found: list[Datum] = []
    for datum in data:
        if not any(datum.start < other.end and other.start < datum.end for other in found):
            found.append(datum)
    return sorted(found, key=lambda d: d.start)


def _shows_no_sign(text: str, hints: frozenset[str]) -> bool:
    """Whether no digit in it could be part of anything without a hint."""
    if not SIGN.search(text):
        return True
    if "phone" in hints or (not text.isascii() and UNLIKE_THEIR_LOWER.search(text)):  # a phone is spoken of, or may be
        return False
    return not SIGN.search(LONE_NUMBER.sub("", text)) and not unannounced(text)


def _holds_a_mail_sign(text: str) -> bool:
    """Whether an "@" stands inside a word, as in a mail address."""
    return text.find("@", 1) > 0 and INSIDE_AT.search(text) is not None


def _candidates(text: str, hints: frozenset[str]) -> Iterator[Datum]:
    """Every pattern costs time, so each waits for a cheap sign that it could find anything."""
    if _holds_a_mail_sign(text):
        yield from (_datum("email", m, "is an e-mail address") for m in EMAIL.finditer(text))
    if "password" in hints:
        yield from (_datum("password", m, "follows the word password", group=1) for m in PASSWORD.finditer(text))
    digit = DIGIT.search(text)
    if digit is None:
        yield from _orders(text, hints) if "order" in hints and SIX_CAPITALS.search(text) else ()
        return
    close = CLOSE_DIGITS.search(text, digit.start())
    many = close is not None or ENOUGH_DIGITS.search(text, digit.start()) is not None
    if many and COUNTRY_AND_DIGITS.search(text, digit.start()):
        yield from _ibans(text)
    numbers: list[Number] = []
    if close:
        numbers = list(_numbers(text, close))
        yield from _national_numbers(text, numbers, begin=max(0, close.start() - len("AB ")))
        yield from _cards(text, numbers)
    if FISCAL_SIGN.search(text, digit.start()):
        yield from (_datum("ssn", found.match, found.why) for found in fiscal_codes(text))
    yield from (_datum("address", m, "reads like a postal address") for m in addresses(text, hints, begin=digit.start()))
    if many or "order" in hints:
        yield from _orders(text, hints)
    yield from _phones(text, numbers)


class Number(NamedTuple):
    """What DIGITS found, and its digits alone."""

    match: re.Match[str]
    digits: str


def _numbers(text: str, close: re.Match[str] | None) -> Iterator[Number]:
    """All that DIGITS finds. It finds nothing before `close`, the first six close digits, but a "+(" that belongs to them."""
    begin = 0
    while close and (match := DIGITS.search(text, max(begin, close.start() - len("+(")))):
        written = match.group()
        yield Number(match, written if written.isdecimal() else NO_DIGIT.sub("", written))
        begin = match.end()
        close = CLOSE_DIGITS.search(text, begin)


def _hints(texts: Sequence[str]) -> dict[int, frozenset[str]]:
    """Which texts say words that announce something, by their place: one search through all of them."""
    lower = BETWEEN.join([text if text.isascii() else text.lower() for text in texts])  # ASCII by WORD_ENDS
    ended = b" " + lower.encode("utf-8", "replace").translate(WORD_ENDS).replace(b".", b". ").replace(b"\0", b" \0 ") + b" "
    hits = HINT_SEARCH.find_matches_as_indexes(ended, overlapping=True)
    if not hits:
        return {}
    ends = np.flatnonzero(np.frombuffer(ended, np.uint8) == 0)
    places = np.searchsorted(ends, [start for _, start, _ in hits]).tolist()
    found: dict[int, set[str]] = {}
    for place, (hint, _, _) in zip(places, hits, strict=True):
        found.setdefault(place, set()).add(HINT_KINDS[hint])
    return {n: frozenset(kinds) for n, kinds in found.items()}


def _ibans(text: str) -> Iterator[Datum]:
    """What stands before one can look like its beginning, so the next one is looked for within what is none."""
    begin = 0
    while match := IBAN.search(text, begin):
        compact = re.sub(r"[ -]", "", match.group()).upper()
        is_one = is_iban(compact[: IBAN_LENGTHS.get(compact[:2], 0)])
        if is_one:
            yield _datum("iban", match, "its check digits are those of an IBAN")
        begin = match.end() if is_one else match.start() + 2


# Characters of an IBAN by country; SWIFT IBAN registry, release 97.
IBAN_REGISTRY = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28
HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29
RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
"""
IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in IBAN_REGISTRY.split()}


def is_iban(compact: str) -> bool:
    """As long as its country says, and modulo 97 over letters as numbers is 1. Upper case, no spaces."""
    if len(compact) != IBAN_LENGTHS.get(compact[:2]) or not compact.isalnum() or not compact.isascii():
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _national_numbers(text: str, numbers: Sequence[Number], *, begin: int) -> Iterator[Datum]:
    """None of them begins before `begin`."""
    yield from (_datum("ssn", found.match, found.why) for found in national_numbers(text, begin=begin))
    long = [match for match, digits in numbers if 8 <= len(digits) <= 15]
    yield from (_datum("ssn", found.match, found.why) for found in beside_its_name(text, long))


def _cards(text: str, numbers: Sequence[Number]) -> Iterator[Datum]:
    for match, digits in numbers:
        if match.group()[0] == "+":
            continue
        if is_card(digits) or (_may_be_a_card(digits) and CARD_WORDS.search(text, max(0, match.start() - NEAR), match.start())):
            yield _datum("card", match, "its check digit is that of a payment card")
        elif len(digits) > SHORTEST_INSIDE and (inside := _card_inside(match.group())):
            start, end = match.start() + inside[0], match.start() + inside[1]
            yield Datum("card", start, end, mask(text[start:end]), "its check digit is that of a payment card")


SHORTEST_INSIDE = 13  # digits of a card that stands beside other numbers
BESIDE = 3  # groups of digits that may stand before or after it
GROUP = re.compile(r"\d+")


def _card_inside(written: str) -> tuple[int, int] | None:
    """Where in a row of numbers, such as a time and a card, a card stands: whole groups, evenly parted."""
    groups = list(GROUP.finditer(written))
    for first in range(min(BESIDE + 1, len(groups))):
        for last in range(len(groups), max(first, len(groups) - BESIDE - 1), -1):
            some = groups[first:last]
            digits = "".join(g.group() for g in some)
            parted = {written[one.end() : other.start()] for one, other in zip(some, some[1:], strict=False)}
            if len(digits) >= SHORTEST_INSIDE and len(parted) <= 1 and is_card(digits):
                return some[0].start(), some[-1].end()
    return None


def is_card(digits: str) -> bool:
    """12 to 19 digits that begin as the card networks' do and pass Luhn."""
    begins_so = (12 <= len(digits) <= 19 and digits[0] in "23456") or (len(digits) == 15 and digits.startswith("1800"))
    return begins_so and _may_be_a_card(digits)


def _may_be_a_card(digits: str) -> bool:
    """The same of any network, such as of those that are no more, where somebody says that it is one."""
    if not 12 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * int(c), 10)) for c in digits[-2::-2]]
    return (sum(doubled) + sum(int(c) for c in digits[-1::-2])) % 10 == 0


def _orders(text: str, hints: frozenset[str]) -> Iterator[Datum]:
    if "order" in hints and (REFERENCE.search(text) or SIX_CAPITALS.search(text)):
        yield from (_datum("order", m, "follows a word for a reference", group=1) for m in ORDER.finditer(text))
    if "1Z" in text or NINE_DIGITS.search(text):
        yield from (_datum("order", m, "is written like a tracking number") for m in TRACKING.finditer(text))
    if "#" in text:
        yield from (_datum("order", m, "is written like an order number") for m in HASH_ORDER.finditer(text))


def _phones(text: str, numbers: Sequence[Number]) -> Iterator[Datum]:
    for match, digits in numbers:
        announced = text[max(0, match.start() - NEAR) : match.start()]
        if 7 <= len(digits) <= 15 and _is_phone(match.group(), digits, announced, text[match.end() : match.end() + NEAR]):
            yield _datum("phone", match, "can be dialled")


AREA_CODE = re.compile(r"\(\d{2,5}\)")
NO_PHONE = re.compile(
    r"(?:19|20)\d\d[-/. ]\d{1,2}[-/. ]\d{1,2}(?=\s|$)|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?=\s|$)|\d{1,3}(?:\.\d{1,3}){3}$"
)  # dates, IPv4


def _is_phone(written: str, digits: str, before: str, after: str) -> bool:
    """International, or announced by a word such as "call", or set apart the way numbers are written."""
    if NO_PHONE.match(written) or written.count("/") > 1:  # dates
        return False
    if written.startswith(("+", "00")):
        return _possible("+" + digits.lstrip("0"), None)
    if not (_is_set_apart(written, len(digits)) or _is_announced(before) or PHONE_WORD_AFTER.match(after)):
        return False
    return any(_possible(written, region) for region in ("US", "GB", "DE", "FR", "ES"))


def _is_set_apart(written: str, count: int) -> bool:
    if written.lstrip("(").startswith("0") and 10 <= count <= 12:
        return True
    if AREA_CODE.match(written) and count >= 8:
        return True
    groups = len(NO_DIGIT.split(written.strip("+("))) if count >= 8 else 1
    return (groups >= 3 and count >= 9) or (groups == 4 and count == 8)


def _is_announced(before: str) -> bool:
    if not before.isascii() and UNLIKE_THEIR_LOWER.search(before):
        return PHONE_WORDS_IN_ANY_CASE.search(before) is not None
    return PHONE_WORDS.search(before.lower()) is not None


def _possible(written: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False


def _datum(kind: str, match: re.Match[str], why: str, *, group: int = 0) -> Datum:
    return Datum(kind, match.start(group), match.end(group), mask(match.group(group)), why)


def mask(written: str) -> str:
    """Enough to be recognised by whoever wrote it, too little to be used: the last two characters at most."""
    tail = written[-2:] if len(written) >= 8 else ""
    return "…" + (tail if tail.isalnum() else "")
