"""A finished score beside its plan: scenes, joins and cuts as heard; `planned_grid`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from songreel.generation.score.faults import off_tempo
from songreel.generation.score.grid import Grid
from songreel.models.music import Analysis, BeatGrid
from songreel.models.score import Score, ScorePlan
from songreel.models.score_report import JoinHeard, SceneHeard
from songreel.sound.meter import loudness
from songreel.sound.pcm import Samples

NEAR = 0.05
"""Seconds within which a planned beat counts as heard; people tap that closely."""
SURE = 0.5
"""Trust from which a grid counts."""
AROUND = 1.0
"""Seconds on either side of a cross-fade that it is compared with."""


def planned_grid(plan: ScorePlan) -> BeatGrid:
    """Beats and bars as they are planned, from the track's start to its end.

    Where the tempo changes the new pulse starts on the beat at which the new music is to begin, as
    composing has it.
    """
    starts = plan.starts()
    grid = Grid(plan.first_downbeat, plan.cues[0].bpm, plan.cues[0].meter)
    stretches: list[tuple[float, Grid]] = [(0.0, grid)]
    for start, cue in zip(starts[1:-1], plan.cues[1:], strict=True):
        if (cue.bpm, cue.meter) != (grid.bpm, grid.meter):
            at = grid.join(start)
            grid = Grid(at, cue.bpm, cue.meter)
            stretches.append((at, grid))
    beats: list[float] = []
    downbeats: list[int] = []
    ends = [at for at, _ in stretches[1:]] + [plan.seconds]
    for (start, grid), end in zip(stretches, ends, strict=True):
        first = int(np.ceil((start - grid.anchor) / grid.period - 1e-6))
        for n in range(first, int((end - grid.anchor) / grid.period) + 2):
            time = grid.anchor + n * grid.period
            if max(start - 1e-6, 0) <= time < end - 1e-6:
                if n % grid.meter == 0:
                    downbeats.append(len(beats))
                beats.append(round(max(time, 0.0), 6))
    return BeatGrid(
        beats=tuple(beats), downbeats=tuple(downbeats), beats_per_bar=plan.cues[0].meter
    )


def mostly(plan: ScorePlan) -> float:
    """BPM of most of the score."""
    lengths: dict[float, float] = {}
    for cue in plan.cues:
        lengths[cue.bpm] = lengths.get(cue.bpm, 0.0) + cue.seconds
    return max(lengths, key=lambda bpm: lengths[bpm])


def tempo_near(heard: float | None, meant: float) -> float | None:
    """A tempo at the octave of `meant` that is nearest."""
    return None if heard is None else meant * (1 + off_tempo(heard, meant))


def beats_met(plan: ScorePlan, analysis: Analysis) -> tuple[float | None, float | None]:
    """(share of planned beats that are heard, seconds they are off in the middle)."""
    planned, heard = np.asarray(planned_grid(plan).beats), np.asarray(analysis.beats)
    if heard.size < 2 or not planned.size or analysis.trust.grid < SURE:
        return None, None
    # Where every second beat is counted, or two for one, those of the slower pulse are compared.
    few, many = (planned, heard) if planned.size <= heard.size else (heard, planned)
    return met(few, many)


def met(moments: NDArray[np.float64], times: NDArray[np.float64]) -> tuple[float, float | None]:
    """(share of moments with one of `times` within 50 ms, seconds they are off in the middle).

    Of moments before the first or after the last of `times` nothing is said; with fewer than two
    times, or no moment between them, the share is 0.
    """
    if times.size < 2:
        return 0.0, None
    inside = moments[(moments > times[0] - NEAR) & (moments < times[-1] + NEAR)]
    if not inside.size:
        return 0.0, None
    away = np.abs(inside[:, None] - times).min(axis=1)
    return float((away <= NEAR).mean()), float(np.median(away))


def cuts_met(cuts: Sequence[float], analysis: Analysis) -> tuple[float | None, float | None]:
    """(share of cuts with a beat heard within 50 ms, seconds they are off in the middle)."""
    beats = np.asarray(analysis.beats)
    if not cuts or beats.size < 2 or analysis.trust.grid < SURE:
        return None, None
    away = np.abs(np.asarray(cuts)[:, None] - beats).min(axis=1)
    return float((away <= NEAR).mean()), float(np.median(away))


def scenes_heard(
    score: Score, analysis: Analysis, samples: Samples, rate: int
) -> tuple[SceneHeard, ...]:
    """What is heard in each scene."""
    plan, starts = score.plan, score.plan.starts()
    trusted = analysis.trust.grid >= SURE
    beats = np.asarray(analysis.beats if trusted else ())
    downbeats = np.asarray(analysis.downbeats if trusted else ())
    found = []
    for n, cue in enumerate(plan.cues):
        start, end = starts[n], starts[n + 1]
        inside = beats[(beats >= start - NEAR) & (beats < end - NEAR)]
        slope = float(np.polyfit(np.arange(inside.size), inside, 1)[0]) if inside.size > 2 else 0.0
        level = loudness(samples[:, round(start * rate) : round(end * rate)], rate)
        parts = [part for part in score.parts if part.cue == cue.id]
        found.append(
            SceneHeard(
                id=cue.id,
                start=start,
                end=end,
                bpm=cue.bpm,
                tempo=tempo_near(60 / slope, cue.bpm) if slope > 0 else None,
                beat=_nearest(beats, start),
                downbeat=_nearest(downbeats, start),
                loudness=level.integrated,
                retakes=sum(part.retakes for part in parts),
                remarks=tuple(text for part in parts for text in part.remarks),
            )
        )
    return tuple(found)


def joins_heard(score: Score, samples: Samples) -> tuple[JoinHeard, ...]:
    """What is heard where parts go over into one another.

    Args:
        score: As it was composed.
        samples: Of its track, at its rate, before mastering.
    """
    return tuple(
        JoinHeard(
            scene=part.cue,
            at=part.start / score.rate,
            fade=part.fade / score.rate,
            step=part.step,
            roughness=_roughness(samples, part.start, part.fade, score.rate),
        )
        for part in score.parts[1:]
    )


def _roughness(samples: Samples, start: int, fade: int, rate: int) -> float | None:
    room = round(AROUND * rate)
    steps = np.abs(np.diff(samples, axis=1)).max(axis=0)
    inside = steps[max(start - 1, 0) : start + max(fade, 1)]
    around = np.concatenate(
        [steps[max(start - room, 0) : max(start - 1, 0)], steps[start + fade : start + fade + room]]
    )
    if not inside.size or not around.size or around.max() <= 0:
        return None
    return round(float(inside.max() / around.max()), 4)


def _nearest(times: NDArray[np.float64], at: float) -> float | None:
    if not times.size:
        return None
    return round(float(times[np.abs(times - at).argmin()] - at), 4)


def boundaries(scenes: Sequence[SceneHeard]) -> tuple[str, ...]:
    """A sentence for each scene that does not begin on a beat, to a frame of film."""
    return tuple(
        f"scene {scene.id} begins {abs(scene.beat) * 1000:.0f} ms "
        f"{'before' if scene.beat > 0 else 'after'} the nearest beat"
        for scene in scenes[1:]
        if scene.beat is not None and abs(scene.beat) > 1 / 24
    )
