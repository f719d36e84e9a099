"""A partner's own machine: what it sends, and what it answers."""
