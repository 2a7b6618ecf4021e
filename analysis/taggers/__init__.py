"""Taggers: optional plug-ins that put words to a song."""
