"""Indicators evaluated as facts arrive, and the worker's batches as their moments come."""
