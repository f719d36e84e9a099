"""An invented partnership: families, what befalls them, and the files their agencies would send. Nothing here is real."""
