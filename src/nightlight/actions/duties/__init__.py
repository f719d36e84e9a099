"""Duties as people see them, act on them and look back on them."""
