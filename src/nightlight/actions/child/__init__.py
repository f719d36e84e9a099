"""A child as somebody may see them: the page, the family, finding one, and breaking the glass."""
