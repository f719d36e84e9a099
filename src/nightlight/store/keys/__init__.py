"""Keys: the file that holds them, sealing and opening sensitive columns, and signing the audit log."""
