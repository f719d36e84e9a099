"""The one door to Numba: nopython functions that release the interpreter's lock.

Only whole entry points are cached on disk (`cached`), under a digest of every source they are made of: Numba itself
looks at the entry point's own file only, and would run an old helper after a new release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar, cast

import numba as _numba
from numba.core.codegen import JITCodeLibrary, JITCPUCodegen
from numba.core.compiler_lock import global_compiler_lock
from numba.np import arrayobj as _arrayobj

arrayobj: Any = _arrayobj
numba: Any = _numba  # its types know neither the option below nor a helper's own
F = TypeVar("F", bound=Callable[..., object])


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
    _helpers.append(helper)
    plainly = helper.get_call_template
    helper.get_call_template = lambda args, kws: plainly([numba.types.unliteral(each) for each in args], kws)
    return helper


def cached(function: F) -> F:
    """An entry point, kept on disk between processes. No index in it, or in what it calls, may be negative."""
    entry: Any = numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    as_numba_does = entry.compile
    entry.compile = lambda signature: _as_a_whole(function, lambda: as_numba_does(signature))
    return cast(F, entry)


_helpers: list[Any] = []
_NO_WRAPPERS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def _as_a_whole(function: Callable[..., object], compile_it: Callable[[], Any]) -> Any:
    """Compile an entry point with all that it calls as one.

    Numba would make each helper ready by itself too, with all that that one calls: three times the work, and nobody
    calls it so. And without its test, at every index, whether it counts from the end: a tenth of the kernel's time.
    """
    with global_compiler_lock, ExitStack() as stack:
        for owner, name, instead in _INSTEAD:
            stack.enter_context(_patched(owner, name, instead(getattr(owner, name), function.__qualname__)))
        for helper in _helpers:
            helper.targetoptions |= _NO_WRAPPERS
        try:
            return compile_it()
        finally:
            for helper in _helpers:  # called from Python, as tests do, it is compiled by itself
                helper._reset_overloads()
                for name in _NO_WRAPPERS:
                    del helper.targetoptions[name]


@contextmanager
def _patched(owner: Any, name: str, instead: Any) -> Iterator[None]:
    plainly = getattr(owner, name)
    setattr(owner, name, instead)
    try:
        yield
    finally:
        setattr(owner, name, plainly)


def _no_test_of_the_sign(plainly: Any, whole: str) -> Any:
    return lambda context, builder, kind, index, size: context.cast(builder, index, kind, numba.types.intp)


def _only_for(plainly: Any, whole: str) -> Any:
    return lambda library: plainly(library) if library.name == whole else None


def _finished_only(plainly: Any, whole: str) -> Any:
    def finished(library: Any) -> None:
        if library.name == whole:
            plainly(library)
        else:
            library._finalized = True

    return finished


def _set_env(plainly: Any, whole: str) -> Any:
    def set_env(codegen: Any, name: str, env: Any) -> None:
        if codegen._engine.is_symbol_defined(name):
            plainly(codegen, name, env)

    return set_env


_INSTEAD = (
    (arrayobj, "fix_integer_index", _no_test_of_the_sign),
    (JITCodeLibrary, "_optimize_final_module", _only_for),
    (JITCodeLibrary, "_finalize_final_module", _finished_only),
    (JITCPUCodegen, "set_env", _set_env),
)
