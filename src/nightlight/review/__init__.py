"""What a learning review looks at: case files, and what would have been seen, by whom and when."""
