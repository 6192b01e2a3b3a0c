"""The weights that best tell classes apart: linear support vector machines with a squared hinge, all of a set at once.

Newton's method, whose steps come from conjugate gradients (Lin, Weng and Keerthi 2008, as LIBLINEAR's primal solver): every
class has its own step, and all share each pass over the texts. The same input gives the same bytes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

MOST_STEPS = 12
MOST_TURNS = 16  # of conjugate gradients in a step
CLOSE_ENOUGH = 0.01  # of the slope at the beginning
HALVINGS = 6


def machines(features: Any, true: Floats, costs: Floats) -> Floats:
    """Weights [columns, classes] for `features`, a scipy CSR matrix [texts, columns]; `true` [texts, classes] is 1 or -1, and `costs`
    [texts, classes] what it costs to be wrong there."""
    forward, back = features.astype(np.float32), features.T.tocsr().astype(np.float32)
    weights = np.zeros((features.shape[1], true.shape[1]), np.float32)
    margins = np.zeros_like(true)
    first = None
    for _ in range(MOST_STEPS):
        lacking = np.maximum(1 - margins, 0)
        slope = weights - 2 * (back @ (costs * true * lacking))
        size = np.sqrt((slope**2).sum(0))
        first = size if first is None else first
        if (size <= CLOSE_ENOUGH * first).all():
            break
        step = _step(forward, back, slope, 2 * costs * (lacking > 0))
        moved = true * (forward @ step)
        length = _length(weights, step, margins, moved, costs)
        weights += length * step
        margins += length * moved
    return weights


def _step(forward: Any, back: Any, slope: Floats, curve: Floats) -> Floats:
    """Where Newton would go: conjugate gradients, each column for itself."""
    step, rest = np.zeros_like(slope), -slope
    way = rest.copy()
    left = (rest**2).sum(0)
    enough = 0.01 * left
    for _ in range(MOST_TURNS):
        bent = way + back @ (curve * (forward @ way))
        far = left / np.maximum((way * bent).sum(0), 1e-30)
        step += far * way
        rest -= far * bent
        after = (rest**2).sum(0)
        if (after <= enough).all():
            break
        way = rest + (after / np.maximum(left, 1e-30)) * way
        left = after
    return step


def _length(weights: Floats, step: Floats, margins: Floats, moved: Floats, costs: Floats) -> Floats:
    """Per class the longest of 1, 1/2, 1/4 ... of the step that is an improvement; 0 for none."""
    length = np.zeros(weights.shape[1], np.float32)
    before = _price(weights, margins, costs)
    for n in range(HALVINGS):
        tried = np.float32(0.5**n)
        better = (length == 0) & (_price(weights + tried * step, margins + tried * moved, costs) < before)
        length[better] = tried
        if (length > 0).all():
            break
    return length


def _price(weights: Floats, margins: Floats, costs: Floats) -> npt.NDArray[np.float64]:
    lacking = np.maximum(1 - margins, 0)
    return 0.5 * (weights.astype(np.float64) ** 2).sum(0) + (costs * lacking**2).astype(np.float64).sum(0)
