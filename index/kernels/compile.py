"""What every kernel is made of: types, the score, and the heap of the best."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import boolean, float32, float64, int32, int64, njit, types
from numpy.typing import NDArray

from index.kernels.cache import compiled

F = TypeVar("F", bound=Callable[..., Any])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


tuple_of: Any = types.Tuple  # numba is untyped
_unliteral: Any = types.unliteral


def array_of(scalar: Any, dimensions: int = 1) -> Any:
    """Return the type of a contiguous array that is only read: memory-mapped ones fit."""
    return types.Array(scalar, dimensions, "C", readonly=True)


def kernel(signature: Any, *, fast: bool = False) -> Callable[[F], F]:
    """Compile a function for one signature when it is defined; it runs without the GIL.

    The sums of a ``fast`` one, and of what is inlined in it, may be taken in any order: that makes
    vector instructions of them, and no exact bits.
    """
    return lambda function: compiled(function, signature, fastmath=_ANY_ORDER if fast else False)


def helper(function: F) -> F:
    """Compile a function that only kernels call; it is exact to the bit whoever calls it.

    Left unsaid, Numba would let it take over the liberties of a ``fast`` caller. And the type of a
    number that is written down is "this number": a helper would be compiled for each of them anew.
    """
    dispatcher: Any = njit(nogil=True, fastmath=False)(function)
    template = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, named: template(
        tuple(_unliteral(each) for each in args), named
    )
    return cast(F, dispatcher)


def inlined(function: F) -> F:
    """Make a function part of each kernel that calls it."""
    return cast(F, njit(nogil=True, inline="always")(function))


_ANY_ORDER = {"reassoc", "contract", "nsz", "arcp", "nnan"}
"""All but "there are no infinities"."""
FLOATS, INTS, CODES, FLAGS = array_of(float64), array_of(int64), array_of(int32), array_of(boolean)
ROWS_OF_8, INTS_2D = array_of(float64, 2), array_of(int64, 2)
SINGLES, SINGLES_2D = array_of(float32), array_of(float32, 2)
RANKED = tuple_of((int64[::1], float64[::1]))
