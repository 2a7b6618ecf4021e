"""What spans projects, in a database: money, the history of clips, batches of films."""
