"""Meetings from being called to what follows: deeds, closing, papers, and what each may see."""
