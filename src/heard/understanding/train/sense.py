"""Makes weights/sense.npz anew: `python -m heard.understanding.train.sense --data FOLDER`. Needs heard[semantic] and scipy, and some minutes.

Every piece of the vocabulary begins with what MiniLM says of it alone, the rarer the louder (as model2vec does). Then all are moved, by
ridge regression, so that the sums over the pieces of real sentences come near what MiniLM says of the sentences (as tokenlearn
does). The sentences are rows of public sets; neither they nor their labels are in the weights.
"""

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from heard.understanding import semantic
from heard.understanding.rules.hashing import plain
from heard.understanding.rules.sense import Sense, vocabulary
from heard.understanding.train.command import USUAL_DATA, WEIGHTS
from heard.understanding.train.sets import rows_of

Floats = npt.NDArray[np.float32]

DIMENSIONS = 192
RIDGE = 1.0
TURNS = 40  # of conjugate gradients
BATCH = 256
SETS = (  # every so many rows of each, and at most how many
    ("banking77_train", 1, 12_000),
    ("clinc150_train", 1, 16_000),
    ("clinc150_oos_train", 1, 1_000),
    ("goemotions_train", 1, 12_000),
    ("semeval_sentiment_2013_2016", 4, 16_000),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=Path(os.environ.get("HEARD_DATA") or USUAL_DATA))
    options.add_argument("--out", type=Path, default=WEIGHTS / "sense.npz")
    given = options.parse_args()
    model = semantic.embedder()
    if model is None:
        raise SystemExit(semantic.why_not())
    texts = _texts(given.data)
    table, scale = packed(
        fitted(
            texts,
            np.concatenate([model(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]),
            model.of_pieces(len(vocabulary())),
        )
    )
    np.savez_compressed(given.out, table=table, scale=scale)
    print(f"{len(texts)} sentences; written to {given.out}, {given.out.stat().st_size / 1e6:.1f} MB.")


def _texts(data: Path) -> list[str]:
    found: dict[str, None] = {}
    for name, step, most in SETS:
        rows = rows_of(data / f"{name}.jsonl.gz")[::step][:most]
        found |= dict.fromkeys(plain([row["text"] for row in rows]))
    return list(found)


def fitted(texts: list[str], meant: Floats, alone: Floats) -> Floats:
    """[pieces, dimensions]: `meant` [texts, dimensions] is what the model says of `texts`, `alone` of each piece."""
    begin = alone - alone.mean(0)
    begin = begin * np.log1p(np.arange(len(begin)))[:, None]  # the vocabulary is ordered by how common a piece is
    begin = (begin / np.sqrt((begin**2).sum(1).mean())).astype(np.float32)
    wanted = meant - meant.mean(0)
    wanted = wanted / np.maximum(np.linalg.norm(wanted, axis=1, keepdims=True), 1e-9)
    bags = _bags(texts)
    used = np.flatnonzero(np.asarray(bags.sum(0)).ravel())
    size = np.sqrt(np.maximum(np.asarray(bags.sum(1)).ravel(), 1))
    bags = (diags(1 / size) @ bags[:, used]).tocsr().astype(np.float32)
    sums = bags @ begin[used]
    loud = np.abs((sums * wanted).sum(1)).mean()  # as far as the sums reach already
    moved = begin.copy()
    moved[used] += _ridge(bags, (loud * wanted - sums).astype(np.float32))
    _, _, ways = np.linalg.svd(_unit(bags @ moved[used])[::4], full_matrices=False)
    return (moved @ ways[:DIMENSIONS].T).astype(np.float32)


def _bags(texts: list[str]) -> Any:
    words = vocabulary()
    cut = Sense(words, np.zeros((len(words), 1), np.int8), np.zeros(len(words), np.float32))
    pieces = cut.pieces(texts)
    at = np.cumsum([0, *map(len, pieces)])
    found = csr_matrix((np.ones(at[-1], np.float32), np.concatenate(pieces).astype(np.int32), at), shape=(len(texts), len(words)))
    found.sum_duplicates()
    return found


def _ridge(bags: Any, left: Floats) -> Floats:
    """[pieces, dimensions] whose sums come near `left`; conjugate gradients, each dimension for itself."""
    back = bags.T.tocsr()
    rest = back @ left
    found, way = np.zeros_like(rest), rest.copy()
    size = first = (rest**2).sum(0)
    for _ in range(TURNS):
        bent = back @ (bags @ way) + np.float32(RIDGE) * way
        share = size / np.maximum((way * bent).sum(0), 1e-30)
        found += share * way
        rest -= share * bent
        after = (rest**2).sum(0)
        if (after <= 1e-3 * first).all():
            break
        way = rest + after / np.maximum(size, 1e-30) * way
        size = after
    return found


def packed(vectors: Floats) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float16]]:
    """As whole numbers of a byte, and what one of them is for each piece."""
    scale = (np.abs(vectors).max(1) / 127).astype(np.float16)
    return np.rint(vectors / np.maximum(scale.astype(np.float32), 1e-6)[:, None]).clip(-127, 127).astype(np.int8), scale


def _unit(points: Floats) -> Floats:
    return points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)


if __name__ == "__main__":
    main()
