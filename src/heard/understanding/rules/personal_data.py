"""Finds personal data standing in a text: cards, accounts, national numbers, phones, addresses, passwords, references.

Shapes are found by patterns and believed only when their check digits are right or the words around them say so. What a
text says of health has no shape; rules/wording.py finds it. The data itself is never kept: only its kind and a mask.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

import phonenumbers
from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation

LONGEST = 100_000  # characters of one text


class Datum(NamedTuple):
    """One piece of personal data: its kind, where it stands, and how it may be shown."""

    kind: str
    start: int
    end: int
    masked: str
    why: str


EMAIL = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.[A-Za-z]{2,24}\b")
DIGITS = re.compile(r"(?<![\w.])\+?\(?\d(?:[ \-./()]{0,2}\d){6,22}(?![\w])")
LINK = re.compile(r"https?://\S+|www\.\S+")
INSIDE_AT = re.compile(r"@(?<=\w@)\w")
DIGIT = re.compile(r"\d")
NO_DIGIT = re.compile(r"\D+")
CLOSE_DIGITS = re.compile(r"\d(?:[ \-./()]{0,2}\d){5}")  # without six of them no number of a person, a phone or a card
SIX_CAPITALS = re.compile(r"\b[A-Z]{6}\b")
ENOUGH_DIGITS = re.compile(r"\d\D{0,3}\d\D{0,3}\d\D{0,3}\d")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){2,8}(?:[ -]?[A-Z0-9]{1,3})?\b", re.IGNORECASE)
SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
NINO = re.compile(r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.IGNORECASE)
NIR = re.compile(r"[12](?<!\d[12]) ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\d)")
DNI = re.compile(r"\b(?:\d{8}|[XYZ]\d{7})-?[A-Z]\b", re.IGNORECASE)
LETTER_AFTER_DIGITS = re.compile(r"\d(?: ?[A-D]|-?[A-Z])\b", re.IGNORECASE)  # ends both NINO and DNI
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
NATIONAL_WORDS = re.compile(
    r"social security|\bssn\b|social (?:number|no)|national insurance|\bni number|steuer-?id|steuernummer|sozialversicherung|sécurité sociale"
    r"|numéro de sécu|seguridad social|\bdni\b|\bnie\b|passport|reisepass|passeport|pasaporte|personalausweis",
    re.IGNORECASE,
)
PHONE_WORDS = re.compile(
    r"phone|call|mobile|cell|tel(?<=\btel)\b|telefon|anruf|handy|rückruf|meine nummer|téléphone|portable|appel|mon numéro|teléfono|móvil|llam|mi número"
    r"|whatsapp|reach me|text me|my number|this number|the number|fax(?<=\bfax)\b|ring(?<=\bring)\b"
)
PHONE_WORDS_IN_ANY_CASE = re.compile(PHONE_WORDS.pattern, re.IGNORECASE)
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
    r"(?=\S*[\d!$%&*_@#]|\S{8,})(\S{4,64})",
    re.IGNORECASE,
)
STREETS = r"street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|terrace|way|close|crescent|parkway|pkwy|circle|highway|hwy|gardens|grove|row|mews|trail"
ADDRESS = re.compile(
    rf"\b\d{{1,5}}[A-Za-z]?,? +(?:[NSEW]\.? +)?(?:[A-Z][\w'’.-]+ +){{1,4}}(?i:{STREETS})\b(?!['’])"
    r"|\b[A-ZÄÖÜ][\wäöüß.-]{3,}(?:straße|strasse|str\.|gasse|allee|weg|platz|ring|damm|ufer) ?\d{1,4} ?[a-h]?\b"
    r"|\b(?:[A-ZÄÖÜ][\wäöüß-]+ )(?:Straße|Strasse|Str\.|Allee|Weg|Platz) \d{1,4} ?[a-h]?\b"
    r"|\b\d{1,4}(?: ?(?:bis|ter))?,? +(?i:rue|avenue|boulevard|bd|place|chemin|impasse|allée|quai|cours) +(?:d[eu]s? |de la |du |l['’])?[\w'’-]+"
    r"|\b(?i:calle|c/|avenida|avda\.?|plaza|paseo|camino|carrera) +(?:de |del |la )*[\w'’-]+(?: [\w'’-]+){0,3},? +(?:n[º°.]? *)?\d{1,4}\b"
    r"|\b(?i:via|viale|piazza|corso) +[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,2},? +\d{1,4}\b"
    r"|\b(?i:rue|avenue|place|chemin) (?:d[eu]s? |de la |du |l['’])?[A-ZÀ-Ý][\w'’-]+,? \d{1,4}\b"
    r"|\b[A-ZÀ-Ý]\w+(?:straat|laan|plein|gatan|vägen|gata|veien|vegen|vej|gade|katu|tie|utca) \d{1,4}\b"
    r"|\b(?:ul\.|ulica|út|utca) ?[A-ZÀ-Ý]\w+ \d{1,4}\b"
    r"|\b(?:Apt|Apartment|Suite|Unit)\.? #?\d{1,5}\b"
    r"|\b(?i:P\.? ?O\.? Box) \d{1,6}\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b"
)
POSTCODE = re.compile(r"\d [A-Z\d]|\d[A-Z]{2}\b")
# What must stand in an address that no hint announced: a street after its number, a British postcode, or a word for a street.
NUMBER_FIRST = re.compile(rf"\d[A-Za-z]?,? +(?:[NSEW]\.? +)?(?:[A-Z][\w'’.-]+ +){{1,4}}(?i:{STREETS})\b")
BRITISH = re.compile(r" (?<=[A-Z\d] )\d[A-Z]{2}\b")
STREET_WORDS = (
    "straße strasse str. gasse allee allée weg platz ring damm ufer rue avenue boulevard bd place chemin impasse quai cours calle c/ avenida avda plaza paseo camino "
    "carrera via corso piazza straat laan plein gatan vägen gata veien vegen vej gade katu tie utca ul. ulica út apt apartment suite unit box"
)
STREET_SEARCH = AhoCorasick(STREET_WORDS.split(), implementation=Implementation.ContiguousNFA)
UNLIKE_THEIR_LOWER = re.compile("[ıİſ\u212a]")  # match i, s and k where case is ignored, and do not become them in lower case

# What must stand in a text for a pattern to find anything in it. "~" stands for the end of a word.
HINTS = {
    "password": "pass kennwort contrase pin~",
    "address": "street ~st~ road~ ~rd~ avenue ~ave~ lane~ ~ln~ ~drive~ ~dr~ boulevard ~blvd~ court~ ~ct~ place~ ~pl~ square~ terrace ~way~ ~close~ crescent parkway "
    "~pkwy~ circle~ highway ~hwy~ gardens ~grove~ ~row~ mews~ trail~ straße strasse str. gasse allee weg~ platz~ ring~ damm~ ufer~ ~rue~ ~bd~ chemin impasse ~quai~ "
    "~cours~ ~calle~ ~c/ avenida ~avda plaza ~paseo~ camino ~carrera~ ~via~ viale~ piazza corso~ straat laan~ plein~ gatan~ gata~ vägen~ veien~ vegen~ vej~ gade~ katu~ "
    "tie~ utca ul. ulica ~út~ ~apt ~apartment ~suite~ ~unit~ ~box~",
    "order": "order booking reserv confirmation tracking parcel package shipment claim policy invoice contract ticket case~ ~ref locator ~pnr customer account member "
    "bestell auftrag buchung sendung paket rechnung vertrag kunden schaden commande réservation suivi colis facture contrat dossier sinistre client pedido seguimiento "
    "paquete factura póliza localizador",
    "phone": "phone call mobile cell tel anruf handy rückruf téléphone teléfono portable appel móvil llam whatsapp fax ring meine~nummer mon~numéro mi~número "
    "my~number this~number the~number reach~me text~me",
}
HINT_WORDS = [(word, kind) for kind, words in HINTS.items() for word in words.split()]
HINT_KINDS = [kind for _, kind in HINT_WORDS]
HINT_SEARCH = BytesAhoCorasick([word.replace("~", " ").encode() for word, _ in HINT_WORDS], implementation=Implementation.DFA)
WORD_ENDS = bytes.maketrans(b",;:!?()\n\t#", b" " * 10)
NO_HINTS: frozenset[str] = frozenset()
PLAIN_HINTS = frozenset({"phone", "order"})

# One look for whatever a digit could be part of without any hint: six close digits, a postcode, an IBAN, a tracking number.
SIGN = re.compile(r"\d(?:(?:[ \-./()]{0,2}\d){5}| [A-Z\d]|[A-Z]{2}\b|\d(?<=\b(?i:[A-Z]{2})\d\d)|Z(?<=1Z))")
# A short number that stands for itself, such as "minute 4711 of": without a hint it is no part of anything personal.
LONE_NUMBER = re.compile(r"[1-9](?<!\S.)(?<!\d .)(?<!\d[ \-./()] .)\d{0,6}(?=[.,!?]?(?:\s[^\W\d_]{2}|\s*\Z))")
COUNTRY_AND_DIGITS = re.compile(r"\d\d(?<=\b[A-Z]{2}\d\d)", re.IGNORECASE)


def personal_data(text: str) -> list[Datum]:
    """What stands in `text`, in its order, each place once; the surer kind wins where two could be meant.

    `text` is well-formed Unicode.
    """
    return personal_data_of([text])[0]


def personal_data_of(texts: Sequence[str]) -> list[list[Datum]]:
    """The same for each of `texts`."""
    shown = [_without_links(text[:LONGEST]) for text in texts]
    hints = _hints(shown)
    return [_found(text, hints.get(n, NO_HINTS)) for n, text in enumerate(shown)]


def _without_links(text: str) -> str:
    return LINK.sub(_blanked, text) if "http" in text or "www." in text else text


def _blanked(link: re.Match[str]) -> str:
    return " " * len(link.group())


def _found(text: str, hints: frozenset[str]) -> list[Datum]:
    is_plain = hints <= PLAIN_HINTS and "#" not in text and not _holds_a_mail_sign(text) and _shows_no_sign(text, hints)
    if is_plain and "order" not in hints:
        return []  # most voices
    found: list[Datum] = []
    for datum in _orders(text, hints) if is_plain else _candidates(text, hints):
        if not any(datum.start < other.end and other.start < datum.end for other in found):
            found.append(datum)
    return sorted(found, key=lambda d: d.start)


def _shows_no_sign(text: str, hints: frozenset[str]) -> bool:
    """Whether no digit in it could be part of anything without a hint."""
    if not SIGN.search(text):
        return True
    if "phone" in hints or (not text.isascii() and UNLIKE_THEIR_LOWER.search(text)):  # a phone is spoken of, or may be
        return False
    return not SIGN.search(LONE_NUMBER.sub("", text)) and not (POSTCODE.search(text) and _may_be_an_address(text))


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
        yield from _cards(numbers)
    if "address" in hints or (POSTCODE.search(text, digit.start()) and _may_be_an_address(text)):
        yield from (_datum("address", m, "reads like a postal address") for m in ADDRESS.finditer(text))
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
    """Which texts say words that announce something, by their place in `texts`: one search through all of them."""
    ended = [text.lower().encode("utf-8", "replace").translate(WORD_ENDS).replace(b".", b". ") for text in texts]
    joined = b" " + b" \n ".join(ended) + b" "
    hits = HINT_SEARCH.find_matches_as_indexes(joined, overlapping=True)
    starts = list(accumulate((len(text) + len(b" \n ") for text in ended), initial=0)) if hits else []
    found: dict[int, set[str]] = {}
    for hint, start, _ in hits:
        found.setdefault(bisect_right(starts, start) - 1, set()).add(HINT_KINDS[hint])
    return {n: frozenset(kinds) for n, kinds in found.items()}


def _may_be_an_address(text: str) -> bool:
    return bool(
        NUMBER_FIRST.search(text)
        or BRITISH.search(text)
        or STREET_SEARCH.find_matches_as_indexes(text.lower())
        or (not text.isascii() and UNLIKE_THEIR_LOWER.search(text))
    )


def _ibans(text: str) -> Iterator[Datum]:
    for match in IBAN.finditer(text):
        compact = re.sub(r"[ -]", "", match.group()).upper()
        if is_iban(compact[: IBAN_LENGTHS.get(compact[:2], 0)]):
            yield _datum("iban", match, "its check digits are those of an IBAN")


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
    if "-" in text:
        yield from (_datum("ssn", m, "is written like a US social-security number") for m in SSN.finditer(text, begin))
    letter = LETTER_AFTER_DIGITS.search(text, begin) is not None
    if letter:
        yield from (_datum("ssn", m, "is written like a UK national-insurance number") for m in NINO.finditer(text, begin))
    yield from (
        _datum("ssn", m, "its key is that of a French social-security number")
        for m in NIR.finditer(text, begin)
        if is_nir(m.group())
    )
    if letter:
        yield from (
            _datum("ssn", m, "its letter is that of a Spanish DNI") for m in DNI.finditer(text, begin) if is_dni(m.group())
        )
    long = [match for match, digits in numbers if 8 <= len(digits) <= 15]
    said = NATIONAL_WORDS.search(text) if long else None
    if said is None:
        return
    for match in long:
        if abs(match.start() - said.end()) < 40:
            yield _datum("ssn", match, f"stands beside the words “{said.group()}”")


def is_nir(written: str) -> bool:
    digits = written.replace(" ", "").upper().replace("2A", "19").replace("2B", "18")
    return len(digits) == 15 and digits.isdigit() and 97 - int(digits[:13]) % 97 == int(digits[13:])


def is_dni(written: str) -> bool:
    compact = written.replace("-", "").upper()
    number = compact[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and DNI_LETTERS[int(number) % 23] == compact[-1]


def _cards(numbers: Sequence[Number]) -> Iterator[Datum]:
    for match, digits in numbers:
        if is_card(digits) and match.group()[0] != "+":
            yield _datum("card", match, "its check digit is that of a payment card")


def is_card(digits: str) -> bool:
    """12 to 19 digits that begin as the card networks' do and pass Luhn."""
    if not (12 <= len(digits) <= 19 and digits[0] in "23456") and not (len(digits) == 15 and digits.startswith("1800")):
        return False
    doubled = [sum(divmod(2 * int(c), 10)) for c in digits[-2::-2]]
    return len(set(digits)) > 1 and (sum(doubled) + sum(int(c) for c in digits[-1::-2])) % 10 == 0


