"""The user's own clips and photos: read, judged, chosen, fitted and moved."""
