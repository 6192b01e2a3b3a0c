"""What somebody judges, each for itself: "love the phone, hate the support" is two targets, not one mean. Pure.

Asked only of texts that hold signs of both kinds; the average post pays for that question alone. Words that judge are
those that the whole reading weighs (rules/wording.py); words that are judged are those of targets.toml and the topics of the house.
A word goes with the target of its own clause, and is left alone where that is unclear: better no target than a wrong one.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from heard.listening.rules.matcher import fold
from heard.understanding.rules.sentiment import DISLIKING, LIKING
from heard.understanding.rules.wording import LANGUAGES, LINK, LONGEST, SURE_ANYWHERE, Wording

WAITED = "waited"
JUDGING = (*((cue, "positive") for cue in LIKING), *((cue, "negative") for cue in (*DISLIKING, WAITED)))
LIKES, DISLIKES = frozenset(LIKING), frozenset((*DISLIKING, WAITED))
MOST = 8  # targets of a text; who judges more writes a report
MOST_WORDS = 4  # of one target
NEAR = 14  # bytes between a target and a mere hint: "delivery was really quick"
LONGEST_ENDING, SHORTEST_STEM = 4, 5  # bytes

MARKS = b".,;:!?()\"/'*#@<>[]\n"
MARKS_TO_SPACES = bytes.maketrans(MARKS, b" " * len(MARKS))
WORD = re.compile(rb"[^\s.,;:!?()\"/'*#@<>\[\]]+")
BREAK = re.compile(
    rb"(?P<stop>[.!?\n]+(?=\s|$)|\n)|(?P<comma>[,;:()]| [-\xe2\x80\x93\xe2\x80\x94]+ )"
    rb"|(?<![^\s])(?P<turn>but|while|whereas|although|yet|aber|wahrend|dafur|obwohl|trotzdem|mais|alors que|par contre|en revanche|"
    rb"pero|mientras|aunque|sin embargo|en cambio|ma|mentre|anche se)(?![^\s,])"
    rb"|(?<![^\s])(?P<also>and|und|et|y|e|ed|as well as|sowie)(?![^\s])"
)
# Takes up what the clause before spoke of.
TAKEN_UP = frozenset(
    b"it its it's they he she this that er sie es das die der il elle ils elles c'est ca lo la los las lui lei".split()
)
DETERMINERS = frozenset(
    b"the a an my our your their its his her this that these those der die das den dem des ein eine einen einem mein meine euer eure ihr ihre "
    b"dieser diese dieses le la les l un une mon ma mes votre vos notre son sa ses ce cette el los las una su sus mi mis vuestro vuestra este "
    b"esta il lo i gli uno questo questa mio mia vostro vostra is are was were ist sind war waren est sont etait es son era eran e sono too "
    b"also both even auch aussi tambien anche".split()
)


class Target(NamedTuple):
    """`words` as they were written; `evidence` are the words that judge it."""

    words: str
    sentiment: str
    evidence: tuple[str, ...]


class Spot(NamedTuple):
    start: int
    end: int
    name: str  # of a target what it is filed under; of a judgement "positive" or "negative"
    is_hint: bool = False


class Clause(NamedTuple):
    """`opening` is how it follows the one before: "stop", "comma", "turn" or "also"."""

    start: int
    end: int
    opening: str
    targets: list[Spot]
    judgements: list[Spot]


class Names:
    """`whole` words, and words that `go_on`: "mitarbeiter" finds "Mitarbeiterin"."""

    def __init__(self) -> None:
        self.whole: dict[bytes, str] = {}
        self.go_on: dict[bytes, str] = {}
        self._first: set[bytes] = set()
        self._stems: set[bytes] = set()

    def add(self, words: bytes, name: str, *, goes_on: bool) -> None:
        (self.go_on if goes_on else self.whole).setdefault(words, name)
        if goes_on:
            self._stems.add(words[:SHORTEST_STEM])
        else:
            self._first.add(words.split(b" ", 1)[0])

    def may_stand_in(self, words: Sequence[bytes]) -> bool:
        """False for most texts, at a fraction of what looking closely costs."""
        return not self._first.isdisjoint(words) or not self._stems.isdisjoint([word[:SHORTEST_STEM] for word in words])

    def may_begin(self, word: bytes) -> bool:
        return word in self._first or word[:SHORTEST_STEM] in self._stems

    def get(self, said: bytes) -> str:
        if found := self.whole.get(said):
            return found
        for cut in range(min(LONGEST_ENDING, len(said) - SHORTEST_STEM) + 1):
            stem, ending = said[: len(said) - cut], said[len(said) - cut :]
            if (found := self.go_on.get(stem)) and b" " not in ending:
                return found
        return ""


class Known(NamedTuple):
    """Words that can be judged, by the folded words: {language: {words: target}} and those that mean it in any language."""

    by_language: dict[str, Names]
    anywhere: Names
    area: dict[str, str]


NONE = Names()


def is_asked_of(wording: Wording, sentiment: str) -> bool:
    """Whether it may judge more than one thing: it likes and dislikes both, or is mixed for other reasons."""
    found, hints = wording.found, wording.hints
    if LIKES.isdisjoint(found) and LIKES.isdisjoint(hints):
        return sentiment == "mixed"
    return not (DISLIKES.isdisjoint(found) and DISLIKES.isdisjoint(hints)) or sentiment == "mixed"


def targets_of(text: str, wording: Wording, language: str, own: Names | None = None, *, is_mixed: bool = False) -> list[Target]:
    """What is judged in it, in the order in which it is first named; nothing where all is judged alike, for then the whole says it.

    `own` are topics of the house; `is_mixed` whether the whole is known to be mixed, so that even one target says more.
    """
    known = _known()
    tables = (own or NONE, known.by_language.get(language, known.anywhere))
    words = wording.folded.translate(MARKS_TO_SPACES).split()
    if not any(table.may_stand_in(words) for table in tables):
        return []
    named, judged = _named(wording.folded, tables), _judgements(wording)
    if not named or len({spot.name for spot in judged}) < (1 if is_mixed else 2):
        return []
    clauses = _clauses(wording.folded, named, judged)
    found: dict[str, tuple[Spot, list[Spot]]] = {}
    for target, judgement in sorted(_pairs(clauses, wording.folded)):
        found.setdefault(target.name, (target, []))[1].append(judgement)
    if len({judgement.name for _, its in found.values() for judgement in its}) < 2 and not is_mixed:
        return []
    written = _Written(text, wording.folded)
    judged_alone = [_target(target, its, written) for target, its in list(found.values())[:MOST]]
    turns = "contrast" in wording.found or "contrast" in wording.hints
    return judged_alone if turns or any(target.sentiment != "mixed" for target in judged_alone) else []


def area_of(words: str, language: str = "") -> str:
    """ "product", "price" or "service"; "" for a topic of the house's own."""
    known, said = _known(), key(words)
    tables = (known.by_language.get(language, known.anywhere), known.anywhere, *known.by_language.values())
    return known.area.get(next(filter(None, (table.get(said) for table in tables)), ""), "")


