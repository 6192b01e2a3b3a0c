"""Postal addresses as they are written in a dozen countries. Each form is looked for only where a word that it needs was said."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

STREETS = r"street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|terrace|way|close|crescent|parkway|pkwy|circle|highway|hwy|gardens|grove|row|mews|trail"
NAME = r"[A-ZÀ-ÝŁŚŻŠŽČŘĐŐŰ][\w'’.-]+"
NUMBER_FIRST = re.compile(
    rf"\d(?<!\w\d)\d{{0,4}}[A-Za-z]?,? +(?:[NSEW]\.? +)?(?:[A-Z][\w'’.-]+ +){{1,4}}(?i:{STREETS})\b(?!['’])"
)
BRITISH = re.compile(r" (?<=[A-Z\d] )\d[A-Z]{2}\b")
POSTCODE = re.compile(r"\d [A-Z\d]|\d[A-Z]{2}\b")  # whatever is to be an address though nothing announced it


class Form(NamedTuple):
    """A way to write an address, and the words of which one must stand in it; "~" is the end of a word."""

    pattern: re.Pattern[str]
    words: str


FORMS = {
    "address en": Form(
        NUMBER_FIRST,
        "street ~st~ road~ ~rd~ avenue ~ave~ lane~ ~ln~ ~drive~ ~dr~ boulevard ~blvd~ court~ ~ct~ place~ ~pl~ square~ terrace ~way~ ~close~ crescent parkway ~pkwy~ circle~ "
        "highway ~hwy~ gardens ~grove~ ~row~ mews~ trail~",
    ),
    "address de": Form(
        re.compile(
            r"\b[A-ZÄÖÜ][\wäöüß.-]{3,}(?:straße|strasse|str\.|gasse|allee|weg|platz|ring|damm|ufer) ?\d{1,4} ?[a-h]?\b"
            r"|\b(?:[A-ZÄÖÜ][\wäöüß-]+ )(?:Straße|Strasse|Str\.|Allee|Weg|Platz) \d{1,4} ?[a-h]?\b"
        ),
        "straße strasse str. gasse allee weg~ platz~ ring~ damm~ ufer~",
    ),
    "address fr": Form(
        re.compile(
            r"\d(?<!\w\d)\d{0,3}(?: ?(?:bis|ter))?,? +(?i:rue|avenue|boulevard|bd|place|chemin|impasse|allée|quai|cours) +(?:d[eu]s? |de la |du |l['’])?[\w'’-]+"
            r"|\b(?i:rue|avenue|place|chemin) (?:d[eu]s? |de la |du |l['’])?[A-ZÀ-Ý][\w'’-]+,? \d{1,4}\b"
        ),
        "~rue~ avenue boulevard ~bd~ place~ chemin impasse allée ~quai~ ~cours~",
    ),
    "address es": Form(
        re.compile(
            r"\b(?i:calle|c/|avenida|avda\.?|plaza|paseo|camino|carrera|rua|rúa|travessa|praça) +(?:d[eo] |del |la |da |das |dos )*[\w'’-]+(?: [\w'’-]+){0,3},? +(?:n[º°.]? *)?\d{1,4}\b"
        ),
        "~calle~ ~c/ avenida ~avda plaza ~paseo~ camino ~carrera~ ~rua~ ~rúa~ travessa praça",
    ),
    "address it": Form(
        re.compile(
            rf"\b(?i:via|viale|piazza|corso) +(?:(?:di|del|dei|della|delle|degli|san|santa) )?{NAME}(?: {NAME}){{0,2}},? +\d{{1,4}}\b"
        ),
        "~via~ viale~ piazza corso~",
    ),
    "address north": Form(
        re.compile(
            r"\b[A-ZÀ-ÝÞ]\w+(?:straat|laan|plein|gracht|kade|dijk|gatan|vägen|gata|veien|vegen|vej|gade|stræde|stræti|katu|kuja|tie) \d{1,4}\b"
        ),
        "straat laan~ plein~ gracht~ kade~ dijk~ gatan~ gata~ vägen~ veien~ vegen~ vej~ gade~ stræde~ stræti~ katu~ kuja~ tie~",
    ),
    "address east": Form(
        re.compile(
            rf"\b(?:ul\.|ulica|út|utca) ?{NAME}(?: {NAME}){{0,2}} \d{{1,4}}\b"
            r"|\b[A-ZÀ-ÝŐŰ]\w+ ?(?:utca|út|tér|körút|u\.|ulica|náměstí|caddesi|sokak) (?:No:? ?)?\d{1,4}\b"
        ),
        "utca ul. ulica ~út~ ~tér~ körút ~u. náměstí caddesi sokak",
    ),
    "address box": Form(
        re.compile(
            r"\b(?:Apt|Apartment|Suite|Unit)\.? #?\d{1,5}\b|\b(?i:P\.? ?O\.? Box) \d{1,6}\b"
            r"|\b(?i:(?:PSC|CMR|Unit) \d{1,5},? Box \d{1,5})\b|\b[ADF]PO,? A[AEP] \d{5}\b"
        ),
        "~apt ~apartment ~suite~ ~unit~ ~box~ ~psc~ ~apo ~dpo ~fpo",
    ),
    "address gb": Form(re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b"), ""),
}
WORDS = sorted({(word.strip("~"), name) for name, form in FORMS.items() if name != "address en" for word in form.words.split()})
ANYWHERE = AhoCorasick([word for word, _ in WORDS], implementation=Implementation.ContiguousNFA)
UNLIKE_THEIR_LOWER = re.compile("[ıİſ\u212a]")  # match i, s and k where case is ignored, and do not become them in lower case


def addresses(text: str, said: Collection[str], *, begin: int) -> Iterator[re.Match[str]]:
    """Of the forms `said`, and of those that something looks like though no word announced it. The first digit is at `begin`."""
    looks_like = unannounced(text, begin)
    for name, form in FORMS.items():
        if name in said or name in looks_like:
            yield from form.pattern.finditer(text)


def unannounced(text: str, begin: int = 0) -> Collection[str]:
    """Forms that a text may be in: a street after its number, a British postcode, or a word for a street that stands in another."""
    if not POSTCODE.search(text, begin):
        return ()
    if not text.isascii() and UNLIKE_THEIR_LOWER.search(text):
        return FORMS
    found = {WORDS[n][1] for n, _, _ in ANYWHERE.find_matches_as_indexes(text.lower(), overlapping=True)}
    if NUMBER_FIRST.search(text, max(0, begin - 1)):
        found.add("address en")
    if BRITISH.search(text):
        found.add("address gb")
    return found
