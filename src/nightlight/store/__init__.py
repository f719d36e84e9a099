"""Rows in PostgreSQL: one Django app a bounded context, `mapping.py` the only bridge to the domain."""
