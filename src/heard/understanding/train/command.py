"""`heard understanding train`: the weights that come with Heard, and their card, made anew from public rows and our own voices.

Needs scipy and the public sets (CONTRIBUTING.md says where they come from), and takes under a minute. Two runs give the same bytes.
"""

import argparse
import hashlib
import json
import os
import time
from pathlib import Path

import numpy as np

from heard.understanding.rules.heads import Heads

WEIGHTS = Path(__file__).parents[1] / "weights"
USUAL_DATA = Path("../shared/data")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("HEARD_DATA") or USUAL_DATA),
        help="the public sets (default: HEARD_DATA)",
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights and their card are written")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        from heard.understanding.train import card, heads, sets, verdicts
    except ImportError as missing:
        print(f"heard: {missing.name} is not installed, and nothing is trained without it.")
        return 1
    began = time.monotonic()
    try:
        trained, rows = heads.heads(options.data)
        voices = sets.voices(lambda id_: not sets.is_aside(id_))
        trained, signs = verdicts.verdicts(trained, voices)
        rows["voices"] = len(voices)
        told = card.card(trained, signs, options.data, rows)
    except FileNotFoundError as missing:
        print(f"heard: there is no {missing.filename}. The weights stay as they are.")
        return 1
    digest = written(trained, options.out / "heads.npz")
    verdicts.save(signs, options.out / "verdicts.npz")
    (options.out / "card.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, figures in told["scores"].items():
        print(f"{name}: {figures}")
    print(f"Written to {options.out} in {time.monotonic() - began:.0f} s; sha256 of the weights {digest[:16]}.")
    return 0


def written(heads: Heads, file: Path) -> str:
    """The sha256 of what was written: the same for the same weights."""
    with file.open("wb") as out:
        np.savez_compressed(out, **heads.tables._asdict(), outputs=np.array(heads.outputs, np.str_))
    return hashlib.sha256(file.read_bytes()).hexdigest()
