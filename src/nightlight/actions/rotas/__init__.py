"""Rotas: who holds which role when, changed and read."""
