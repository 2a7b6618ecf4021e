"""Beat trackers behind one small protocol: ours, other libraries' and their agreement."""
