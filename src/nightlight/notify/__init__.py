"""Ways out: e-mail, text message, webhook. Each takes a message and says what came of it; none knows who a child is."""
