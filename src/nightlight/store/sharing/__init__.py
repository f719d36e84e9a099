"""Sharing: what was asked for, given, refused and corrected, and the agreements under which feeds are taken in."""
