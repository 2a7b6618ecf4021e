"""The project's own song, composed and played in code."""
