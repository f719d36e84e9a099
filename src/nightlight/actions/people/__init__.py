"""Who a source's people are, and where they live, as records arrive."""
