"""Words over the picture: titles, captions."""
