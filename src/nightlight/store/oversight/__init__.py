"""Rows of oversight: what was unusual and what was done about it, and who asked for a copy of what is held on them."""
