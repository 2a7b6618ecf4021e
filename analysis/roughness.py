"""How rough the sound is, ten times a second: `find_roughness`."""

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.spectrum import Spectrum
from songreel.sound.compiled import compiled

_FAST, _SLOW = 3.5, 5.75
"""Slopes of the two exponentials whose difference is the dissonance of two pure tones after Plomp
and Levelt ("Tonal consonance and critical bandwidth", JASA 38, 1965), as fitted by Sethares ("Local
consonance and the relationship between timbre and scale", JASA 94, 1993)."""
_NEAREST, _WIDTH, _REST = 0.24, 0.021, 19.0
"""Place of greatest dissonance, and how the critical band widens with frequency (Sethares 1993)."""
_REACH = 1.2
"""Distance, in the same measure, beyond which two tones are smooth together: 1 % of the most."""
_DEPTH = 10 ** (-40 / 20)
"""Magnitude, of the frame's strongest partial, under which a partial is masked by its neighbours
rather than beating with them."""
_TOP = 0.1808
"""Greatest value of the difference of the exponentials, by which it is divided."""


def find_roughness(spectrum: Spectrum) -> NDArray[np.float64]:
    """Sensory dissonance of each frame's partials, shape (n,), from 0; 0 where nothing sounds.

    Every two partials count by the weaker of them (Sethares 1993; a product would count a distant
    one hardly at all), and the sum is divided by that of all magnitudes: no level enters. Pure
    tones a third apart give about 0.1, two tones a semitone apart 0.5, noise more than 1.
    """
    peaks = spectrum.peaks
    starts = np.searchsorted(peaks.frame, np.arange(spectrum.chroma.shape[0] + 1))
    hertz = (261.6256 * np.exp2(peaks.pitch / 12)).astype(np.float32)
    return _roughness(hertz, peaks.strength, starts)


@compiled
def _roughness(
    hertz: NDArray[np.float32], strength: NDArray[np.float32], starts: NDArray[np.intp]
) -> NDArray[np.float64]:
    out = np.zeros(starts.size - 1)
    for frame in range(starts.size - 1):
        rough, whole, least = 0.0, 0.0, 0.0
        for i in range(starts[frame], starts[frame + 1]):
            least = max(least, _DEPTH * strength[i])
        for i in range(starts[frame], starts[frame + 1]):
            if strength[i] < least:
                continue
            whole += strength[i]
            scale = _NEAREST / (_WIDTH * hertz[i] + _REST)
            for j in range(i + 1, starts[frame + 1]):
                away = scale * (hertz[j] - hertz[i])
                if away > _REACH:
                    break
                if strength[j] < least:
                    continue
                beating = (np.exp(-_FAST * away) - np.exp(-_SLOW * away)) / _TOP
                rough += min(strength[i], strength[j]) * beating
        if whole > 0.0:
            out[frame] = rough / whole
    return out
