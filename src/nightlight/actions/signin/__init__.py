"""Signing in and proving it again: accounts, second factors, sessions, and the keys of systems."""
