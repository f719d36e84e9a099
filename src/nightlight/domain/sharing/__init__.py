"""Sharing: whether information about a child is to be given, on what basis, and what of it. Pure; people decide.

`decide` proposes; what a person then did is kept by `actions.sharing.asking`.
"""
