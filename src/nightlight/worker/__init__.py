"""The durable loop: sleeps until the next edge of anything, does what has fallen due, and says that it is alive."""
