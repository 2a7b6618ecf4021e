"""Music made to fit a cut that is there already."""
