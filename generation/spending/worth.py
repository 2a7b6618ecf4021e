"""What a second of a shot is worth: where the eye is when the music is at its most."""

from collections.abc import Mapping

from songreel.models.music import SectionLabel
from songreel.models.storyboard import CutReason, Shot, Storyboard

BEST = 10.0
"""Top of the catalogue's scale of quality."""
FREE = 2.0
"""Of the built-in visuals on that scale: they cost nothing and hit every beat, but show shapes,
not the world. A model of this quality or less is never paid for."""

FUNCTION: Mapping[SectionLabel, float] = {
    "drop": 1.6, "chorus": 1.6, "solo": 1.3, "build": 1.15, "pre-chorus": 1.1, "verse": 1.0,
    "bridge": 1.0, "section": 1.0, "instrumental": 0.9, "intro": 0.9, "outro": 0.7, "break": 0.6,
    "silence": 0.3,
}  # fmt: skip
"""What a section's function makes of it: what a song comes back to is what is remembered."""
STORY = 1.25
"""Of a shot that shows whom the film is about: shapes cannot."""
LANDING = 1.3
"""Of the shot on a drop."""
OPENING = 1.2
"""Of the first shot: it decides whether the film is watched."""
RETURN = 0.9
"""Of a shot that returns to an earlier one: the picture is known by then."""

SHARED_RHYME = 0.95
"""What is left of a shot that shows another part of the clip of the shot it rhymes with: a rhyme
wants likeness."""
SHARED = 0.85
"""The same for shots that do not rhyme: the film has one picture less."""


def weight(storyboard: Storyboard, shot: Shot) -> float:
    """What a second of `shot` is worth against a verse of middling energy (about 1)."""
    found = FUNCTION[storyboard.sections[shot.section].label] * (0.6 + 0.8 * shot.energy)
    if shot.parts is not None and shot.parts.subject:
        found *= STORY
    if shot.reason is CutReason.DROP:
        found *= LANDING
    if shot.reason is CutReason.OPENING:
        found *= OPENING
    if shot.rhymes_with is not None:
        found *= RETURN
    return found
