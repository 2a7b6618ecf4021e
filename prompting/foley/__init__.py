"""The words for the sound of pictures."""
