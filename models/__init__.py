"""Nouns of songreel: frozen objects, checked when made, that flow between the stages."""
