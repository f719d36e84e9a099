"""Duties as firings and clocks raise them, and what must be weighed before one ends."""
