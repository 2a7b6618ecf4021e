"""What is heard in a song: one Track in, one Analysis out."""
