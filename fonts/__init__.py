"""What letters are drawn with: the fonts that ship, and those of the system."""
