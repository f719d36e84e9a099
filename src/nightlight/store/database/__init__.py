"""Django's door to PostgreSQL: one connection for the program, of two logins in the database (`base`)."""
