"""What the scenes are painted with: skies, waters, walls, flocks, type; each serves one or two."""
