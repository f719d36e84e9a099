"""What a source asked to be erased, and what stops an erased record from coming back."""
