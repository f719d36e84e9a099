"""Asking for information, giving it, refusing it, and correcting what was given."""
