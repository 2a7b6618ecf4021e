"""Start and end images for shots, chosen from a folder of photos."""
