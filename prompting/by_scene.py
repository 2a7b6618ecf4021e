"""A film told scene by scene, planned on the music that was made for it: `plan_scenes`."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from songreel.models.music import Analysis, BeatGrid, Curve, Mood, Section
from songreel.models.scenes import Scene, SceneList
from songreel.models.score import ScoreCue, ScorePlan
from songreel.models.storyboard import Anchor, CutReason, Look, Shot, Storyboard
from songreel.prompting.cutting import Fixed
from songreel.prompting.moments import Moment
from songreel.prompting.plan import plan
from songreel.prompting.pulse import Pulse

LEAST = 0.25
"""Seconds between two boundaries; where beats would bring them closer, seconds are kept."""
ASTRAY = 0.75
"""Beats from a boundary to the nearest beat from which on it is not drawn there: that beat is
beyond an end of the grid."""
FRAME = 1 / 24
"""Seconds by which a boundary may move untold: a frame of film."""
_MOTION = (0.1, 0.8)
"""Of a shot: at no energy, and added at full energy, as elsewhere in a plan."""


class Ends(NamedTuple):
    """Images of a scene, as the plan names them."""

    start: str | None = None
    end: str | None = None


def staged(
    analysis: Analysis, scenes: SceneList, score: ScorePlan, nominal: BeatGrid | None = None
) -> Analysis:
    """What was heard, with the film's scenes for sections: each with its mood and energy.

    A scene begins on the beat next to where the list has it; in music without a grid to trust it
    begins where the list has it.

    Args:
        analysis: Of the score, or of silence.
        scenes: The film.
        score: What was planned for it, a cue for each scene.
        nominal: Beats to cut by where nothing is heard: those that were planned.
    """
    if nominal is not None:
        analysis = _unheard(analysis, score, nominal)
    pulse = Pulse(analysis)
    edges = [0.0, *_boundaries(pulse, score), pulse.duration]
    sections = []
    letters: dict[str, str] = {}
    for n, ((start, end), scene, cue) in enumerate(
        zip(pairwise(edges), scenes.scenes, score.cues, strict=True)
    ):
        # Scenes that show and play the same are the same material.
        key = "\0".join((scene.prompt, scene.start, scene.end)) or str(n)
        sections.append(
            Section(
                start=start,
                end=end,
                label="section",
                letter=letters.setdefault(key, _letter(len(letters))),
                energy=cue.energy,
                mood=Mood(valence=cue.mood[0], arousal=cue.mood[1], words=_words(scene)),
                trust=1.0,
                label_trust=1.0,
            )
        )
    mood = sections[0].mood
    if len(sections) > 1:
        total = pulse.duration
        valence, arousal = (
            sum(cue.mood[axis] * (s.end - s.start) for cue, s in zip(score.cues, sections,
                                                                    strict=True)) / total
            for axis in (0, 1)
        )  # fmt: skip
        mood = Mood(valence=_signed(valence), arousal=_signed(arousal), words=mood.words)
    return analysis.model_copy(update={"sections": tuple(sections), "mood": mood})


def plan_scenes(
    analysis: Analysis,
    look: Look,
    *,
    scenes: SceneList,
    score: ScorePlan,
    images: Mapping[str, Ends],
    unheard: bool = False,
    longest: float | None = None,
    **how: Any,
) -> Storyboard:
    """Plan a film whose scenes are given.

    Every scene begins with a cut. One with images is one shot, from its start image to its end
    image; others are cut inside as a song's sections are. Prompt and camera of a scene go to its
    shots.

    Args:
        analysis: `staged`.
        look: The film's look.
        scenes: The film.
        score: Its music as planned.
        images: Of scenes that have any, by id.
        unheard: Whether the beats are planned and not heard: then no cut claims one.
        longest: Seconds of the longest clip; a scene with images that is longer is cut inside.
        **how: As for `songreel.prompting.plan.plan`.

    Raises:
        InvalidInput: As `plan`.
    """
    pulse = Pulse(analysis)
    whole = {
        scene.id
        for scene, section in zip(scenes.scenes, analysis.sections, strict=True)
        if scene.id in images and section.end - section.start <= (longest or section.end)
    }
    settled = _settled(pulse, scenes, whole)
    planned = plan(analysis, look, longest=longest, settled=settled, **how)
    shots = tuple(
        shot
        if shot.locked
        else _dressed(shot, planned.shots, scenes.scenes[shot.section],
                      score.cues[shot.section], images, look)
        for shot in planned.shots
    )  # fmt: skip
    notices = [*planned.notices, *_moved(pulse, scenes, score)]
    if unheard:
        notices = [n for n in notices if not n.startswith("not met: ")]
    return planned.model_copy(
        update={
            "shots": shots,
            "beat_locked": planned.beat_locked and not unheard,
            "notices": tuple(notices),
        }
    )


def _boundaries(pulse: Pulse, score: ScorePlan) -> list[float]:
    """Where each scene but the first begins, seconds."""
    found: list[float] = []
    reached = 0.0
    for wanted in score.starts()[1:-1]:
        time = wanted
        if pulse.locked:
            beat = pulse.grid.beats[pulse.grid.nearest(wanted)]
            if abs(beat - wanted) < ASTRAY * pulse.beat:
                time = beat
        if not reached + LEAST <= time <= pulse.duration - LEAST:
            time = wanted
        found.append(min(time, pulse.duration - 1e-3))
        reached = found[-1]
    return found


def _settled(pulse: Pulse, scenes: SceneList, whole: set[str]) -> tuple[Fixed, ...]:
    """A cut at each scene's start, and none inside those that are one shot."""
    starts = [_moment(pulse, section.start) for section in pulse.analysis.sections]
    spans = []
    for n, scene in enumerate(scenes.scenes):
        end = starts[n + 1] if n + 1 < len(starts) else None
        if scene.id in whole:
            spans.append(Fixed(starts[n], end))
        elif n:
            spans.append(Fixed(starts[n], starts[n]))
    return tuple(spans)


