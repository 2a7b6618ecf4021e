"""Several trackers at once: the beats that most of them agree on, trusted as far as they do."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.features import Features
from songreel.analysis.rhythm import Rhythm, none
from songreel.analysis.trackers import registry
from songreel.analysis.trackers.agreement import Agreement, f_measure, mutual, nearest
from songreel.analysis.trackers.tracker import Licence, Tracker
from songreel.models.errors import SongreelError

SAME_BEATS = 0.7
"""Agreement from which two trackers are said to hear the same beats; below it a member's bars do
not count for another's beats."""
_WORDS = {2.0: "double", 0.5: "half", 3.0: "triple", 1 / 3: "a third of"}


class Ensemble:
    """All trackers that are installed, by their mean mutual agreement."""

    name = "ensemble"
    hears_bars = True
    install = "pip install 'songreel[librosa]'"

    def __init__(self, members: tuple[Tracker, ...] | None = None) -> None:
        """`members`: in the order in which ties are settled; all that are installed by default."""
        self._members = members if members is not None else _installed()

    @property
    def licence(self) -> Licence:
        """The strictest of its members'."""
        bound = [t for t in self._members if not t.licence.commercial]
        code = " + ".join(dict.fromkeys(t.licence.code for t in self._members))
        weights = ", ".join(f"{t.licence.weights} ({t.name})" for t in bound)
        return Licence(code, weights or None, commercial=not bound)

    def available(self) -> bool:
        """Whether there is somebody to ask."""
        return bool(self._members)

    def version(self) -> str:
        """Who is asked, and each one's version."""
        return "+".join(f"{t.name}{t.version()}" for t in self._members)

    def track(self, mono: NDArray[np.float32], features: Features) -> Rhythm:
        """The beats and bars that most members agree on.

        Trust in the grid is the geometric mean of the onsets' own evidence and of the agreement:
        neither noise that repeats by chance nor beats that one tracker alone hears are believed.
        """
        heard: dict[str, Rhythm] = {}
        left_out: list[str] = []
        for tracker in self._members:
            try:
                heard[tracker.name] = tracker.track(mono, features)
            except SongreelError as error:
                left_out.append(f"{tracker.name} was left out: {error}")
        asked = ", ".join(heard) or "nobody"
        with_pulse = {name: rhythm for name, rhythm in heard.items() if rhythm.beats.size}
        if not with_pulse:
            reasons = [reason for rhythm in heard.values() for reason in rhythm.reasons[:1]]
            method = f"agreement of {asked}: no pulse"
            return replace(
                none("none of the trackers hears a pulse", method),
                reasons=tuple(dict.fromkeys([*reasons, *left_out])),
            )
        if len(heard) == 1:
            ((name, alone),) = heard.items()
            reasons = [*alone.reasons, f"only {name} could be asked: nobody to agree with"]
            return replace(alone, reasons=(*reasons, *left_out))
        means, pairs = mutual({name: rhythm.beats for name, rhythm in heard.items()})
        picked = max(with_pulse, key=lambda name: means[name])
        # Bars that we derived for a library are our own opinion, and counted once.
        voters = {tracker.name for tracker in self._members if tracker.hears_bars}
        rhythm = _with_bars(heard[picked], picked, heard, pairs, voters)
        told = _told(picked, heard, pairs)
        shared = [pair for (one, _), pair in pairs.items() if one == picked and pair.aware > 0]
        octave = float(np.mean([pair.strict / pair.aware for pair in shared])) if shared else 0.0
        return replace(
            rhythm,
            trust_grid=_mean(rhythm.trust_grid, means[picked]),
            trust_octave=_mean(rhythm.trust_octave, octave),
            reasons=(*rhythm.reasons, *told, *left_out),
            method=f"agreement of {asked}: {picked} agrees most with the others, "
            f"{means[picked]:.2f} of 1 ({rhythm.method})",
        )


def _installed() -> tuple[Tracker, ...]:
    found = (registry.look_up(name) for name in registry.names() if name != Ensemble.name)
    return tuple(tracker for tracker in found if tracker.available())


def _with_bars(
    rhythm: Rhythm,
    picked: str,
    heard: dict[str, Rhythm],
    pairs: dict[tuple[str, str], Agreement],
    voters: set[str],
) -> Rhythm:
    """The picked beats with the bars that most `voters` who hear them agree on."""
    bars = {picked: rhythm.downbeats}
    for name, other in heard.items():
        if name == picked or name not in voters:
            continue
        if pairs[picked, name].strict >= SAME_BEATS:
            found = nearest(other.beats[other.downbeats], rhythm.beats)
            bars[name] = np.unique(found[found >= 0])
    if len(bars) == 1:
        return rhythm
    times = {name: rhythm.beats[downbeats] for name, downbeats in bars.items()}
    means = {
        name: float(np.mean([f_measure(one, times[o]) for o in times if o != name]))
        for name, one in times.items()
    }
    # Two alone agree as much with each other: then the bars with more evidence.
    best = max(means, key=lambda name: (round(means[name], 3), heard[name].trust_meter))
    trust = _mean(heard[best].trust_meter, means[best])
    if best == picked or bars[best].size < 2:
        return replace(rhythm, trust_meter=trust)
    return replace(rhythm, downbeats=bars[best], meter=heard[best].meter, trust_meter=trust)


def _told(
    picked: str, heard: dict[str, Rhythm], pairs: dict[tuple[str, str], Agreement]
) -> list[str]:
    """Who agrees with the picked beats and who does not, in sentences."""
    alike, other = [picked], []
    for name, rhythm in heard.items():
        if name == picked:
            continue
        pair = pairs[picked, name]
        if pair.strict >= SAME_BEATS:
            alike.append(name)
        elif not rhythm.beats.size:
            other.append(f"{name} hears no pulse")
        elif pair.off >= SAME_BEATS:
            other.append(f"{name} hears the beats half way between those of {picked}")
        elif pair.aware >= SAME_BEATS:
            other.append(f"{name} hears the beats at {_WORDS[pair.ratio]} the rate of {picked}")
        else:
            other.append(f"{name} hears other beats than {picked}")
    if len(alike) > 1:
        other.insert(0, f"{', '.join(alike[:-1])} and {alike[-1]} hear the same beats")
    return other


def _mean(one: float, other: float) -> float:
    """Geometric mean, to three places."""
    return round(float(np.sqrt(one * other)), 3)
