"""What the engines refuse. The tree is drawn in the package's docstring. No message may hold what a fact said."""

from __future__ import annotations


class EngineError(ValueError):
    """Something that the kernel cannot run on."""


class ProgramError(EngineError):
    """An expression that cannot be compiled; the message says what to write instead."""


class BeyondError(EngineError):
    """A fact that the columns cannot hold exactly: the reference evaluates that child instead."""


class LayoutError(EngineError):
    """A file whose columns or order are not those that `columnar` writes."""
