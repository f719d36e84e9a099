"""Entries, links, who in fact learned of what; and, derived from them, where indicators fire."""
