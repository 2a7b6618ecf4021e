"""What is let in: hosts, tokens, origins, uploads."""
