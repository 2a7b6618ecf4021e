"""Scene lists: films told scene by scene, without a song."""
