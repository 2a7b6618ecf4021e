"""Many films in one command: what is asked for, where each stands, who makes them, the report."""
