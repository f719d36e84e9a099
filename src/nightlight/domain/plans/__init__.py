"""Plans: what must change for the child, who does what by when, what keeps them safe, and what would bring it back.

Pure: a plan is its events, drift is worked out from it and from what was recorded since. Time is an argument.
"""
