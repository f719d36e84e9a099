"""The screens: thin views over `actions`, presenters that shape what they show, and Jinja templates. No rows are written here."""
