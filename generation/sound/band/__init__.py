"""A small band in code: scores with no key, no GPU and no network."""
