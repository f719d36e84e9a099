"""The API for systems: deliver a feed, read what became of it. It acts through `actions`, as the pages do."""
