"""What of each feed is in scope of a shared hub: dated rows, and the answer they give. Nobody is looked up here."""
