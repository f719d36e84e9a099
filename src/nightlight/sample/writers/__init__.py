"""One writer a feed: what happened, as that feed's files would hold it. A writer decides nothing of what happened."""
