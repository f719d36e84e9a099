"""Rows of the way between a source and a hub: what is to be sent, what was sent, what was received."""
