"""Duties: their events, in order; the rota; and, derived from the events, where each stands now."""
