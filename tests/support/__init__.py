"""Sound and pictures made in code, with the truth known."""
