"""Telling people: notices, whether they arrived, and pages that are open now."""
