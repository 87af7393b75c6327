"""Learns how much each signal counts, from what listeners turned to next.

A listwise softmax: of a listener's candidates, those that the listener turned to are to score
highest (Cao et al., "Learning to rank: from pairwise approach to listwise approach", ICML 2007).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.learning.weights import WEIGHT_NAMES, HybridWeights

RIDGE = 0.01
LEAST_AUDIO = 0.01
"""Sound never counts for nothing: it is what new tracks are found by."""
_FREE = {"audience"}
"""Weights that may be below 0: all other signals speak for a track."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """The candidates of one listener."""

    signals: NDArray[np.float64]
    """(candidates, weights) in the order of `WEIGHT_NAMES`."""
    chosen: NDArray[np.bool_]
    """Whether the listener turned to a candidate; at least one."""


def learn(examples: Sequence[Example]) -> HybridWeights:
    """Return the weights that make chosen candidates most likely; their sum is 1 without signs.

        minimise  -mean_l sum_{c chosen} log softmax_l(w . x)_c / sqrt(chosen)  +  ridge |w|^2

    over signals scaled to unit deviation.
    """
    from scipy.optimize import minimize

    signals = np.concatenate([example.signals for example in examples])
    scale = np.maximum(signals.std(axis=0), 1e-6)
    scaled = signals / scale
    chosen = np.concatenate([example.chosen for example in examples])
    sizes = np.array([len(example.chosen) for example in examples])
    starts = np.cumsum(sizes) - sizes
    found = np.add.reduceat(chosen.astype(np.float64), starts)
    pull = np.where(chosen, np.repeat(found**-0.5, sizes), 0.0)
    totals = np.add.reduceat(pull, starts)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = scaled @ w
        greatest = np.maximum.reduceat(scores, starts)
        powers = np.exp(scores - np.repeat(greatest, sizes))
        sums = np.add.reduceat(powers, starts)
        value = -(pull @ scores) + totals @ (greatest + np.log(sums))
        slope = (np.repeat(totals / sums, sizes) * powers - pull) @ scaled
        n = len(examples)
        return value / n + RIDGE * (w @ w), slope / n + 2 * RIDGE * w

    bounds = [(None, None) if name in _FREE else (0.0, None) for name in WEIGHT_NAMES]
    best = minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B", bounds=bounds)
    weights = best.x / scale
    weights /= max(np.abs(weights).sum(), 1e-9)
    audio = WEIGHT_NAMES.index("audio")
    weights[audio] = max(weights[audio], LEAST_AUDIO)
    return HybridWeights.from_array(weights)
