"""Raising a concern: as it is typed, as it is kept, and what became of it."""
