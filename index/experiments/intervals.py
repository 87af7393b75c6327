"""How sure a rate is: intervals of shares that were counted."""

from typing import NamedTuple

LEVEL = 0.95


class Interval(NamedTuple):
    """A range that holds the true share with the level that was asked for."""

    low: float
    high: float


def wilson(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """Return Wilson's score interval of a share; (0, 1) where nothing was tried.

        (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    J. Am. Stat. Assoc. 22 (1927). Unlike p -+ z sqrt(p(1-p)/n) it stays within 0 and 1, and says
    something of no success in few trials.
    """
    _check(successes, trials)
    if trials == 0:
        return Interval(0.0, 1.0)
    from scipy.special import ndtri

    z = float(ndtri(0.5 + level / 2))
    share, square = successes / trials, z * z
    middle = share + square / (2 * trials)
    spread = z * (share * (1 - share) / trials + square / (4 * trials * trials)) ** 0.5
    whole = 1 + square / trials
    return Interval(
        0.0 if successes == 0 else (middle - spread) / whole,
        1.0 if successes == trials else (middle + spread) / whole,
    )


def credible(successes: int, trials: int, level: float = LEVEL) -> Interval:
    """Return the interval between the equal tails of Beta(1 + successes, 1 + failures).

    What is to be believed of a share of which nothing was known before (Bayes' uniform prior).
    """
    _check(successes, trials)
    from scipy.special import betaincinv

    a, b = 1 + successes, 1 + trials - successes
    tail = (1 - level) / 2
    return Interval(float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail)))


def chance_above_half(successes: int, trials: int) -> float:
    """Return how likely the share is above one half, of which nothing was known before."""
    _check(successes, trials)
    from scipy.special import betainc

    return float(1 - betainc(1 + successes, 1 + trials - successes, 0.5))


def _check(successes: int, trials: int) -> None:
    if not 0 <= successes <= trials:
        raise ValueError("There are between no and as many successes as trials")
