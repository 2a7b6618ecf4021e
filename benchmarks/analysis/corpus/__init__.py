"""Music and other sounds made in code, whose truth is known because they were made."""
