"""The mix brought to its loudness and under its ceiling: `Level`, `find_level`."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from songreel.assembly.mixing.bus import Bus
from songreel.assembly.mixing.overshoot import Dips
from songreel.assembly.mixing.stem import RATE, Block
from songreel.models.mix import MixSpec
from songreel.models.music import Loudness
from songreel.sound.fades import Ends
from songreel.sound.limit import Limiter
from songreel.sound.meter import LoudnessMeter

NEAR = 0.1
"""LU from the target at which it is reached."""
FADED = 0.6
"""LU by which fades at the ends may leave the whole under the target: they then do not change the
level of what lies between them. Beyond that the loudness of the whole comes first."""
RAISED = 40.0
"""dB by which a quiet mix is raised at the most: what is under −54 LUFS is the noise of a room or
of a recorder, and not a sound that was meant to be heard."""
_SHORT = 0.5
"""LU under the target from which on it is told, where no fade is the reason."""
LIMITED = 12.0
"""dB that the limiter takes off the highest peak at the most. Twice what is done to dense music
for −14 LUFS (peaks 14 to 20 dB above the loudness); more is heard as a change of the sound."""
_PASSES = 5
"""Of the whole mix through the limiter and the meter; two are usual."""


class Level(NamedTuple):
    """What is done to the whole mix."""

    gain: float
    """dB."""
    ceiling: float
    """dBTP that the limiter keeps to."""
    expected: float | None = None
    """LUFS of what comes of it; None where no loudness was asked for."""
    notices: tuple[str, ...] = ()
    """Why the target is not reached, a sentence each."""


class Levelled:
    """The mix at its level: gain, limiter, then the fades at its ends, which end in silence."""

    def __init__(self, bus: Bus, level: Level, ends: Ends, dips: Dips | None = None) -> None:
        self._bus, self._ends, self._dips = bus, ends, dips
        self._gain = np.float32(10 ** (level.gain / 20))
        self._limiter = Limiter(RATE, 2, level.ceiling)

    @property
    def reduction(self) -> float:
        """By how many dB the limiter went down at most so far."""
        return self._limiter.reduction

    def blocks(self) -> Iterator[Block]:
        """The samples, in blocks of shape (2, n); once."""
        at = 0
        for block in self._limited():
            yield self._ends.faded(block, at)
            at += block.shape[1]

    def _limited(self) -> Iterator[Block]:
        at = 0
        for block in self._bus.blocks():
            weights = self._dips.weights(at, block.shape[1]) if self._dips else None
            yield self._limiter.push(block * self._gain, weights)
            at += block.shape[1]
        yield self._limiter.finish()


def find_level(bus: Bus, spec: MixSpec, ends: Ends, tick: Callable[[float], None]) -> Level:
    """The gain by which the mix comes to `spec.target`.

    The limiter takes some of the loudness away again, so it is found by trying.

    Args:
        bus: Written.
        spec: The target and the ceiling.
        ends: The fades at both ends.
        tick: Told how much is done, 0 to 1.
    """
    found = bus.loudness
    assert found is not None
    if found.true_peak is None:
        return Level(0.0, spec.ceiling, None, ("the mix is silent; it was left so",))
    if spec.target is None:
        return Level(0.0, spec.ceiling)
    if found.integrated is None:
        return Level(0.0, spec.ceiling, None, (
            "the mix is too short or too quiet to have a loudness (0.4 s over −70 LUFS); its level "
            "was left",
        ))  # fmt: skip
    most = min(RAISED, spec.ceiling - found.true_peak + LIMITED)
    gain = min(spec.target - found.integrated, most)
    reached = found.integrated + gain
    limited = found.true_peak + gain > spec.ceiling
    search = _Search(bus, spec, spec.ceiling - limited * spare(spec), most, tick)
    if limited:
        gain, reached = search.found(gain, Ends(bus.total))
    if ends.some:
        faded = search.tried(gain, ends)
        if abs(faded - reached) > FADED:
            gain, faded = search.found(min(gain + reached - faded, search.most), ends)
        reached = faded
    return Level(
        gain, search.ceiling, reached, _why(spec, found, reached, FADED if ends.some else _SHORT)
    )


class _Search:
    """Tries gains on the whole mix."""

    def __init__(
        self, bus: Bus, spec: MixSpec, ceiling: float, most: float, tick: Callable[[float], None]
    ) -> None:
        assert spec.target is not None
        self._bus, self._target, self.ceiling = bus, spec.target, ceiling
        self.most, self._tick, self._count = most, tick, 0

    def tried(self, gain: float, ends: Ends) -> float:
        """LUFS that the mix has with a gain."""
        self._tick(min(1.0, self._count / _PASSES))
        self._count += 1
        level = Level(gain, self.ceiling)
        heard = measure(Levelled(self._bus, level, ends).blocks(), peaks=False).integrated
        return -70.0 if heard is None else heard

    def found(self, gain: float, ends: Ends) -> tuple[float, float]:
        """The best gain from `gain` on, `most` at the most, and the LUFS it leads to."""
        known: list[tuple[float, float]] = []
        for _ in range(_PASSES):
            known.append((gain, self.tried(gain, ends)))
            if abs(known[-1][1] - self._target) <= NEAR:
                break
            further = min(_next(known, self._target), self.most)
            if abs(further - gain) < 0.02:
                break
            gain = further
        return min(known, key=lambda one: abs(one[1] - self._target))


def spare(spec: MixSpec) -> float:
    """How far under the ceiling, in dB, the limiter keeps what AAC will lift; 0 for others.

    Songs limited at 192 kbit/s came back 0.3 to 0.7 dB higher, at 96 and 64 kbit/s 1.0 to 1.8.
    """
    if spec.codec != "aac":
        return 0.0
    return 0.5 if spec.bitrate >= 160_000 else 1.0


def measure(blocks: Iterator[Block], *, peaks: bool = True) -> Loudness:
    """The loudness of stereo sound at `RATE`; without `peaks` nothing of its true peak."""
    meter = LoudnessMeter(RATE, 2, peaks=peaks)
    for block in blocks:
        meter.push(block)
    return meter.finish()[0]


def _next(tried: list[tuple[float, float]], target: float) -> float:
    """The gain to try next: along the line through the last two, and 6 dB further at the most."""
    gain, reached = tried[-1]
    slope = 1.0
    if len(tried) > 1:
        before, was = tried[-2]
        slope = float(np.clip((reached - was) / (gain - before), 0.2, 1.0))
    return gain + min((target - reached) / slope, 6.0)


def _why(spec: MixSpec, found: Loudness, reached: float, slack: float) -> tuple[str, ...]:
    assert spec.target is not None
    assert found.integrated is not None
    assert found.true_peak is not None
    if reached >= spec.target - slack - NEAR:
        return ()
    short = f"the mix is at {reached:.1f} LUFS and not at {spec.target:g}: "
    if spec.ceiling - found.true_peak + LIMITED > RAISED:
        return (
            f"{short}its {found.integrated:.1f} LUFS were raised by {RAISED:g} dB and no further, "
            "so as not to make a sound of noise; a gain raises it",
        )
    return (
        f"{short}its peaks are {found.true_peak - found.integrated:.0f} dB above its loudness, "
        f"and the limiter takes off {LIMITED:g} dB at the most to keep {spec.ceiling:g} dBTP",
    )
