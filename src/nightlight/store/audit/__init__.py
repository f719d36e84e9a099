"""What was done and seen: by whom, when, about which child, and why. Rows are only ever added."""