def key(words: str) -> bytes:
    """As targets are looked up."""
    return b" ".join(WORD.findall(folded(words).encode()))


def folded(words: str) -> str:
    """As phrases are found in them."""
    return fold(words.replace("’", "'"))


def _target(target: Spot, judgements: Sequence[Spot], written: "_Written") -> Target:
    signs = {judgement.name for judgement in judgements}
    evidence = dict.fromkeys(written.at(j) for j in sorted(judgements))
    return Target(written.at(target), signs.pop() if len(signs) == 1 else "mixed", tuple(evidence)[:4])


# ── Who is named, and what is said ──────────────────────────────────────────────────────────────────────────────────


def _named(words: bytes, tables: Sequence[Names]) -> list[Spot]:
    """The longest name at each place, as the first of `tables` knows it."""
    tokens = [(m.start(), m.end(), m.group()) for m in WORD.finditer(words)]
    found: list[Spot] = []
    for n, (start, _, word) in enumerate(tokens):
        if found and start < found[-1].end:
            continue
        if any(table.may_begin(word) for table in tables) and (spot := _longest(tokens[n : n + MOST_WORDS], tables)):
            found.append(spot)
    return found


def _longest(tokens: Sequence[tuple[int, int, bytes]], tables: Sequence[Names]) -> Spot | None:
    for count in range(len(tokens), 0, -1):
        said = b" ".join(word for _, _, word in tokens[:count])
        if name := next(filter(None, (table.get(said) for table in tables)), ""):
            return Spot(tokens[0][0], tokens[count - 1][1], f"{name} {said.decode('utf-8', 'replace')}")
    return None


