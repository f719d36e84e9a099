"""An invented partnership: families, what befalls them, and the files its agencies would send. None of it is real."""
