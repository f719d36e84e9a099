"""What agencies deliver: taken in, refused with the reason, and answered."""