def _judgements(wording: Wording) -> list[Spot]:
    """Phrases before hints, longer before shorter; none inside of another: the "good" of "not good" is no praise."""
    spots = [(False, f.end - f.start, Spot(f.start, f.end, sign)) for cue, sign in JUDGING for f in wording.found.get(cue, ())]
    spots += [
        (True, end - start, Spot(start, end, sign, is_hint=True))
        for cue, sign in JUDGING
        if cue != WAITED  # hints of it, such as "again", judge nothing by themselves
        for start, end in wording.hints.get(cue, ())
    ]
    kept: list[Spot] = []
    for _, _, spot in sorted(spots, key=lambda s: (-s[1], s[0])):
        if not any(spot.start < other.end and other.start < spot.end for other in kept):
            kept.append(spot)
    return sorted(kept)


def _clauses(words: bytes, named: Sequence[Spot], judged: Sequence[Spot]) -> list[Clause]:
    inside = [(spot.start, spot.end) for spot in (*named, *judged)]
    places: list[tuple[int, int, str]] = [(0, 0, "stop")]
    for found in BREAK.finditer(words):
        if not any(start < found.end() and found.start() < end for start, end in inside):
            places.append((found.start(), found.end(), found.lastgroup or "stop"))
    places.append((len(words), len(words), "stop"))
    made = list[Clause]()
    opening = "stop"
    for (_, start, how), (end, _, _) in pairwise(places):
        opening = _stronger(opening, how)
        if words[start:end].strip():
            its = _within(judged, start, end)
            if words[end : end + 1] == b"?":
                its = [j for j in its if j.name == "negative"]  # "will it be good?" is no praise
            made.append(Clause(start, end, opening, _within(named, start, end), its))
            opening = ""
    return made


def _stronger(one: str, other: str) -> str:
    """A full stop, or a "but" after a comma, says more than the comma."""
    order = ("", "comma", "also", "turn", "stop")
    return max(one, other, key=order.index)


def _within(spots: Iterable[Spot], start: int, end: int) -> list[Spot]:
    return [spot for spot in spots if start <= spot.start < end]


# ── Who is meant by what ────────────────────────────────────────────────────────────────────────────────────────────


def _pairs(clauses: Sequence[Clause], words: bytes) -> list[tuple[Spot, Spot]]:
    """(target, what judges it)."""
    pairs = [pair for clause in clauses for pair in _of_one(clause)]
    last: list[Spot] = []  # that were named before
    open_: list[Spot] = []  # that were named in this sentence, and not judged yet
    for n, clause in enumerate(clauses):
        if clause.opening == "stop":
            open_ = []
        if clause.judgements and not clause.targets:
            meant = open_ or (last if _takes_up(words, clause) else [])
            pairs += [(target, j) for target in meant for j in clause.judgements if open_ or not j.is_hint]
            open_ = []
        elif clause.targets:
            shared = [] if clause.judgements else _shared(n, clauses, words)
            pairs += shared
            last, open_ = clause.targets, [] if clause.judgements or shared else clause.targets
    return pairs


