"""The trail that every deed leaves: who did what, and the few things that each deed needs to be one act."""
