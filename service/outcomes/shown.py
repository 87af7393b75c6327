"""Lists as they are given out."""

import numpy as np
from fastapi import Request
from numpy.typing import NDArray

from index.live import LiveIndex
from service.outcomes.ids import Scenario, id_of_tag, new_id


def recommendation_id(
    _request: Request,
    scenario: Scenario,
    live: LiveIndex,
    _rows: NDArray[np.int64],
    *,
    tag: str | None = None,
) -> str:
    """Return the id of a list that is about to be given out.

    Parameters
    ----------
    rows
        Its tracks, rows of ``live``.
    tag
        The entity tag of a list that depends on the index and the parameters alone.

    """
    return new_id(scenario, live) if tag is None else id_of_tag(scenario, tag)
