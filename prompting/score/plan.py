"""A score, planned: `plan_score` for scenes, `plan_score_for` for the sections of a song's film."""

from typing import Any

import numpy as np

from songreel.models.music import Analysis
from songreel.models.scenes import SceneList
from songreel.models.score import ScorePlan
from songreel.models.storyboard import Storyboard
from songreel.prompting.score.arc import Arc
from songreel.prompting.score.compose import compose
from songreel.prompting.score.moods import place
from songreel.prompting.score.parts import Film, Part
from songreel.prompting.score.tempo import TOLERANCE
from songreel.prompting.score.wish import wish
from songreel.prompting.score.wording import FUNCTIONS

_SHORTEST = 1.0
"""Seconds of a section; a shorter one joins the one before it."""
_TRUSTED = 0.5
"""Trust from which an edit is locked to a grid (`Trust.grid`)."""


def plan_score(
    scenes: SceneList,
    *,
    seed: int = 0,
    music: str = "",
    arc: Arc = "build",
    tolerance: float = TOLERANCE,
    flex: float = 0.0,
) -> ScorePlan:
    """Plan the music of a film that is told scene by scene.

    One band plays throughout and is joined by more of its own; tempo and key follow from the moods
    where they are not given; energy grows to a finale. Scenes keep their lengths to the sample:
    the tempo moves to meet them.

    Args:
        scenes: The film.
        seed: Of the film; decides the tonic where no key is given.
        music: What plays throughout, besides what the list says; its genre, tempo and key come
            first.
        arc: `build` to a finale, or `steady` for loops and beds.
        tolerance: Share by which a tempo that is chosen here may move so that scenes begin on bars.
        flex: The same for one that is given; 0 keeps it.

    Returns:
        The plan; its reasons say how far each boundary is off a beat.
    """
    said = ", ".join(text for text in (music, scenes.music) if text.strip())
    film = wish(said)
    named = wish(music)
    parts = []
    for scene in scenes.scenes:
        mood = place(_affirmed(scene.mood))
        words = tuple(w.strip() for w in _affirmed(scene.mood).split(",") if w.strip())
        parts.append(
            Part(
                id=scene.id,
                seconds=scene.seconds,
                mood=mood.mood,
                words=words[:3],
                music=wish(scene.music),
                bpm=scene.bpm,
                key=scene.key,
                energy=scene.energy,
            )
        )
    return compose(
        parts,
        Film(
            music=film,
            bpm=named.bpm or scenes.bpm,
            key=named.key or scenes.key,
            meter=scenes.meter,
            title=scenes.title,
        ),
        seed=seed,
        arc=arc,
        tolerance=tolerance,
        flex=flex,
    )


def plan_score_for(
    source: Storyboard | Analysis,
    *,
    seed: int = 0,
    music: str = "",
    bpm: float | None = None,
    key: str = "",
) -> ScorePlan:
    """Plan new music for a film that was made to a song: each section's mood and function.

    Args:
        source: The film, or what was heard in its song.
        seed: Of the film.
        music: What plays: genre, instruments.
        bpm: Beats a minute; None takes the song's where its grid is trusted, so that cuts stay on
            beats.
        key: None of the song's: as given, else by mood.

    Returns:
        The plan. Where the song's tempo is taken, its bars are too (`first_downbeat`).
    """
    grid = source.grid
    locked = source.beat_locked if isinstance(source, Storyboard) else source.trust.grid >= _TRUSTED
    film = wish(music)
    period = float(np.median(np.diff(grid.beats))) if len(grid.beats) > 1 else 0.0
    kept = locked and period > 0 and bpm is None and film.bpm is None
    parts: list[dict[str, Any]] = []
    for section in source.sections:
        length = min(section.end, source.track.duration) - section.start
        if length <= 0:
            continue
        if parts and length < _SHORTEST:
            parts[-1]["seconds"] += length
            continue
        parts.append(
            {
                "id": f"s{len(parts) + 1:02d}",
                "seconds": length,
                "mood": (section.mood.valence, section.mood.arousal),
                "words": section.mood.words[:2],
                "energy": round(section.energy, 4),
                "function": FUNCTIONS.get(section.label, ""),
            }
        )
    reason = (
        "the song's tempo and bars are kept, so that cuts stay on beats"
        if kept
        else "the song's own tempo is not taken"
    )
    return compose(
        [Part(**part) for part in parts],
        Film(
            music=film,
            bpm=60 / period if kept else bpm,
            key=key,
            meter=grid.beats_per_bar if kept else 4,
            first_downbeat=grid.downbeat_times[0] if kept and grid.downbeats else 0.0,
            title=source.track.title,
        ),
        seed=seed,
        tolerance=TOLERANCE,
        reasons=(reason,),
    )


def _affirmed(mood: str) -> str:
    """A mood's words without those it denies: "calm, not sad" is calm."""
    parts = (" ".join(part.split()) for part in mood.replace(";", ",").split(","))
    return ", ".join(p for p in parts if p and not p.lower().startswith(("not ", "no ", "never ")))
