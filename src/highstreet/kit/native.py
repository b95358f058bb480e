# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUntypedClassDecorator=false
# numba states no types of its insides.
"""What compiled code is given at little cost, and what it may ask of the processor."""

from collections.abc import Callable
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.experimental import structref
from numba.extending import intrinsic
from numba.np import arrayobj

from highstreet.kit.compiling import compiled

T = TypeVar("T")


@structref.register
class _HeldType(types.StructRef):
    def preprocess_fields(self, fields: Any) -> Any:  # noqa: ANN401 -- as numba calls it
        return tuple((name, types.unliteral(kind)) for name, kind in fields)


if TYPE_CHECKING:

    class Held(Generic[T]):
        what: T

        def __init__(self, what: T) -> None: ...

else:

    class Held(structref.StructRefProxy):
        """What compiled code is given again and again, taken apart once: a tuple of arrays, or of such tuples.

        To hand over an array costs a third of a microsecond, and a question needs eighty; to hand over one of these
        costs as much as a number. In compiled code, `what` is the tuple.
        """

        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)

        def __new__(cls, what: object) -> "Held":  # noqa: PYI034 -- made by compiled code
            return _hold(what)

    structref.define_proxy(Held, _HeldType, ["what"])


@compiled
def _hold(what: Any) -> Any:  # noqa: ANN401 -- any tuple of arrays
    return Held(what)


def _borrowed(typing: Any, what: Any) -> Any:  # noqa: ANN401, ARG001 -- as numba calls it
    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ANN401 -- as above
        return _unowned(context, builder, signature.args[0], given[0])

    return what(what), generate


def _unowned(context: Any, builder: Any, kind: Any, value: Any) -> Any:  # noqa: ANN401 -- as above
    """The same tuple or array, with nothing to count wherever it is handed to."""
    if isinstance(kind, types.Array):
        held = arrayobj.make_array(kind)(context, builder, value)
        for owner in ("meminfo", "parent"):
            setattr(held, owner, cgutils.get_null_value(getattr(held, owner).type))
        return held._getvalue()  # noqa: SLF001 -- numba's own way
    if isinstance(kind, types.BaseTuple):
        for place, element in enumerate(cast("Any", kind)):
            unowned = _unowned(context, builder, element, builder.extract_value(value, place))
            value = builder.insert_value(value, unowned, place)
    return value


if TYPE_CHECKING:

    def borrowed(what: T) -> T: ...

else:
    borrowed = intrinsic(_borrowed)
"""In compiled code: a tuple of arrays that somebody else keeps, and keeps for longer than it is used.

Who hands on an array otherwise counts up and down that one more has it, twenty times for a segment's columns, and each
time all processors have to agree. Nothing that is returned to Python may be a part of it.
"""


def _prefetch(typing: Any, array: Any, place: Any) -> Any:  # noqa: ANN401, ARG001 -- as numba calls it
    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:  # noqa: ANN401 -- as above
        kind = signature.args[0]
        held = arrayobj.make_array(kind)(context, builder, given[0])
        index = context.cast(builder, given[1], signature.args[1], types.intp)
        element = cgutils.get_item_pointer(context, builder, kind, held, [index], wraparound=False, boundscheck=False)
        address, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        called = ir.FunctionType(ir.VoidType(), [address, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, called, "llvm.prefetch.p0i8")
        for_reading, into_every_cache, of_data = number(0), number(3), number(1)
        builder.call(function, [builder.bitcast(element, address), for_reading, into_every_cache, of_data])
        return context.get_dummy_value()

    return types.void(array, place), generate


prefetch: Callable[[Any, Any], None] = cast("Any", intrinsic(_prefetch))
"""In compiled code: begin to bring an element of an array into the cache, for a loop that will soon look at it.

Where places are far apart, a loop waits for memory at each of them unless it asks ahead.
"""
