"""One function for each thing that a person or a system does: permission, decision, rows, audit, in one transaction.

Keyword-only, `by=` the actor, `now=` the instant of the act (aware UTC), which is the one timestamp of every row it
writes. No audit row, no change. One package for each thing that deeds are about, each on those below it (ADR 0013).
"""
