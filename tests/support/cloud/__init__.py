"""A local server that speaks Replicate's and fal.ai's protocols and bills what it was asked for."""
