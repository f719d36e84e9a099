"""Every row of the database as a stream of tables, and back again into an empty one."""
