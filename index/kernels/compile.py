"""What kernels are declared with: `kernel`, `helper`, `inlined`, and the types of arguments."""

from collections.abc import Callable
from inspect import signature as parameters_of
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numba import boolean, float32, float64, int32, int64, njit, types
from numpy.typing import NDArray

from index.kernels.cache import compiled

F = TypeVar("F", bound=Callable[..., Any])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


tuple_of: Any = types.Tuple  # numba is untyped
_named_tuple_of: Any = types.NamedTuple
_unliteral: Any = types.unliteral


def array_of(scalar: Any, dimensions: int = 1) -> Any:
    """Return the type of a contiguous array that is only read: memory-mapped ones fit."""
    return types.Array(scalar, dimensions, "C", readonly=True)


def group_of(fields: type[NamedTuple], *kinds: Any) -> Any:
    """Return the type of a named tuple of arguments whose fields have these types."""
    return _named_tuple_of(kinds, fields)


def kernel(signature: Any, *, fast: bool = False) -> Callable[[F], F]:
    """Compile a function for one signature when it is defined; it runs without the GIL.

    The sums of a ``fast`` kernel, and of what is inlined in it, may be taken in any order: this
    allows vector instructions, and gives up exact bits.

    An argument may be a named tuple (`group_of`). Numba takes 2 us to recognise one, and .1 us for
    each array of a plain tuple. So the entry point takes plain tuples and names their fields again.
    """
    freedom = _ANY_ORDER if fast else False

    def compile_function(function: F) -> F:
        groups = {
            position: argument.instance_class
            for position, argument in enumerate(signature.args)
            if isinstance(argument, types.NamedTuple)
        }
        if not groups:
            return compiled(function, signature, fastmath=freedom)
        inner = njit(nogil=True, fastmath=freedom)(function)
        plain = (
            tuple_of(argument.types) if position in groups else argument
            for position, argument in enumerate(signature.args)
        )
        entry = compiled(
            _call(inner, function, groups, "{group}(*{name})"),
            signature.return_type(*plain),
            fastmath=freedom,
        )
        return cast(F, _call(entry, function, groups, "tuple({name})"))

    return compile_function


def _call(target: Any, function: Any, groups: dict[int, Any], convert: str) -> Any:
    """Return a function like ``function`` that converts some arguments and calls ``target``.

    It is made of source text, for neither Numba nor a call of 100 ns can afford variable arguments.
    """
    names = list(parameters_of(function).parameters)
    converted = [
        convert.format(name=name, group=groups[at].__name__) if at in groups else name
        for at, name in enumerate(names)
    ]
    source = f"lambda {', '.join(names)}: target({', '.join(converted)})"
    scope = {"target": target, **{group.__name__: group for group in groups.values()}}
    call = eval(source, scope)  # noqa: S307 (names of parameters, all of this package)
    call.__module__, call.__qualname__ = function.__module__, function.__qualname__
    call.__name__, call.__doc__ = function.__name__, function.__doc__
    return call


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
FLOATS_2D, INTS_2D = array_of(float64, 2), array_of(int64, 2)
SINGLES, SINGLES_2D = array_of(float32), array_of(float32, 2)
RANKED = tuple_of((int64[::1], float64[::1]))
