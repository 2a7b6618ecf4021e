"""Genmo's own package for Mochi, in an environment of its own behind a worker process."""
