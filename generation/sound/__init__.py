"""Sources of sound: scores for scenes, sound for pictures."""
