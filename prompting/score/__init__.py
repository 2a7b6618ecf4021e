"""The words and numbers of music that is to be made."""
