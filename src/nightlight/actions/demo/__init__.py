"""The demo's people and conference, and the summary in ten lines."""
