"""Who listens to a part before it is kept: our ears for rhythm and key, as a `Judge`."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songreel.generation.score.faults import off_tempo
from songreel.generation.score.pulse import feel
from songreel.generation.score.verdict import Surroundings, Verdict
from songreel.models.harmony import Key
from songreel.models.score import ScoreCue
from songreel.sound.pcm import Samples, resample, to_channels

if TYPE_CHECKING:
    from songreel.analysis.rhythm import Rhythm

CONTEXT = 12.0
"""Seconds before a part that are heard with it: a pulse is surer over some bars, and cheap."""
MOST = 30.0
"""Seconds of a part that are listened to."""
ENOUGH = 6
"""Beats of a part from which a tempo is told by them alone."""
SURE = 0.5
"""Trust in a grid from which its beats count (`songreel.models.music.Trust.grid`)."""
TONAL = 3.0
"""Seconds of a part from which a key is told."""
FOREIGN = 0.1
"""By how much a key that is no relative of the planned one must fit better to be told of: over
parts of 4 s in the planned key the planned one is at most 0.05 behind (measured)."""
AGREED = 0.02
"""Share within which two listeners mean the same tempo."""


def ears(samples: Samples, rate: int, cue: ScoreCue, around: Surroundings) -> Verdict:
    """The tempo and the key of new music where it stands, as the analysis hears a song.

    The beats are those of the whole stretch, what comes before included; the tempo is that of the
    beats in the part alone. Where the analysis trusts no grid there, or finds too few beats, the
    onsets laid against the planned pulse tell (`songreel.generation.score.pulse.feel`), and where
    the two disagree, neither is trusted enough to have the part made again.
    """
    from songreel.analysis.audio import ANALYSIS_RATE
    from songreel.analysis.features import extract
    from songreel.analysis.rhythm import find_rhythm

    near = feel(samples, rate, cue, around)
    kept = min(round(CONTEXT * rate), around.before.shape[1]) if around.before.size else 0
    before = around.before[:, around.before.shape[1] - kept :]
    mono, join = _mono(before, samples[:, : round(MOST * rate)], rate)
    rhythm = find_rhythm(mono, extract(mono))
    key = _other_key(mono[round(join * ANALYSIS_RATE) :], cue.key)
    remarks = (f"it is heard in {key}, where {cue.key} is planned",) if key else ()
    found = _tempo(rhythm, join)
    if found is None:
        return near._replace(remarks=(*near.remarks, *remarks))
    if near.tempo is None or near.trust < SURE:
        return Verdict(found, rhythm.trust_grid, remarks)
    if abs(off_tempo(found, near.tempo)) > AGREED:
        told = f"the beats say {found:.1f} BPM and the onsets {near.tempo:.1f}"
        return Verdict(found, min(SURE - 0.01, near.trust), (*remarks, told))
    # Octaves are not told apart here: the planned pulse is one, and onsets are finer than beats.
    return Verdict(near.tempo, max(near.trust, rhythm.trust_grid), remarks)


def _mono(before: Samples, new: Samples, rate: int) -> tuple[NDArray[np.float32], float]:
    """Both at the rate of the analysis, and where the new begins, seconds."""
    from songreel.analysis.audio import ANALYSIS_RATE

    joined = to_channels(np.concatenate([before, new], axis=1) if before.size else new, 1)
    return resample(joined, rate, ANALYSIS_RATE)[0], before.shape[1] / rate if before.size else 0.0


def _other_key(mono: NDArray[np.float32], planned: str) -> str | None:
    """The key that is heard where it is clearly not the planned one, nor a near relative of it."""
    from songreel.analysis.audio import ANALYSIS_RATE
    from songreel.analysis.spectrum import long_spectrum
    from songreel.analysis.tonality import find_key

    if mono.size < TONAL * ANALYSIS_RATE:
        return None
    try:
        key = Key.model_validate(planned)
    except ValueError:
        return None
    chroma = long_spectrum(mono).chroma
    if find_key(chroma, key=key).margin > -FOREIGN:
        return None
    found = find_key(chroma).key
    return None if found is None or found == key else str(found)


def _tempo(rhythm: "Rhythm", join: float) -> float | None:
    """BPM of the beats from `join` on, by a straight line through them."""
    if rhythm.tempo is None or rhythm.trust_grid < SURE:
        return None
    beats = rhythm.beats[rhythm.beats >= join - 0.06]
    if beats.size < ENOUGH:
        return None
    slope = float(np.polyfit(np.arange(beats.size), beats, 1)[0])
    return 60.0 / slope if slope > 0 else None
