"""How one shot becomes the next: an object each, found by name."""
