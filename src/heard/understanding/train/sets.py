"""The rows that the shipped weights are trained on, and those kept aside to judge them: public sets, and voices written by us."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from heard.understanding.rules.heads import FEELINGS
from heard.understanding.slots import EMOTIONS, KINDS

LANGUAGES = {
    "english": "en",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "arabic": "ar",
    "hindi": "hi",
}
VOICES = Path(__file__).parent / "voices"
COMPLEXITIES = ("low", "medium", "high")

# What GoEmotions calls joy, anger and so on is finer than what people would sort work by.
MOODS = {
    "kind": "admiration amusement approval caring desire excitement gratitude joy love optimism pride relief",
    "hostile": "anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse sadness",
    "open": "confusion curiosity realization surprise",
    "cool": "neutral",
    "angry": "anger annoyance disgust",
    "glad": "joy amusement excitement love",
    "sad": "sadness grief remorse disappointment",
    "hopeful": "optimism desire caring",
    "thankful": "gratitude admiration",
    "let down": "disapproval disappointment",
}
SOURCES = (
    ("SemEval 2013-2016 sentiment, all but a tenth chosen by a hash of the id", "none stated; X pages"),
    ("UMSAB training rows, eight languages", "Apache-2.0"),
    ("TweetEval emotion, offensive and irony training rows", "none stated; X pages"),
    ("GoEmotions training rows", "Apache-2.0"),
    ("voices written for Heard, two thirds chosen by a hash of the id", "Apache-2.0"),
)


@dataclass(frozen=True)
class Labelled:
    """`truth` [texts, outputs] is 1 or -1, for `outputs`; `slices` names the group each text belongs to, or is empty."""

    texts: list[str]
    outputs: tuple[str, ...]
    truth: npt.NDArray[np.float32]
    slices: tuple[str, ...] = ()


def rows_of(file: Path) -> list[dict]:
    """JSON lines, plain or gzip. Raises FileNotFoundError."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def semeval(data: Path) -> tuple[Labelled, Labelled]:
    """Rows to learn from and rows kept aside; a text that stands on both sides is dropped from the first."""
    rows = [{**row, "text": unescaped(row["text"])} for row in rows_of(data / "semeval_sentiment_2013_2016.jsonl.gz")]
    aside = [row for row in rows if zlib.crc32(row["id"].encode()) % 10 == 0]
    known = {row["text"] for row in aside}
    learn = [row for row in rows if zlib.crc32(row["id"].encode()) % 10 and row["text"] not in known]
    return _felt(learn), _felt(aside)


def umsab(data: Path, side: str) -> Labelled:
    """`side` is "train" or "val"; sliced by language."""
    rows, slices = [], []
    for name, code in LANGUAGES.items():
        some = rows_of(data / f"umsab_{name}_{side}.jsonl.gz")
        rows += [{"text": row["text"], "label": FEELINGS[row["label"]]} for row in some]
        slices += [code] * len(some)
    return _felt(rows, slices)


def emotion(data: Path, side: str) -> Labelled:
    rows = rows_of(data / f"tweeteval_emotion_{side}.jsonl.gz")
    return Labelled(_texts(rows), EMOTIONS, _one_of([row["label"] for row in rows], len(EMOTIONS)))


def offence(data: Path, side: str) -> Labelled:
    return _yes_or_no(rows_of(data / f"tweeteval_offensive_{side}.jsonl.gz"), "offence")


def irony(data: Path, side: str) -> Labelled:
    return _yes_or_no(rows_of(data / f"tweeteval_irony_{side}.jsonl.gz"), "irony")


def moods(data: Path) -> Labelled:
    """GoEmotions in MOODS, which help to tell everything else."""
    rows = rows_of(data / "goemotions_train.jsonl.gz")
    groups = [frozenset(names.split()) for names in MOODS.values()]
    return Labelled(_texts(rows), tuple(MOODS), _several([[not g.isdisjoint(row["labels"]) for g in groups] for row in rows]))


def hinglish(data: Path, side: str) -> Labelled:
    """Romanised Hindi, against everything else in UMSAB."""
    rows = umsab(data, side)
    return Labelled(rows.texts, ("hinglish",), _several([[code == "hi"] for code in rows.slices]))


def voices(wanted: Callable[[str], bool], folder: Path = VOICES) -> list[dict]:
    """Our own voices whose id is wanted, with their labels: settled ones where there are, or else the first. Without those that have none."""
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        labels = _labels(folder / "labels", file.name)
        found += [{**row, **labels[row["id"]]} for row in rows_of(file) if row["id"] in labels and wanted(row["id"])]
    return found


def is_aside(id_: str) -> bool:
    """A third of the voices, which nothing is ever trained on."""
    return zlib.crc32(id_.encode()) % 3 == 0


VERDICTS = (
    *KINDS,
    *("answer_due", "operational", "analytical"),
    *("urgency1", "urgency2", "urgency3"),
    *("complexity2", "complexity3"),
    "mixed",
)


def judged(rows: Sequence[dict]) -> Labelled:
    """Voices with what each calls for, as VERDICTS."""
    return Labelled(_texts(rows), VERDICTS, _several([_verdicts(row) for row in rows]), tuple(row["language"] for row in rows))


def _verdicts(row: dict) -> list[bool]:
    return [
        *(kind in row["kinds"] for kind in KINDS),
        *(row[name] for name in ("answer_due", "operational", "analytical")),
        *(row["urgency"] >= least for least in (1, 2, 3)),
        *(COMPLEXITIES.index(row["complexity"]) >= least for least in (1, 2)),
        row["sentiment"] == "mixed",
    ]


def _labels(folder: Path, name: str) -> dict[str, dict]:
    for kind in ("settled", "first"):
        if (folder / kind / name).exists():
            return {row["id"]: row for row in rows_of(folder / kind / name)}
    return {}


def _felt(rows: Sequence[dict], slices: Sequence[str] = ()) -> Labelled:
    return Labelled(_texts(rows), FEELINGS, _one_of([FEELINGS.index(row["label"]) for row in rows], 3), tuple(slices))


def _yes_or_no(rows: Sequence[dict], output: str) -> Labelled:
    return Labelled(_texts(rows), (output,), _several([[row["label"] == 1] for row in rows]))


def _texts(rows: Iterable[dict]) -> list[str]:
    return [row["text"] for row in rows]


def _one_of(labels: Sequence[int], count: int) -> npt.NDArray[np.float32]:
    truth = np.full((len(labels), count), -1, np.float32)
    truth[np.arange(len(labels)), labels] = 1
    return truth


def _several(truth: Sequence[Sequence[bool]]) -> npt.NDArray[np.float32]:
    return np.where(np.array(truth, bool).reshape(len(truth), -1), 1, -1).astype(np.float32)


def unescaped(text: str) -> str:
    """The set was handed on with Python's and spreadsheets' marks in it."""
    return text.replace("\\u2019", "’").replace("\\u002c", ",").replace('\\""', '"')
