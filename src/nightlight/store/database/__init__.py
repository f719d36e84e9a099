"""Django's door to PostgreSQL: one connection for the program, of three logins in the database (`base`)."""
