"""Short songs for plans that are worded many times: a minute of form, or none."""

from support.analyses import Part, Score, write


def song():
    """All functions of a song in 44 bars."""
    parts = [
        Part("intro", "A", 4, 0.2), Part("verse", "B", 8, 0.45), Part("build", "C", 4, 0.4, 0.8),
        Part("chorus", "D", 8, 0.9, valence=0.6), Part("break", "E", 4, 0.15, valence=-0.4),
        Part("verse", "B", 4, 0.5), Part("chorus", "D", 8, 0.95, valence=0.6),
        Part("outro", "F", 4, 0.15),
    ]  # fmt: skip
    return write(Score(parts, bpm=120, title="song"))


def waltz():
    """A waltz in a minor mood."""
    parts = [
        Part("verse", "A", 12, 0.3, valence=-0.5), Part("chorus", "B", 12, 0.7, valence=-0.5),
        Part("verse", "A", 12, 0.35, valence=-0.5),
    ]  # fmt: skip
    return write(Score(parts, bpm=150, per_bar=3, title="waltz"))


def drift():
    """A minute without a pulse, its sections without names."""
    parts = [Part("section", "A", 16, 0.15, 0.3), Part("section", "B", 16, 0.7)]
    return write(Score(parts, beats=False, title="drift"))
