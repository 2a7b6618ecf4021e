"""How far the analysis can be believed, and why, in words: `find_trust`."""

import numpy as np

from songreel.analysis.sections import Form
from songreel.analysis.tonality import KeyFinding
from songreel.models.music import Trust

_CLEAR_KEY, _CLEAR_MARGIN = 0.85, 0.2
"""Correlation with the key's profile, and lead over unrelated keys, of an unmistakable key: two
thirds of the twelve songs of the evaluation set, whose keys were all found, reach them."""
_LEAST_CLARITY = 0.45
"""Correlation that noise reaches by chance."""
_FEW_CHORDS = 12.0
"""Seconds of sound below which a key has hardly had the chords to show itself."""
_CLEAR_BORDER = 0.3
"""Clarity of a border that any listener would set; the median over the evaluation set is 0.27."""
_FEW_SECONDS = 30.0
"""Below this a form can hardly show itself."""


def key_trust(finding: KeyFinding, noisiness: float, seconds: float) -> float:
    """0 to 1; low for noise, for rivals that fit nearly as well, and for a few seconds of sound."""
    if finding.key is None:
        return 0.0
    fit = np.clip((finding.clarity - _LEAST_CLARITY) / (_CLEAR_KEY - _LEAST_CLARITY), 0, 1)
    lead = np.clip(finding.margin / _CLEAR_MARGIN, 0, 1)
    tonal = np.clip((0.95 - noisiness) / 0.3, 0, 1)
    long_enough = min(1.0, seconds / _FEW_CHORDS)
    return round(float(fit * (0.4 + 0.6 * lead) * tonal * long_enough), 4)


def form_trust(form: Form, grid: float, seconds: float) -> float:
    """0 to 1: how clear the borders are, whether anything repeats, and whether bars are known."""
    if len(form.letters) < 2:
        return round(0.3 * min(1.0, seconds / _FEW_SECONDS), 4)
    borders = float(np.clip(np.mean(form.clarity[1:]) / _CLEAR_BORDER, 0, 1))
    heard = [letter for letter, silent in zip(form.letters, form.silent, strict=True) if not silent]
    repeats = 1 - len(set(heard)) / max(len(heard), 1)
    value = (0.55 * borders + 0.45 * min(1.0, 2 * repeats)) * (0.5 + 0.5 * grid)
    return round(float(value * min(1.0, seconds / _FEW_SECONDS)), 4)


def find_trust(
    *,
    grid: float,
    octave: float,
    meter: float,
    sections: float,
    key: float,
    silent: bool,
    reasons: tuple[str, ...],
) -> Trust:
    """Put the parts together; `reasons` are those of the rhythm, to which others are added."""
    said = list(reasons)
    if silent:
        said.append("the song is silent")
    else:
        if grid < 0.5:
            said.append("no bar lines to trust: sections and phrases follow the sound alone")
        if sections < 0.4:
            said.append("sections differ little from each other, or nothing repeats")
        if key < 0.4:
            said.append("no key stands out")
    return Trust(
        grid=round(grid, 4),
        octave=round(octave, 4),
        meter=round(meter, 4),
        sections=sections,
        key=key,
        reasons=tuple(dict.fromkeys(said)),
    )
