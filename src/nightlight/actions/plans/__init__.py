"""Plans: begun, kept, watched and ended."""
