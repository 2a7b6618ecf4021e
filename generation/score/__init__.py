"""ScorePlan → Score: cues become one track, each grown out of the sound before it."""
