"""Looks that are unusual, who looked, and copies of what is held: for the guardian and for those it is about."""
