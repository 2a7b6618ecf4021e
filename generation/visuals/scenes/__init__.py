"""The built-in scenes, one file each."""
