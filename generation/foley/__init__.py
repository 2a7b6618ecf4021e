"""Sound for pictures: a film is looked at, cut into pieces, and what comes back is joined."""
