"""Meetings as they happen: who was asked and came, scores, dangers, protections, decisions, dissent, the close.

Pure: a meeting is its events, its state is folded from them, and every gate gives its reasons. Time is an argument.
"""
