"""Numbers by which states know people: believed when their check digits are right, or when the words beside them say so."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

SSN = re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
NINO = re.compile(r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.IGNORECASE)
NIR = re.compile(r"[12](?<!\d[12]) ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\d)")
DNI = re.compile(r"\b(?:\d{8}|[XYZ]\d{7})-?[A-Z]\b", re.IGNORECASE)
LETTER_AFTER_DIGITS = re.compile(r"\d(?: ?[A-D]|-?[A-Z])\b", re.IGNORECASE)  # ends both NINO and DNI
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
AHV = re.compile(r"\b756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}\b")
CPF = re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b")
RIJKSREGISTER = re.compile(r"\b\d{2}\.(?:0\d|1[0-2])\.[0-3]\d-\d{3}\.\d{2}\b")
PERSONNUMMER = re.compile(r"(?<![\d-])(?:19|20)?\d{2}(?:0[1-9]|1[0-2])[0-9]\d[-+]\d{4}(?![\d-])")
HETU = re.compile(r"\b[0-3]\d(?:0[1-9]|1[0-2])\d{2}[-+A]\d{3}[0-9A-Y]\b")
HETU_SIGNS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
CODICE_FISCALE = re.compile(r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b", re.IGNORECASE)
FISCAL_SIGN = re.compile(r"\d[A-Z]\d\d[A-Z]\d{3}[A-Z]\b", re.IGNORECASE)
NUMBER_OF_ID = re.compile(
    r"social security|\bssn\b|social (?:number|no)|social insurance|national insurance|\bni number|nhs number|steuer-?id|steuernummer|sozialversicherung|ahv-?nummer"
    r"|sécurité sociale|numéro de sécu|numéro avs|seguridad social|\bdni\b|\bnie\b|codice fiscale|\bpesel\b|\bbsn\b|burgerservicenummer|rijksregister|personnummer|fødselsnummer"
    r"|cpr-?nummer|henkilötunnus|\bcpf\b|\bcontribuinte\b|aadhaa?r|passport|reisepass|passeport|pasaporte|passaporto|paspoort|personalausweis",
    re.IGNORECASE,
)
NEAR = 40  # characters between such words and the number


class National(NamedTuple):
    match: re.Match[str]
    why: str


def is_nir(written: str) -> bool:
    digits = written.replace(" ", "").upper().replace("2A", "19").replace("2B", "18")
    return len(digits) == 15 and digits.isdigit() and 97 - int(digits[:13]) % 97 == int(digits[13:])


def is_dni(written: str) -> bool:
    compact = written.replace("-", "").upper()
    number = compact[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and DNI_LETTERS[int(number) % 23] == compact[-1]


def is_ahv(written: str) -> bool:
    """EAN-13."""
    digits = [int(c) for c in written if c.isdecimal()]
    return len(digits) == 13 and (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def is_cpf(written: str) -> bool:
    digits = [int(c) for c in written if c.isdecimal()]
    if len(set(digits)) == 1:
        return False
    return all(digits[n] == sum((n + 1 - i) * digits[i] for i in range(n)) * 10 % 11 % 10 for n in (9, 10))


def is_rijksregister(written: str) -> bool:
    """Who was born from 2000 on has a 2 before it."""
    digits = re.sub(r"\D", "", written)
    return any(97 - int(century + digits[:9]) % 97 == int(digits[9:]) for century in ("", "2"))


def is_personnummer(written: str) -> bool:
    """Luhn over the last ten."""
    digits = [int(c) for c in written if c.isdecimal()][-10:]
    return sum(sum(divmod(2 * d, 10)) for d in digits[::2]) % 10 == -sum(digits[1::2]) % 10


def is_hetu(written: str) -> bool:
    return HETU_SIGNS[int(written[:6] + written[7:10]) % 31] == written[10]


ODD_SIGNS = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            2,
            4,
            18,
            20,
            11,
            3,
            6,
            8,
            12,
            14,
            16,
            10,
            22,
            25,
            24,
            23,
        ),
        strict=True,
    )
)


def is_codice_fiscale(written: str) -> bool:
    """The last letter follows from the others; decree of 23 December 1976."""
    signs = written.upper()
    even = sum(int(c) if c.isdecimal() else ord(c) - ord("A") for c in signs[1:15:2])
    return chr(ord("A") + (even + sum(ODD_SIGNS[c] for c in signs[0:15:2])) % 26) == signs[15]


class Form(NamedTuple):
    pattern: re.Pattern[str]
    is_right: Callable[[str], bool]
    why: str
    needs: str = ""  # must stand in the text


FORMS = (
    Form(SSN, lambda _: True, "is written like a US social-security number", "-"),
    Form(NIR, is_nir, "its key is that of a French social-security number"),
    Form(AHV, is_ahv, "its check digit is that of a Swiss insurance number", "756"),
    Form(CPF, is_cpf, "its check digits are those of a Brazilian CPF", "-"),
    Form(RIJKSREGISTER, is_rijksregister, "its check digits are those of a Belgian national number", "-"),
    Form(PERSONNUMMER, is_personnummer, "its check digit is that of a Swedish personal number"),
    Form(HETU, is_hetu, "its check sign is that of a Finnish personal number"),
)
FORMS_WITH_A_LETTER = (
    Form(NINO, lambda _: True, "is written like a UK national-insurance number"),
    Form(DNI, is_dni, "its letter is that of a Spanish DNI"),
)


def national_numbers(text: str, *, begin: int) -> Iterator[National]:
    """Those that show it by themselves. None of them begins before `begin`."""
    forms = FORMS + FORMS_WITH_A_LETTER if LETTER_AFTER_DIGITS.search(text, begin) else FORMS
    for form in forms:
        if form.needs in text:
            yield from (National(m, form.why) for m in form.pattern.finditer(text, begin) if form.is_right(m.group()))


def fiscal_codes(text: str) -> Iterator[National]:
    for match in CODICE_FISCALE.finditer(text):
        if is_codice_fiscale(match.group()):
            yield National(match, "its last letter is that of an Italian codice fiscale")


def beside_its_name(text: str, numbers: list[re.Match[str]]) -> Iterator[National]:
    """Those that words beside them call so: “social security”, “PESEL”, “passport”."""
    said = NUMBER_OF_ID.search(text) if numbers else None
    if said is None:
        return
    for match in numbers:
        if abs(match.start() - said.end()) < NEAR:
            yield National(match, f"stands beside the words “{said.group()}”")
