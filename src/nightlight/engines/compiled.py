"""The one door to Numba: nopython functions that release the interpreter's lock.

Only whole entry points are cached on disk (`cached`), under a digest of every source they are made of: Numba itself
looks at the entry point's own file only, and would run an old helper after a new release.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba as _numba
from numba.core.compiler_lock import global_compiler_lock
from numba.np import arrayobj as _arrayobj

arrayobj: Any = _arrayobj
numba: Any = _numba  # its types know neither the option below nor a helper's own
F = TypeVar("F", bound=Callable[..., object])


def allocating(function: F) -> F:
    """A helper of the kernel that makes arrays."""
    return cast(F, _once(numba.njit(nogil=True, error_model="numpy")(function)))


def compiled(function: F) -> F:
    """A helper of the kernel, compiled as part of what calls it.

    It may make no array: without counting references, a call with twenty arrays takes a tenth of the time.
    """
    return cast(F, _once(numba.njit(nogil=True, error_model="numpy", _nrt=False, forceinline=False)(function)))


def inlined(function: F) -> F:
    """A helper that becomes part of the one that calls it: passing twenty arrays is most of its cost otherwise."""
    return cast(F, _once(numba.njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)(function)))


def _once(helper: Any) -> Any:
    """A helper that is compiled once for all constants that it is given.

    Numba would compile it afresh for each, and all that it calls: fifty seconds for the whole instead of twenty.
    """
    plainly = helper.get_call_template
    helper.get_call_template = lambda args, kws: plainly([numba.types.unliteral(each) for each in args], kws)
    return helper


def cached(function: F) -> F:
    """An entry point, kept on disk between processes. No index in it, or in what it calls, may be negative."""
    entry: Any = numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    as_numba_does = entry.compile
    entry.compile = lambda signature: _counting_from_the_front(lambda: as_numba_does(signature))
    return cast(F, entry)


def _counting_from_the_front(compile_it: Callable[[], Any]) -> Any:
    """Without Numba's test, at every index, whether it counts from the end: a tenth of the kernel's time."""
    with global_compiler_lock:
        plainly = arrayobj.fix_integer_index
        arrayobj.fix_integer_index = lambda context, builder, kind, index, size: context.cast(
            builder, index, kind, numba.types.intp
        )
        try:
            return compile_it()
        finally:
            arrayobj.fix_integer_index = plainly
