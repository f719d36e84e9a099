"""Who may see what: the policy's text, the words it is asked in, and the asking. No database, no request, no clock."""
