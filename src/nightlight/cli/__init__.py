"""The command line: thin words over `actions` and the library. Nothing is decided here."""