def _of_one(clause: Clause) -> list[tuple[Spot, Spot]]:
    """One sign holds for all that is named; of two, what stands nearest to each."""
    pairs = [(target, judgement) for target in clause.targets for judgement in clause.judgements]
    if len({judgement.name for judgement in clause.judgements}) == 2:
        pairs = [(target, min(clause.judgements, key=lambda j: _apart(target, j))) for target in clause.targets]
    return [(target, judgement) for target, judgement in pairs if not judgement.is_hint or _apart(target, judgement)[0] <= NEAR]


def _apart(target: Spot, judgement: Spot) -> tuple[int, bool]:
    """How far; of two equally near the one before, as adjectives stand before nouns."""
    return max(target.start - judgement.end, judgement.start - target.end, 0), target.start < judgement.start


def _shared(n: int, clauses: Sequence[Clause], words: bytes) -> list[tuple[Spot, Spot]]:
    """A mere name in a list, "the phone and the camera", is judged by what judges its neighbour."""
    clause = clauses[n]
    first = words[clause.start : clause.targets[0].start].split()
    if words[clause.targets[-1].end : clause.end].strip(b" \"'") or any(word not in DETERMINERS for word in first):
        return []
    before = clauses[n - 1] if n and clause.opening in ("also", "comma") else None
    after = clauses[n + 1] if n + 1 < len(clauses) and clauses[n + 1].opening != "stop" else None
    if after and after.judgements and not after.targets:
        return []  # that is about this one
    for other in (before, after if after and after.opening == "also" else None):
        if other and other.targets and len({j.name for j in other.judgements}) == 1:
            return [(target, judgement) for target in clause.targets for judgement in other.judgements]
    return []


def _takes_up(words: bytes, clause: Clause) -> bool:
    first = words[clause.start : clause.end].split(maxsplit=1)
    return bool(first) and first[0] in TAKEN_UP


# ── As it was written ───────────────────────────────────────────────────────────────────────────────────────────────


class _Written:
    """Finds in a text what was found in its folded form: word by word, since folding moves places and keeps words."""

    def __init__(self, text: str, words: bytes) -> None:
        self._words = words
        said = LINK.sub("http", text[:LONGEST]).split()
        self._said = said if len(said) == len(words.split()) else []

    def at(self, spot: Spot) -> str:
        before = self._words[: spot.start]
        first = len(before.split()) - (bool(before) and not before[-1:].isspace())
        here = self._words[: spot.end].split()[first:]
        if self._said:
            part = " ".join(self._said[first : first + len(here)])
            folded_words = self._words[spot.start : spot.end].decode("utf-8", "replace")
            if len(folded(part)) == len(part):  # then places are the same, too
                at = folded(part).find(folded_words)
                if at >= 0:
                    return part[at : at + len(folded_words)] + _rest_of_word(part[at + len(folded_words) :])
        return self._words[spot.start : spot.end].decode("utf-8", "replace")


def _rest_of_word(after: str) -> str:
    """What was found may be the beginning of a word."""
    return next((after[:n] for n, letter in enumerate(after) if not letter.isalpha()), after)


@cache
def _known() -> Known:
    """The table that comes with Heard."""
    table = tomllib.loads((files("heard.understanding.rules") / "targets.toml").read_text("utf-8"))
    by_language, anywhere = {language: Names() for language in LANGUAGES}, Names()
    for name, entry in table.items():
        for language, names in by_language.items():
            for words in filter(None, map(str.strip, entry.get(language, "").split(","))):
                goes_on = words.endswith("*")
                names.add(key(words), name, goes_on=goes_on)
                if len(words) > SURE_ANYWHERE:
                    anywhere.add(key(words), name, goes_on=goes_on)
    return Known(by_language, anywhere, {name: entry["area"] for name, entry in table.items()})
