"""Topics by meaning: what vectors of texts add to the words. Kernel ridge over at most LANDMARKS of the examples.

The vectors are those of rules/sense.py, which everybody has, or of a model of meaning (understanding/semantic.py).

Vectors have length 1. Two texts are alike by exp(SHARPNESS x (cosine - 1)), which lets a topic be several things; the landmarks
stand for the rest (subset of regressors, Smola and Schölkopf 2000), so that thousands of examples take seconds.
"""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

LANDMARKS = 4000
SHARPNESS = 2.0
RIDGE = 0.2
OF_SENSE, OF_MEANING = 2.0, 6.0  # of what each says, beside what the words say
BATCH = 2048  # texts at a time
CLEAR = 0.75  # the words alone decide where their best topic leads the next by this much


class Meaning:
    """`landmarks` [m, dimensions]; `weights` [m, topics]. `threshold` is that of words and meaning together, `first_threshold` that
    of the words alone."""

    def __init__(self, landmarks: Floats, weights: Floats, threshold: float, first_threshold: float) -> None:
        self._landmarks, self._weights = landmarks.astype(np.float32), weights.astype(np.float32)
        self.threshold, self.first_threshold = threshold, first_threshold

    def scores(self, vectors: Floats) -> Floats:
        """[texts, topics], to be added to what the words say."""
        return alike(vectors, self._landmarks) @ self._weights

    def is_worth_a_look(self, of_words: Floats) -> npt.NDArray[np.bool_]:
        """For scores of words alone [texts, topics]: whether they leave it open."""
        ranked = np.sort(of_words, axis=1)
        second = ranked[:, -2] if of_words.shape[1] > 1 else np.full(len(of_words), -1, np.float32)
        clear = (ranked[:, -1] >= self.first_threshold) & (ranked[:, -1] - second >= CLEAR)
        return ~clear

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        bars = np.array([self.threshold, self.first_threshold])
        np.savez(file, landmarks=self._landmarks.astype(np.float16), weights=self._weights, bars=bars)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, saved: bytes) -> "Meaning":
        with np.load(io.BytesIO(saved), allow_pickle=False) as parts:
            return cls(parts["landmarks"], parts["weights"], float(parts["bars"][0]), float(parts["bars"][1]))


def alike(one: Floats, other: Floats) -> Floats:
    """[len(one), len(other)], 1 for the same."""
    return np.exp(SHARPNESS * (one @ other.T - 1)).astype(np.float32)


def learn_meaning(
    vectors: Floats, true: Floats, *, weight: float = OF_MEANING, threshold: float = 0.0, first_threshold: float = 0.0
) -> Meaning:
    """`true` [texts, topics] of 1 and 0. `weight` is what it counts beside the words."""
    chosen = _spread(len(vectors), LANDMARKS)
    landmarks = vectors[chosen].astype(np.float16).astype(np.float32)
    left = RIDGE * alike(landmarks, landmarks).astype(np.float64) + 1e-6 * np.eye(len(landmarks))
    right = np.zeros((len(landmarks), true.shape[1]))
    for start in range(0, len(vectors), BATCH):
        part = alike(vectors[start : start + BATCH], landmarks).astype(np.float64)
        left += part.T @ part
        right += part.T @ true[start : start + BATCH]
    weights = weight * np.linalg.solve(left, right)
    return Meaning(landmarks, weights.astype(np.float32), threshold, first_threshold)


def _spread(count: int, most: int) -> Sequence[int]:
    """Places of at most `most` of `count`, drawn from a fixed seed."""
    if count <= most:
        return list(range(count))
    return sorted(np.random.default_rng(0).permutation(count)[:most].tolist())
