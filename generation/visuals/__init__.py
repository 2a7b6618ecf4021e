"""Built-in visuals: scenes drawn by numba, driven by the music."""