def _orders(text: str, hints: frozenset[str]) -> Iterator[Datum]:
    if "order" in hints and (REFERENCE.search(text) or SIX_CAPITALS.search(text)):
        yield from (_datum("order", m, "follows a word for a reference", group=1) for m in ORDER.finditer(text))
    if "1Z" in text or NINE_DIGITS.search(text):
        yield from (_datum("order", m, "is written like a tracking number") for m in TRACKING.finditer(text))
    if "#" in text:
        yield from (_datum("order", m, "is written like an order number") for m in HASH_ORDER.finditer(text))


def _phones(text: str, numbers: Sequence[Number]) -> Iterator[Datum]:
    for match, digits in numbers:
        if 7 <= len(digits) <= 15 and _is_phone(match.group(), digits, text[max(0, match.start() - 40) : match.start()]):
            yield _datum("phone", match, "can be dialled")


NO_PHONE = re.compile(
    r"(?:19|20)\d\d[-/. ]\d{1,2}[-/. ]\d{1,2}(?=\s|$)|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?=\s|$)|\d{1,3}(?:\.\d{1,3}){3}$"
)  # dates, IPv4


def _is_phone(written: str, digits: str, before: str) -> bool:
    """International, or announced by a word such as "call", or set apart the way numbers are written."""
    if NO_PHONE.match(written):
        return False
    if written.startswith(("+", "00")):
        return _possible("+" + digits.lstrip("0"), None)
    if not (_is_set_apart(written, len(digits)) or _is_announced(before)):
        return False
    return any(_possible(written, region) for region in ("US", "GB", "DE", "FR", "ES"))


def _is_set_apart(written: str, count: int) -> bool:
    if written.lstrip("(").startswith("0") and 10 <= count <= 12:
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
