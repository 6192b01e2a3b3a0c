"""How times are written in each language that promises are found in: the words, and the patterns they stand in.

A pattern names what it found: n, unit (a span) · day (today, tomorrow) · wd, nxt (a weekday) · d, mon, mn, y (a date) ·
week, month (this one or the next) · part (of the day) · h, m, ap, noon (by the clock) · before. rules/said_times.py reads them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, TypeVar

T = TypeVar("T")
NOON = time(12, 0)
AFTERNOON, EVENING, NIGHT = time(18, 0), time(21, 0), time(23, 59)


@dataclass(frozen=True)
class Words:
    """`units`, `days`, `weekdays`, `months`, `parts`: patterns of the words, in the order in which they are tried."""

    numbers: Mapping[str, int]
    units: Mapping[str, str]
    days: Mapping[str, int]
    weekdays: Sequence[str]  # Monday first
    months: Sequence[str]  # of the beginning of each
    parts: Mapping[str, time]
    nexts: str
    patterns: Sequence[re.Pattern]

    def unit_of(self, said: str) -> str:
        return _first(self.units, said)

    def day_of(self, said: str) -> int:
        """Days from today. Whatever else a pattern calls a day is today: "this" in "this afternoon"."""
        return next((n for each, n in self.days.items() if re.match(rf"(?:{each})\Z", said, re.IGNORECASE)), 0)

    def part_of(self, said: str) -> time:
        return _first(self.parts, said)

    def weekday_of(self, said: str) -> int:
        return next(n for n, each in enumerate(self.weekdays) if re.match(each, said, re.IGNORECASE))

    def month_of(self, said: str) -> int:
        return next(n for n, each in enumerate(self.months, 1) if re.match(each, said, re.IGNORECASE))

    def is_next(self, said: str) -> bool:
        return re.search(self.nexts, said, re.IGNORECASE) is not None


def _first(meanings: Mapping[str, T], said: str) -> T:
    return next(meaning for each, meaning in meanings.items() if re.match(rf"(?:{each})\Z", said, re.IGNORECASE))


def _words(*, patterns: Sequence[str], **given: Any) -> Words:
    """In patterns NUM, UNIT, DAY, WEEKDAY, MONTH and PART stand for the words of the language, in a named group."""
    said = {
        "NUM": rf"(?P<n>\d{{1,4}}|{_any(given['numbers'])})",
        "NUM0": rf"(?:\d{{1,4}}|{_any(given['numbers'])})",
        "UNIT": rf"(?P<unit>{_any(given['units'])})",
        "DAY": rf"(?P<day>{_any(given['days'])})",
        "WEEKDAY": rf"(?P<wd>{'|'.join(given['weekdays'])})",
        "MONTH": rf"(?P<mon>(?:{'|'.join(given['months'])})\w*\.?)",
        "PART": rf"(?P<part>{_any(given['parts'])})",
    }
    filled = (re.sub(r"\b(NUM0?|UNIT|DAY|WEEKDAY|MONTH|PART)\b", lambda found: said[found[1]], each) for each in patterns)
    return Words(patterns=[re.compile(rf"(?<!\w){each}(?!\w)", re.IGNORECASE) for each in filled], **given)


def _any(words: Iterable[str]) -> str:
    return "|".join(words)


ISO = r"(?P<y>\d{4})-(?P<mn>\d\d)-(?P<d>\d\d)"
TO = r"(?:\s*(?:-|–|to|or|bis|oder|à|ou|a|o|u)\s*)"

# ── English ──
_EN_CLOCK = (
    r"(?:(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))?(?:\s*(?P<ap>[ap]\.?m\.?)|\s*o['’]clock|\s*h(?:rs)?)?|(?P<noon>noon|midday))"
)
_EN_BETWEEN = r"between\s+[\d:.]+\s*(?:[ap]m)?\s+and|from\s+[\d:.]+\s*(?:[ap]m)?\s+to"
_EN_BY = r"(?:(?:by|on|until|till|at|no later than|not later than|at the latest by|latest by|the|this|coming|as of|from|due|around|(?:the )?(?:close of business|end of business|cob|eod|end of (?:the )?day)(?: on)?)\s+|(?P<before>before)\s+)*"
_EN_TAIL = rf"(?:[\s,]+(?:in the\s+|at\s+)?PART)?(?:[\s,]+(?:(?:at|by|before|around|about|{_EN_BETWEEN})\s+)?{_EN_CLOCK})?"
_EN_HEAD = rf"(?:by|at|before|around|until)\s+{_EN_CLOCK}\s+(?:on\s+|this\s+)?"
_EN_IN = (
    r"(?:within|in|under|up to|at most|another|less than|no (?:more|longer) than|takes?|taking|inside)"
    r"(?:\s+(?:about|around|roughly|up to|at most|another|the|next|the next|the coming|a maximum of|max\.?|some))*\s+"
)
ENGLISH = _words(
    numbers={
        "a couple of": 2,
        "a": 1,
        "an": 1,
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
        "eight": 8,
        "nine": 9,
        "ten": 10,
        "eleven": 11,
        "twelve": 12,
        "fourteen": 14,
        "twenty": 20,
        "thirty": 30,
    },  # fmt: skip
    units={
        r"(?:business|working|work|week)[\s-]?days?": "workday",
        r"min(?:ute)?s?": "minute",
        r"h(?:ou)?rs?|h": "hour",
        r"days?": "day",
        r"weeks?|wks?": "week",
        r"months?": "month",
    },
    days={
        r"(?:the )?day after tomorrow": 2,
        r"tomorrow|tmrw": 1,
        r"today|later today|(?:the |my |our )?end of (?:the |this )?(?:business |working )?day"
        r"|close of (?:business|play)|eod|cob": 0,
    },
    weekdays=[
        f"{whole}|(?-i:{short})"
        for whole, short in (
            ("mondays?", "Mon"),
            ("tuesdays?", "Tues?"),
            ("wednesdays?", "Wed"),
            ("thursdays?", "Thu(?:rs?)?"),
            ("fridays?", "Fri"),
            ("saturdays?", "Sat"),
            ("sundays?", "Sun"),
        )
    ],  # fmt: skip
    months=["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    parts={
        r"(?:early )?morning": NOON,
        "lunch(?:time)?": NOON,
        "afternoon": AFTERNOON,
        "evening": EVENING,
        "tonight|night": NIGHT,
    },
    nexts="next|following",
    patterns=[
        rf"{_EN_IN}(?:NUM0{TO})?NUM\s*(?:more\s+|full\s+)?UNIT(?:['’]?\s+time)?",
        r"(?:another\s+)?NUM\s+more\s+UNIT",
        r"NUM\s*UNIT\s+(?:from now|at (?:the )?(?:most|latest))",
        rf"{_EN_BY}DAY{_EN_TAIL}",
        rf"{_EN_BY}(?P<day>this)\s+PART",
        r"(?P<part>tonight)",
        rf"{_EN_BY}(?P<nxt>next\s+)?(?<!last )WEEKDAY{_EN_TAIL}",
        rf"{_EN_HEAD}DAY",
        rf"{_EN_HEAD}(?P<nxt>next\s+)?WEEKDAY",
        rf"{_EN_BY}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?MONTH(?:,?\s+(?P<y>\d{{4}}))?{_EN_TAIL}",
        rf"{_EN_BY}MONTH\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y>\d{{4}}))?",
        rf"{_EN_BY}(?P<d>\d{{1,2}}(?:st|nd|rd|th))",
        rf"{_EN_BY}{ISO}",
        rf"{_EN_BY}(?:the\s+)?(?:end of |later |early |during )?(?P<week>(?:this|the|next|the following) week)",
        rf"{_EN_BY}(?:the\s+)?(?:end of |later |during )?(?P<month>(?:this|the|next) month)",
        r"(?:by|at|before|around|until|no later than)\s+(?P<h>\d{1,2}):(?P<m>[0-5]\d)",
        r"(?:by|at|before|around|until|no later than)\s+(?:(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))?\s*(?P<ap>[ap]\.?m\.?)|(?P<noon>noon|midday))",
    ],
)

# ── German ──
_DE_CLOCK = r"(?:(?:um|gegen|bis|vor|ab|zwischen\s+[\d:.]+(?:\s*Uhr)?\s+und|von\s+[\d:.]+(?:\s*Uhr)?\s+bis)\s+)?(?:(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))?\s*(?:Uhr|h)|(?P<noon>mittags?))"
_DE_BY = r"(?:(?:bis|am|an|zum|spätestens|noch|zu|den|dem|der|diesen|dieser|kommenden|im|laufe|des|ende|gleich|ab)\s+|(?P<before>vor)\s+)*"
_DE_TAIL = rf"(?:\s*,?\s*PART)?(?:[\s,]+{_DE_CLOCK})?"
_DE_IN = (
    r"(?:innerhalb|binnen|in|noch|weitere|maximal|höchstens|dauert|dauern)"
    r"(?:\s+(?:von|der|den|die|des|nächsten|kommenden|etwa|circa|ca\.?|rund|noch|es|maximal|höchstens|weitere[rn]?|spätestens))*\s+"
)
GERMAN = _words(
    numbers={
        "einem": 1,
        "einer": 1,
        "einen": 1,
        "eines": 1,
        "eine": 1,
        "ein": 1,
        "zwei": 2,
        "drei": 3,
        "vier": 4,
        "fünf": 5,
        "sechs": 6,
        "sieben": 7,
        "acht": 8,
        "neun": 9,
        "zehn": 10,
        "elf": 11,
        "zwölf": 12,
        "vierzehn": 14,
        "zwanzig": 20,
    },  # fmt: skip
    units={
        r"(?:werk|arbeits)tag(?:en?|es)?": "workday",
        r"minuten?|min": "minute",
        r"stunden?|std\.?|h": "hour",
        r"tag(?:en?|es)?": "day",
        r"wochen?": "week",
        r"monat(?:en?|s|es)?": "month",
    },
    days={"übermorgen": 2, "(?<!guten )(?<!schönen )morgen": 1, r"heute|ende des (?:heutigen )?tages|feierabend|tagesende": 0},
    weekdays=["montags?", "dienstags?", "mittwochs?", "donnerstags?", "freitags?", "samstags?|sonnabends?", "sonntags?"],
    months=["jän|jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"],
    parts={
        "früh|vormittags?|morgens?": NOON,
        "nachmittags?": AFTERNOON,
        "mittags?": time(14, 0),
        "abends?": EVENING,
        "nachts?": NIGHT,
    },  # fmt: skip
    nexts="nächst|kommend|folgend",
    patterns=[
        rf"{_DE_IN}(?:NUM0{TO})?NUM\s*(?:weiteren?\s+)?UNIT",
        rf"{_DE_BY}DAY{_DE_TAIL}",
        rf"{_DE_BY}(?P<nxt>nächste[nrs]?\s+)?(?<!letzten )(?<!vorigen )WEEKDAY{_DE_TAIL}",
        r"(?:bis|um|gegen|vor)\s+(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))?\s*Uhr\s+(?:am\s+)?(?:DAY|WEEKDAY)",
        rf"{_DE_BY}(?P<d>\d{{1,2}})\.\s*(?:MONTH|(?P<mn>\d{{1,2}})\.)(?:\s*(?P<y>\d{{4}}|\d\d))?{_DE_TAIL}",
        rf"{_DE_BY}{ISO}",
        rf"{_DE_BY}(?P<week>(?:diese[rn]?|der|nächste[rn]?|kommende[rn]?) woche|wochenende|KW-?ende)",
        rf"{_DE_BY}(?P<month>(?:diese[sn]|des|nächste[sn]|kommende[sn]) monats?|monatsende)",
        r"(?:bis|um|gegen|spätestens um|vor)\s+(?:(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))?\s*Uhr|(?P<noon>mittag))",
    ],
)

# ── French ──
_FR_CLOCK = r"(?:(?:à|vers|avant|dès|entre\s+[\d:.]+\s*(?:h|heures)?\s+et|de\s+[\d:.]+\s*(?:h|heures)?\s+à)\s+)?(?:(?P<h>\d{1,2})\s*(?:h(?:eures?)?|:)\s*(?P<m>[0-5]\d)?|(?P<noon>midi))"
_FR_BY = r"(?:(?:d['’]ici(?: à| au)?|au plus tard|pour|le|la|dès|ce|cette|dans la journée de|courant|en|jusqu['’]à|jusqu['’]au)\s+|(?P<before>avant)\s+)*"
_FR_TAIL = rf"(?:\s*,?\s*(?:dans l['’]|en |au )?PART)?(?:[\s,]+{_FR_CLOCK})?"
_FR_IN = (
    r"(?:sous|dans|d['’]ici|en|encore|avant|délai de|délai maximum de|délai maximal de|maximum|au plus tard dans)"
    r"(?:\s+(?:les|un délai de|un délai maximum de|environ|encore|maximum|au plus|à peu près|prochaine?s))*\s+"
)
FRENCH = _words(
    numbers={
        "une": 1,
        "un": 1,
        "deux": 2,
        "trois": 3,
        "quatre": 4,
        "cinq": 5,
        "six": 6,
        "sept": 7,
        "huit": 8,
        "neuf": 9,
        "dix": 10,
        "douze": 12,
        "quinze": 15,
        "vingt": 20,
        "trente": 30,
    },  # fmt: skip
    units={
        r"jours? ouvr(?:é|e|able)s?": "workday",
        r"min(?:utes?)?": "minute",
        r"heures?|h": "hour",
        r"jours?|journées?": "day",
        r"semaines?": "week",
        r"mois": "month",
    },
    days={r"après-demain": 2, "demain": 1, r"aujourd['’]hui|(?:la )?fin de (?:la )?journée": 0},
    weekdays=["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    months=["janv", "f[ée]vr", "mars", "avr", "mai", "juin", "juil", "ao[uû]t", "sept", "oct", "nov", "d[ée]c"],
    parts={"matin(?:ée)?": NOON, "après-midi": AFTERNOON, "soir(?:ée)?": EVENING, "nuit": NIGHT},
    nexts="prochain|suivant",
    patterns=[
        rf"{_FR_IN}(?:NUM0{TO})?NUM\s*(?:prochain(?:e)?s?\s+)?UNIT",
        rf"{_FR_BY}DAY{_FR_TAIL}",
        rf"{_FR_BY}WEEKDAY(?!\s+(?:dernier|passé))(?P<nxt>\s+en huit)?(?:\s+prochain)?{_FR_TAIL}",
        r"(?:avant|à|vers|d['’]ici)\s+(?P<h>\d{1,2})\s*h(?:eures?)?\s*(?P<m>[0-5]\d)?\s+(?:DAY|WEEKDAY)",
        rf"{_FR_BY}(?P<d>\d{{1,2}}|1er)\s+MONTH(?:\s+(?P<y>\d{{4}}))?{_FR_TAIL}",
        rf"{_FR_BY}(?P<d>\d{{1,2}})/(?P<mn>\d{{1,2}})(?:/(?P<y>\d{{4}}))?",
        rf"{_FR_BY}{ISO}",
        rf"{_FR_BY}(?:la\s+)?(?:fin (?:de |de la )?)?(?P<week>(?:cette |la )?semaine(?: prochaine)?)",
        rf"{_FR_BY}(?:la\s+)?(?:fin (?:de |du )?)?(?P<month>(?:ce mois|le mois prochain|du mois|fin du mois|mois prochain))",
        r"(?:à|avant|vers|d['’]ici)\s+(?:(?P<h>\d{1,2})\s*h(?:eures?)?\s*(?P<m>[0-5]\d)?|(?P<noon>midi))",
        rf"{_FR_BY}(?P<day>ce|cet|cette)\s+PART",
        rf"{_FR_BY}dans la\s+(?P<day>journée)",
    ],
)

# ── Spanish ──
_ES_CLOCK = r"(?:(?:a|antes de|sobre|hacia|entre las\s+[\d:.]+\s+y|de\s+[\d:.]+\s+a)\s+)?(?:las?\s+(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))?(?:\s*(?P<ap>[ap]\.?\s?m\.?))?(?:\s*(?:h|horas?))?|(?P<noon>mediodía))"
_ES_BY = r"(?:(?:para|el|la|este|esta|a más tardar|como máximo|como muy tarde|hasta|a lo largo de|durante|a|al|en|próximo|hoy)\s+|(?P<before>antes (?:de|del))\s+)*"
_ES_TAIL = rf"(?:\s*,?\s*(?:por la|a la|de la|al) PART)?(?:[\s,]+{_ES_CLOCK})?"
_ES_IN = (
    r"(?:en|dentro de|plazo de|plazo máximo de|otr[oa]s|antes de|máximo)"
    r"(?:\s+(?:un plazo de|un plazo máximo de|el plazo de|las?|los|próxim[oa]s|siguientes|unas|unos|otr[oa]s|menos de|un máximo de|aproximadamente))*\s+"
)
SPANISH = _words(
    numbers={
        "una": 1,
        "uno": 1,
        "un": 1,
        "dos": 2,
        "tres": 3,
        "cuatro": 4,
        "cinco": 5,
        "seis": 6,
        "siete": 7,
        "ocho": 8,
        "nueve": 9,
        "diez": 10,
        "doce": 12,
        "quince": 15,
        "veinte": 20,
        "treinta": 30,
    },  # fmt: skip
    units={
        r"d[ií]as? (?:h[aá]bil(?:es)?|laborables?)": "workday",
        r"minutos?|min": "minute",
        r"horas?|h": "hour",
        r"d[ií]as?": "day",
        r"semanas?": "week",
        r"mes(?:es)?": "month",
    },
    days={r"pasado mañana": 2, r"(?<!la )mañana|(?<!la )manana": 1, r"hoy|(?:el )?final del día": 0},
    weekdays=["lunes", "martes", "mi[ée]rcoles", "jueves", "viernes", "s[áa]bado", "domingo"],
    months=["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep|set", "oct", "nov", "dic"],
    parts={"mañana|manana": NOON, "mediodía": time(14, 0), "tarde": AFTERNOON, "noche": EVENING},
    nexts="próxim|que viene|siguiente",
    patterns=[
        rf"{_ES_IN}(?:NUM0{TO})?NUM\s*(?:próxim[oa]s\s+)?UNIT",
        rf"{_ES_BY}DAY{_ES_TAIL}",
        r"(?:(?:para|durante|a lo largo de|en)\s+)?(?P<day>esta)\s+PART",
        rf"{_ES_BY}WEEKDAY(?!\s+pasado)(?P<nxt>\s+de la semana que viene)?(?:\s+que viene|\s+próximo)?{_ES_TAIL}",
        rf"{_ES_BY}(?P<d>\d{{1,2}})\s+de\s+MONTH(?:\s+de(?:l)?\s+(?P<y>\d{{4}}))?{_ES_TAIL}",
        rf"{_ES_BY}(?P<d>\d{{1,2}})/(?P<mn>\d{{1,2}})(?:/(?P<y>\d{{4}}))?",
        rf"{_ES_BY}{ISO}",
        rf"{_ES_BY}(?:(?:el\s+)?(?:fin|final|finales) de )?(?P<week>(?:esta|la próxima|próxima|la) semana(?: que viene| próxima)?)",
        rf"{_ES_BY}(?:(?:el\s+)?(?:fin|final|finales) de )?(?P<month>(?:este|el próximo|próximo|el) mes(?: que viene)?|mes)",
        r"(?:a|antes de|sobre)\s+(?:las?\s+(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d)(?:\s*h)?|\s*(?P<ap>[ap]\.?\s?m\.?)|\s*h(?:oras)?)|(?P<noon>mediodía))",
    ],
)

LANGUAGES: Mapping[str, Words] = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}