def _moment(pulse: Pulse, time: float) -> Moment:
    anchor = Anchor(seconds=round(time, 6))
    if time > 0 and pulse.locked:
        nearest = pulse.grid.nearest(time)
        if abs(pulse.grid.beats[nearest] - time) < 1e-6:
            anchor = Anchor.on_grid(pulse.grid, nearest)
    reason = CutReason.SECTION if time > 0 else CutReason.OPENING
    return Moment(time, pulse.position(time), anchor, reason, must=True, even=True)


def _dressed(
    shot: Shot,
    shots: Sequence[Shot],
    scene: Scene,
    cue: ScoreCue,
    images: Mapping[str, Ends],
    look: Look,
) -> Shot:
    """A shot with what its scene says of it."""
    mine = [one.id for one in shots if one.section == shot.section]
    ends = images.get(scene.id, Ends())
    still, more = _MOTION
    changes: dict[str, object] = {
        "energy": cue.energy,
        "motion": round(still + more * cue.energy, 3),
        "start_image": ends.start if shot.id == mine[0] else None,
        "end_image": ends.end if shot.id == mine[-1] and len(mine) == 1 else None,
        "rhymes_with": None,
    }
    if len(mine) > 1 and ends.start is None and ends.end is not None and shot.id == mine[-1]:
        changes["start_image"] = ends.end
    if len(mine) == 1 and ends.start is None and ends.end is not None:
        # A lone end image is all there is of the place: it is shown from the start.
        changes |= {"start_image": ends.end, "end_image": None}
    if scene.camera is not None:
        changes["camera"] = scene.camera
    if scene.prompt:
        camera = scene.camera or shot.camera
        text = scene.prompt.strip().rstrip(".")
        # A person's words: they are sent as they stand, to whatever model.
        changes |= {
            "prompt": f"{text}; camera: {camera.value}; {look.medium}",
            "motif": text[:120],
            "parts": None,
        }
    return shot.model_copy(update=changes)


def _moved(pulse: Pulse, scenes: SceneList, score: ScorePlan) -> list[str]:
    """How far scenes begin from where the list has them, where that can be seen."""
    found = [
        f"scene {scene.id} begins {abs(section.start - wanted) * 1000:.0f} ms "
        f"{'after' if section.start > wanted else 'before'} {wanted:.2f} s, on the nearest beat"
        for scene, section, wanted in zip(
            scenes.scenes, pulse.analysis.sections, score.starts()[:-1], strict=True
        )
        if abs(section.start - wanted) > FRAME
    ]
    if len(found) > 6:
        return [*found[:6], f"{len(found) - 6} more scenes begin on a beat beside their time"]
    return found


def _unheard(analysis: Analysis, score: ScorePlan, nominal: BeatGrid) -> Analysis:
    """Silence, with the planned beats and energies in the place of what is to be heard."""
    rate = 10.0
    count = max(1, round(analysis.track.duration * rate))
    starts = score.starts()
    values: list[float] = []
    cue = 0
    for i in range(count):
        while cue + 1 < len(score.cues) and i / rate >= starts[cue + 1]:
            cue += 1
        values.append(max(score.cues[cue].energy, 0.05))
    beats = tuple(beat for beat in nominal.beats if beat < analysis.track.duration)
    downbeats = tuple(nominal.beats[i] for i in nominal.downbeats if i < len(beats))
    return analysis.model_copy(
        update={
            "beats": beats,
            "downbeats": downbeats,
            "tempo": score.cues[0].bpm,
            "meter": f"{score.cues[0].meter}/4",
            "energy": Curve(rate=rate, values=tuple(values)),
            "events": (),
            "phrases": (),
            "phrase_levels": (),
            "trust": analysis.trust.model_copy(update={"grid": 1.0}),
        }
    )


def _words(scene: Scene) -> tuple[str, ...]:
    return tuple(word.strip() for word in scene.mood.split(",") if word.strip())


def _letter(n: int) -> str:
    """The n-th of A to Z, AA, AB and so on."""
    text = ""
    n += 1
    while n:
        n, rest = divmod(n - 1, 26)
        text = chr(65 + rest) + text
    return text


def _signed(value: float) -> float:
    return max(-1.0, min(1.0, value))
