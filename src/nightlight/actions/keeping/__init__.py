"""Keeping what is kept: backups, keys, retention and erasure."""
