"""Settings from the environment, urls, and the wiring of the parts."""
