"""What agencies delivered: raw records with their digest, what was refused and why; drafts and attachments."""
