"""Doubtful matches, put to people and decided by them, and undone again."""
