"""What spans projects, in a database: the ledger of money."""
