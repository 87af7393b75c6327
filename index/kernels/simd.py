"""Many boxes, or tracks, at a time: vector instructions that are written down, not hoped for.

A search looks at 8 sibling boxes, or at the 32 tracks of a leaf, and goes on with the few that may
hold one of the best. Loops that find them are beyond what a compiler makes vector instructions of.
So these functions are made of LLVM's own vectors, which every processor has some instructions for.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from index.features import COORDINATES

BOX_BITS = 3
BOXES = 1 << BOX_BITS
"""Siblings that are bounded at once."""
LANES = 32
"""Tracks of a leaf."""
SCALE_BYTES = 2 * 4 * COORDINATES
LEAF_BYTES = SCALE_BYTES + COORDINATES * LANES
"""Lows and steps of all coordinates in float32, then 8 bits for each coordinate and track."""

_BYTE, _WORD, _FLOAT, _INT = ir.IntType(8), ir.IntType(16), ir.FloatType(), ir.IntType(64)
_COLUMN = ir.VectorType(_FLOAT, COORDINATES)
_WORDS = ir.VectorType(_WORD, BOXES)
_BOUNDS = ir.VectorType(_FLOAT, BOXES)
_CODES, _SCORES = ir.VectorType(_BYTE, LANES), ir.VectorType(_FLOAT, LANES)
_ANY_ORDER = ("reassoc", "contract", "nsz", "nnan")
"""Sums and products may be taken in any order: there are margins for what that changes."""


class _Vectors:
    """Writes vector instructions."""

    def __init__(self, context: Any, builder: Any) -> None:
        self.context, self.builder = context, builder

    def pointer(self, kind: Any, array: Any, at: Any) -> Any:
        """Return where element ``at`` of an array is."""
        data = self.context.make_array(kind)(self.context, self.builder, array).data
        return self.builder.gep(data, [at])

    def load(self, pointer: Any, kind: Any, offset: int = 0) -> Any:
        """Read a vector that lies ``offset`` elements after a pointer, aligned in no way."""
        position = self.builder.gep(pointer, [_INT(offset)])
        vector = self.builder.load(self.builder.bitcast(position, kind.as_pointer()))
        vector.align = 1
        return vector

    def store(self, pointer: Any, vector: Any) -> None:
        """Write a vector."""
        position = self.builder.bitcast(pointer, vector.type.as_pointer())
        self.builder.store(vector, position).align = 1

    def each(self, number: Any, kind: Any) -> Any:
        """Return a vector of one number."""
        nothing = ir.Constant(kind, ir.Undefined)
        one = self.builder.insert_element(nothing, number, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count)
        return self.builder.shuffle_vector(one, nothing, zeros)

    def element(self, vector: Any, at: int) -> Any:
        return self.builder.extract_element(vector, ir.IntType(32)(at))

    def add(self, a: Any, b: Any) -> Any:
        return self.builder.fadd(a, b, flags=_ANY_ORDER)

    def less(self, a: Any, b: Any) -> Any:
        return self.builder.fsub(a, b, flags=_ANY_ORDER)

    def times(self, a: Any, b: Any) -> Any:
        return self.builder.fmul(a, b, flags=_ANY_ORDER)

    def greater(self, a: Any, b: Any) -> Any:
        """Return the greater one of each two."""
        return self.builder.select(self.builder.fcmp_ordered(">", a, b, flags=("nnan",)), a, b)

    def sum(self, vector: Any) -> Any:
        """Return the sum of a column: halves are added until one number is left."""
        zeros = ir.Constant(vector.type, [0.0] * COORDINATES)
        positions = ir.VectorType(ir.IntType(32), COORDINATES)
        size, first_zero = COORDINATES, COORDINATES
        while size > 1:
            half = (size + 1) // 2
            upper = [j + half if j + half < size else first_zero for j in range(COORDINATES)]
            shifted = self.builder.shuffle_vector(vector, zeros, ir.Constant(positions, upper))
            vector, size = self.add(vector, shifted), half
        return self.element(vector, 0)

    def bits(self, scores: Any, needed: Any) -> Any:
        """Return a number whose bits tell which of the scores reach what is needed."""
        reached = self.builder.fcmp_ordered(">=", scores, self.each(needed, scores.type))
        bits = self.builder.bitcast(reached, ir.IntType(scores.type.count))
        return self.builder.zext(bits, _INT)


@intrinsic
def bound_boxes(
    _context: Any, groups: Any, first: Any, max_static: Any, static: Any, query: Any, reach: Any
) -> Any:
    """Bound the scores in each of a group's boxes from above; return which are enough, as bits.

    For vectors of at most unit length ``cos <= 1 - d**2 / 2``, d the distance to the box.

    Parameters
    ----------
    groups, first : (2 * d, BOXES) lows and highs of the group's boxes, and where they begin
    max_static, static : (BOXES,) greatest static scores in them, and where they begin
    query : (d + BOXES,) in the unit of the boxes, then room for the bounds
    reach : the bound at no distance, what a square of the unit takes from it, and what is needed

    """
    signature = types.uint64(groups, first, max_static, static, query, reach)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        make, kinds = _Vectors(context, builder), signature.args
        boxes = make.pointer(kinds[0], arguments[0], arguments[1])
        static = make.pointer(kinds[2], arguments[2], arguments[3])
        query = make.pointer(kinds[4], arguments[4], _INT(0))
        top, scale, needed = (builder.extract_value(arguments[5], i) for i in range(3))
        squares = nothing = ir.Constant(_BOUNDS, [0.0] * BOXES)
        for j in range(COORDINATES):
            low = builder.uitofp(make.load(boxes, _WORDS, BOXES * j), _BOUNDS)
            high = builder.uitofp(make.load(boxes, _WORDS, BOXES * (COORDINATES + j)), _BOUNDS)
            x = make.each(builder.load(builder.gep(query, [_INT(j)])), _BOUNDS)
            gap = make.greater(make.greater(make.less(low, x), make.less(x, high)), nothing)
            squares = make.add(squares, make.times(gap, gap))
        most = make.add(make.each(top, _BOUNDS), make.load(static, _BOUNDS))
        bounds = make.less(most, make.times(make.each(scale, _BOUNDS), squares))
        make.store(builder.gep(query, [_INT(COORDINATES)]), bounds)
        return make.bits(bounds, needed)

    return signature, generate


@intrinsic
def score_leaf(
    _context: Any, leaves: Any, first: Any, statics: Any, static: Any, query: Any, reach: Any
) -> Any:
    """Score the tracks of a leaf, as far as their codes tell; return which may be enough, as bits.

    Parameters
    ----------
    leaves, first : a leaf's bytes, and where they begin
    statics, static : (LANES,) static scores of its tracks, and where they begin
    query : (d + 1 + LANES,) scaled by the weight of the sound, then room for the scores' greatest
        error and for the scores
    reach : the score of a cosine of 0, and what is needed

    """
    signature = types.uint64(leaves, first, statics, static, query, reach)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        make, kinds = _Vectors(context, builder), signature.args
        leaf = make.pointer(kinds[0], arguments[0], arguments[1])
        static = make.pointer(kinds[2], arguments[2], arguments[3])
        query = make.pointer(kinds[4], arguments[4], _INT(0))
        column = make.load(query, _COLUMN)
        steps = make.times(column, make.load(leaf, _COLUMN, SCALE_BYTES // 2))
        lows = make.times(column, make.load(leaf, _COLUMN))
        amounts = make.greater(steps, make.less(ir.Constant(_COLUMN, [0.0] * COORDINATES), steps))
        error = make.times(make.sum(amounts), _FLOAT(0.5))

        start = make.add(make.sum(lows), builder.extract_value(arguments[5], 0))
        scores = make.add(make.each(start, _SCORES), make.load(static, _SCORES))
        for j in range(COORDINATES):
            codes = builder.uitofp(make.load(leaf, _CODES, SCALE_BYTES + LANES * j), _SCORES)
            scores = make.add(scores, make.times(codes, make.each(make.element(steps, j), _SCORES)))
        builder.store(error, builder.gep(query, [_INT(COORDINATES)]))
        make.store(builder.gep(query, [_INT(COORDINATES + 1)]), scores)
        return make.bits(scores, builder.fsub(builder.extract_value(arguments[5], 1), error))

    return signature, generate


@intrinsic
def lowest_bit(_context: Any, bits: Any) -> Any:
    """Return the place of the lowest bit that is set; one must be."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(bits), generate


@intrinsic
def prefetch(_context: Any, array: Any, index: Any) -> Any:
    """Bring the cache line of ``array[index]`` near, without waiting for it.

    A search knows which leaves it will visit long before it reaches them; without this it would
    wait for the memory of each in turn.
    """
    signature = types.void(array, index)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        position = _Vectors(context, builder).pointer(signature.args[0], *arguments)
        byte, number = _BYTE.as_pointer(), ir.IntType(32)
        function_type = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = builder.module.declare_intrinsic("llvm.prefetch", [byte], function_type)
        read, keep, data = number(0), number(3), number(1)
        builder.call(function, [builder.bitcast(position, byte), read, keep, data])
        return context.get_dummy_value()

    return signature, generate
