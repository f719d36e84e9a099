"""People and addresses as sources describe them, who they were decided to be, and the practitioners who use the hub."""
