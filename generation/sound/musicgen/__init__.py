"""Music made on the user's own machine: MusicGen by transformers."""
