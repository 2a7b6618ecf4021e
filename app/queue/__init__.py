"""Doing the work that waits in the queue: who does what, how far it is, and who is told of it."""
