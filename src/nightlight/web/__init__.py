"""The screens: views over `actions`, presenters that shape what they show, and templates. No row is written here."""
