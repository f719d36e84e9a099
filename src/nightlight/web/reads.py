"""What a page reads, as its view says in one line: `@reads(Of.CHILD)`. Shared with the API (`domain.access.reads`)."""

from __future__ import annotations

from nightlight.domain.access.reads import Of, Reads, declared, reads

__all__ = ["Of", "Reads", "declared", "reads"]
