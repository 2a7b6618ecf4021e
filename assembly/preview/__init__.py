"""The animatic: the real cuts and the real song, before any clip is there."""
