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

    An argument may be a named tuple (`group_of`). Numba takes 2 us to recognise one, so the entry
    point takes its fields one by one, and makes a named tuple of them again.
    """
    freedom = _ANY_ORDER if fast else False

    def compile_function(function: F) -> F:
        names = list(parameters_of(function).parameters)
        groups = {
            name: kind
            for name, kind in zip(names, signature.args, strict=True)
            if isinstance(kind, types.NamedTuple)
        }
        if not groups:
            return compiled(function, signature, fastmath=freedom)
        inner = njit(nogil=True, fastmath=freedom)(function)
        kinds: list[Any] = []
        for kind in signature.args:
            kinds += kind.types if isinstance(kind, types.NamedTuple) else [kind]
        entry = compiled(
            _entry(inner, function, names, groups), signature.return_type(*kinds), fastmath=freedom
        )
        opened = ", ".join(f"*{name}" if name in groups else name for name in names)
        return cast(F, _made(function, f"lambda {', '.join(names)}: target({opened})", entry, {}))

    return compile_function


def _entry(target: Any, function: Any, names: list[str], groups: dict[str, Any]) -> Any:
    """Return a function that takes the fields of groups one by one, and calls ``target``."""
    parameters, arguments = [], []
    for name in names:
        fields = [name]
        if name in groups:
            fields = [f"{name}_{field}" for field in groups[name].instance_class._fields]
        parameters += fields
        arguments.append(f"{name}_group({', '.join(fields)})" if name in groups else name)
    makers = {f"{name}_group": kind.instance_class for name, kind in groups.items()}
    source = f"lambda {', '.join(parameters)}: target({', '.join(arguments)})"
    return _made(function, source, target, makers)


def _made(function: Any, source: str, target: Any, scope: dict[str, Any]) -> Any:
    """Return the function of a source text, named like ``function``; it may call ``target``.

    Neither Numba nor a call of some 100 ns can afford variable arguments.
    """
    made = eval(source, {"target": target, **scope})  # noqa: S307 (parameters of this package)
    made.__module__, made.__qualname__ = function.__module__, function.__qualname__
    made.__name__, made.__doc__ = function.__name__, function.__doc__
    return made


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
