"""songreel: give it a song, get a music video cut to the music."""

__version__ = "0.8.0"
