"""Samples: files, meters, fades, limiting; for analysis, generation, assembly and the app."""
