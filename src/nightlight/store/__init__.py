"""Rows in PostgreSQL: one Django app a bounded context, `mapping.py` the only bridge from rows to the domain's words."""
