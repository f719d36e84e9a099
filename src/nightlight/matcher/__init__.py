"""Linking records of one person: settings, a model trained without labels, pairs scored, and groups that follow.

No database and no clock. Only `linker` imports Splink and DuckDB, which are an extra (`nightlight[matcher]`): placing
one record needs neither, because the trained model is a file of weights that `scoring` reads.
"""
