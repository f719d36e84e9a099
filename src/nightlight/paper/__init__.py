"""Documents to keep and to hand over: the same blocks as a page or as an accessible PDF. Knows no child."""
