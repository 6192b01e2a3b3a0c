"""Plain words: euphemism and evasion in a reply, with the rule that each breaks. Pure, English and German; only advice.

"The server crashed" says what happened. "Due to technical circumstances we have confidence the issue will be resolved shortly"
says neither what happened, nor who does what, nor when. The rules are those of plain-language guides (plainlanguage.gov, the
Plain English Campaign, the Duden's "Verständlich schreiben"), as far as they can be seen in words alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

LONGEST_TEXT = 20_000  # characters that are read
MOST = 6
NO_ACTOR = "Say who did it, or who does it."
NO_THING = "Name the thing that broke."
NO_CAUSE = "Name the cause, or say that you do not know it yet."
NO_TIME = "Say when."
NO_FEELING = "Leave out how confident we are; say what is done, and by when."
NO_PHRASE = "Leave it out: it says nothing to somebody who waits."
NO_WALL = "Say what you can do; a rule is no reason to them."
SORRY = "Say what you are sorry for."


class Flag(NamedTuple):
    """`text[start:end]` are the `words`; `rule` is a sentence to their author."""

    words: str
    start: int
    end: int
    rule: str


_BROKEN = r"(?:resolved|fixed|addressed|rectified|remedied|restored|dealt with|taken care of|looked at|looked into)"
ENGLISH = {
    NO_CAUSE: (
        r"due to (?:\w+ )?(?:unforeseen|technical|operational|unexpected|unavoidable|exceptional|ongoing|internal|various)(?: \w+)? ?(?:circumstances|reasons?|issues?|difficulties|problems?|conditions|challenges|factors)",
        r"due to (?:an? )?(?:issue|incident|problem|situation|circumstances?|event)s?(?: beyond our control)?",
        r"for (?:technical|operational|internal|various) reasons",
        r"(?:higher|unusually high|high)(?: than (?:usual|normal))? (?:call |contact )?(?:volumes?|demand)",
    ),
    NO_FEELING: (
        r"(?:we|I)(?: are| am|['’]re|['’]m| have(?: every)?| remain) ?(?:confident|confidence|optimistic|hopeful|positive)(?: (?:that|in))?",
        r"rest assured",
        r"(?:please )?be assured",
        r"(?:we|I) (?:strive|endeavou?r) to",
    ),
    NO_THING: (
        r"(?:some )?(?:technical |temporary |intermittent |slight |minor )?(?:issues?|difficulties|disruptions?|degradation|hiccups?|glitch(?:es)?|challenges|irregularities)(?= (?:with|in|on|at|will|has|have|is|are|was|were|may|that|which)\b)",
        r"(?:experiencing|facing|encountering|seeing) (?:some |a few |an? )?(?:technical |temporary |intermittent )?(?:issues?|difficulties|disruptions?|degradation|problems?|challenges)",
        r"(?:sub-?optimal|degraded|impacted|less than ideal|suboptimal)(?: \w+)?",
        r"service (?:degradation|interruption|incident)",
    ),
    NO_ACTOR: (
        rf"(?:will|is to|should|shall|is going to) be {_BROKEN}",
        r"mistakes? (?:was|were|has been|have been) made",
        r"(?:has|have) been (?:escalated|passed on|raised|flagged|noted|logged|forwarded)",
        r"(?:is|are) being (?:investigated|looked into|looked at|addressed|worked on)",
    ),
    NO_TIME: (
        r"shortly",
        r"in due course",
        r"as soon as possible",
        r"at (?:the|your|our) earliest (?:convenience|opportunity)",
        r"in the (?:near|foreseeable) future",
        r"going forward",
    ),  # fmt: skip
    SORRY: (
        r"any inconvenience(?: (?:this|it|that) (?:may|might) have)?(?: caused)?",
        r"the inconvenience(?: caused)?",
        r"(?:sorry|apologi[sz]e) (?:if|that) you feel",
    ),
    NO_PHRASE: (
        r"we (?:take (?:this|it|that|your \w+) (?:very )?seriously|value your (?:feedback|custom|business|patience|opinion))",
        r"your (?:call|opinion|feedback|satisfaction) is (?:very )?important to us",
        r"please be advised(?: that)?",
        r"at this (?:point in )?time",
        r"as previously (?:stated|mentioned)",
        r"we (?:appreciate|thank you for) your (?:patience|understanding)",
        r"we would like to inform you(?: that)?",
    ),  # fmt: skip
    NO_WALL: (
        r"(?:as )?per (?:our |company )?polic(?:y|ies)",
        r"(?:it is|it['’]s) (?:our|company) policy",
        r"(?:outside|beyond) (?:of )?(?:our|my) control",
    ),
}
GERMAN = {
    NO_CAUSE: (
        r"(?:aufgrund|wegen|infolge)(?: (?:von|eines|einer|der|des))? (?:\w+ )?(?:technische[rn]?|unvorhergesehene[rn]?|unerwartete[rn]?|betriebliche[rn]?|interne[rn]?|organisatorische[rn]?) ?\w*",
        r"aus (?:technischen|betrieblichen|internen|organisatorischen) gründen",
        r"(?:erhöhte[ns]?|hohe[ns]?) (?:anruf|anfrage)\w*aufkommens?",
    ),  # fmt: skip
    NO_FEELING: (
        r"(?:wir sind|ich bin|sind wir) (?:\w+ )?(?:zuversichtlich|optimistisch|überzeugt)",
        r"seien sie (?:versichert|gewiss)",
        r"wir (?:bemühen uns|sind bemüht|setzen alles daran)",
        r"wir haben (?:das )?vertrauen",
    ),  # fmt: skip
    NO_THING: (
        r"(?:beeinträchtigung|unregelmäßigkeit|einschränkung|störungsbedingte\w*)(?:en)?",
        r"(?:technische|gewisse|kleinere|vorübergehende) (?:probleme|schwierigkeiten|herausforderungen|einschränkungen)",
        r"suboptimal\w*",
        r"(?:es|hier) (?:kam|kommt) (?:\w+ )?zu (?:\w+ )?(?:verzögerungen|problemen|schwierigkeiten|einschränkungen|unregelmäßigkeiten|beeinträchtigungen)",
    ),  # fmt: skip
    NO_ACTOR: (
        r"(?:wird|werden) (?:\w+ ){0,4}?(?:behoben|gelöst|geprüft|bearbeitet|beseitigt|untersucht|weitergeleitet)",
        r"(?:es )?(?:wurden?|sind) (?:\w+ )?fehler (?:gemacht|passiert|unterlaufen)",
        r"wurde (?:\w+ ){0,3}?(?:weitergeleitet|eskaliert|vermerkt)",
    ),  # fmt: skip
    NO_TIME: (
        r"in kürze",
        r"zeitnah",
        r"schnellstmöglich\w*",
        r"(?:so )?(?:bald|schnell|rasch) wie möglich",
        r"baldmöglichst",
        r"zu gegebener zeit",
        r"demnächst",
    ),
    SORRY: (
        r"(?:etwaige|eventuelle|mögliche|entstandene|die|diese) (?:entstandenen? )?unannehmlichkeiten",
        r"(?:falls|wenn) sie (?:sich|das) (?:\w+ )?(?:gestört|verärgert|empfinden)",
    ),
    NO_PHRASE: (
        r"wir (?:danken|bitten) (?:ihnen )?(?:für|um) (?:ihre?|ihr) (?:geduld|verständnis)",
        r"ihre (?:meinung|zufriedenheit) ist uns (?:sehr )?wichtig",
        r"wir nehmen (?:das|ihr \w+) (?:sehr )?ernst",
        r"wir möchten sie (?:darüber )?informieren",
        r"zum jetzigen zeitpunkt",
        r"wie bereits erwähnt",
    ),  # fmt: skip
    NO_WALL: (
        r"(?:gemäß|laut|nach) unseren (?:richtlinien|vorgaben|bestimmungen)",
        r"außerhalb unseres (?:einflusses|einflussbereichs)",
        r"liegt nicht in unserer hand",
    ),
}


def _compiled(rules: Mapping[str, Sequence[str]]) -> list[tuple[str, re.Pattern]]:
    return [(rule, re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)) for rule, phrases in rules.items()]


LANGUAGES = {"en": _compiled(ENGLISH), "de": _compiled(GERMAN)}


def plain_words(text: str, *, language: str, has_time: bool = False) -> list[Flag]:
    """In the order of the text, each word once. `has_time`: the reply says when, so that "shortly" is no evasion."""
    first = language[:2] if language[:2] in LANGUAGES else "en"
    for each in sorted(LANGUAGES, key=lambda name: name != first):
        flags: list[Flag] = []
        for flag in sorted(_flags(text[:LONGEST_TEXT], LANGUAGES[each]), key=lambda flag: (flag.start, -flag.end)):
            if (not flags or flag.start >= flags[-1].end) and not (has_time and flag.rule == NO_TIME):
                flags.append(flag)
        if flags:
            return flags[:MOST]
    return []


def _flags(text: str, rules: Sequence[tuple[str, re.Pattern]]) -> Iterator[Flag]:
    for rule, pattern in rules:
        for found in pattern.finditer(text):
            yield Flag(found[0], found.start(), found.end(), rule)
