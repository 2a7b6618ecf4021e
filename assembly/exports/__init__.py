"""The edit, in the files that editing programs read: OpenTimelineIO, FCPXML, EDL, chapters."""
