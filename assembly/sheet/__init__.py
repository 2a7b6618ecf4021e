"""The contact sheet: every shot of a film on paper or on a page."""
