"""Sound under a picture: stems, the source's own sound, loudness, the finished file."""
