"""What the services on the network have in common: asking, uploading, fetching, webhooks."""
