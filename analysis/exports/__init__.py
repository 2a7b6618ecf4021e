"""What was heard, in the files that other tools read: JAMS, .lab, .beats, Audacity, CSV, MIDI."""
