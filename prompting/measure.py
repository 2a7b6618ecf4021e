"""Every planning rule of the craft, measured on a storyboard."""

from itertools import pairwise

from songreel.models.music import Analysis
from songreel.models.storyboard import Storyboard
from songreel.models.transition import TransitionKind
from songreel.prompting.pulse import Pulse
from songreel.prompting.rules import Measure, judge
from songreel.prompting.styles import style_called
from songreel.prompting.sung import Sung

__all__ = ["Measure", "measure"]


def measure(storyboard: Storyboard, analysis: Analysis) -> tuple[Measure, ...]:
    """Each rule as a number with its limit and whether it holds; None where it does not apply.

    Rules on timing are measured on where the shots start, whoever put them there: a plan, an
    edit by hand or a baseline. The rest looks at what neighbouring shots show.
    """
    pulse = Pulse(analysis)
    style = storyboard.cutting or style_called(storyboard.style)
    timing = judge(pulse, storyboard.starts, style, Sung(storyboard.lyrics))
    shots = storyboard.shots
    flashes = [
        start
        for shot, start in zip(shots, storyboard.starts, strict=True)
        if shot.transition.kind is TransitionKind.FLASH
    ]
    crowded = max((sum(t <= u < t + 1 for u in flashes) for t in flashes), default=0)
    pairs = list(pairwise(shots))
    twice = sum(a.prompt == b.prompt for a, b in pairs)
    same_size = sum(a.size is b.size for a, b in pairs)
    longest = max(shot.transition.seconds for shot in shots)
    choruses = {
        shot.section
        for shot in shots
        if storyboard.sections[shot.section].label in ("chorus", "drop")
    }
    later = [
        i
        for i in choruses
        if any(
            j < i and storyboard.sections[j].letter == storyboard.sections[i].letter
            for j in choruses
        )
    ]
    told = [shot for shot in shots if shot.section in later]
    rhymes = 100 * sum(shot.rhymes_with is not None for shot in told) / len(told) if told else None
    return (
        *timing,
        Measure("flashes in any second", crowded, "≤ 3", crowded <= 3),
        Measure("longest transition", longest, "≤ 1.5 s", longest <= 1.5),
        Measure("neighbours with the same prompt", twice, "≤ 0", twice == 0),
        Measure("neighbours of the same size", same_size, "≤ 0", same_size == 0),
        Measure(
            "shots of a returning chorus that rhyme",
            None if rhymes is None else round(rhymes, 1),
            "≥ 60 %",
            None if rhymes is None else rhymes >= 60,
            note="" if told else "no chorus returns",
        ),
    )
