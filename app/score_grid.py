"""Where a score was written decides what its hearing leaves open: `as_written`."""

import numpy as np

from songreel.grids import remember
from songreel.models.grid_change import GridChange
from songreel.models.music import Analysis
from songreel.models.score import ScorePlan
from songreel.models.storyboard import Storyboard
from songreel.project import Project
from songreel.score_hearing import SURE, met, mostly, planned_grid

MET = 0.8
"""Share of planned beats that must be heard where they were planned for the plan to be believed."""
_STEADY = 0.03
"""Share by which tempi may differ and still be one."""


def as_written(plan: ScorePlan, analysis: Analysis) -> tuple[GridChange, ...]:
    """What puts the heard beats of a score at the octave and in the bars in which it was written.

    Music tells its pulse and leaves open which octave of it is counted and which beat begins the
    bar; whoever wrote it knows. Only where the beats that were planned are heard does the plan say
    anything of the track.

    Args:
        plan: What was to be played, all of it at one tempo and meter; else nothing is changed.
        analysis: Of the track, as it was heard.
    """
    from songreel.analysis.regrid import corrected

    bpm, meter = mostly(plan), plan.cues[0].meter
    one = all(abs(cue.bpm / bpm - 1) <= _STEADY and cue.meter == meter for cue in plan.cues)
    if not one or not analysis.tempo or analysis.trust.grid < SURE:
        return ()
    octaves = round(float(np.log2(bpm / analysis.tempo)))
    if abs(bpm / analysis.tempo / 2.0**octaves - 1) > _STEADY or abs(octaves) > 2:
        return ()
    octave = [GridChange(kind="double" if octaves > 0 else "half")] * abs(octaves)
    planned = planned_grid(plan)
    beats = np.asarray(planned.beats)
    bars = beats[list(planned.downbeats)]
    bar_one = GridChange(kind="bar one", seconds=float(bars[0]))
    count = GridChange(kind="meter", meter=f"{meter}/4")
    for bar in ([], [bar_one], [count], [count, bar_one]):
        changes = (*octave, *bar)
        counted = corrected(analysis, changes)
        if met(beats, np.asarray(counted.beats))[0] < MET:
            return ()
        if met(bars, np.asarray(counted.downbeats))[0] >= MET:
            return changes
    return ()


def heard_as_written(plan: ScorePlan, analysis: Analysis) -> tuple[Analysis, tuple[str, ...]]:
    """(the analysis of a score with its beats counted as written, what is to be told of that)."""
    from songreel.analysis.regrid import corrected

    changes = as_written(plan, analysis)
    if not changes:
        return analysis, ()
    how = " ".join(str(change) for change in changes)
    told = (
        f"by itself the music would be counted at {analysis.tempo:.2f} BPM in {analysis.meter}; "
        f"its beats and bars are counted as they were written ({how})"
    )
    return corrected(analysis, changes), (told,)


def counted_as_written(project: Project, analysis: Analysis, plan: ScorePlan) -> Analysis:
    """The analysis of a film's score, its beats and bars counted as they were written.

    It is a correction as any that a person makes: `songreel grid` shows it and takes it back. One
    that a person has made stays, and so does a plan that stands on the beats as they were heard.
    """
    from songreel.analysis.regrid import corrected

    if project.state.grid:
        return analysis
    if project.plan.is_file() and Storyboard.load(project.plan).grid == analysis.grid:
        return analysis
    changes = as_written(plan, analysis)
    if not changes:
        return analysis
    counted = corrected(analysis, changes)
    remember(project, analysis, changes, counted)
    return counted
