"""What is done to pictures in time with the music: an object each, found by name."""
