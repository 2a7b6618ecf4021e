"""Fades at the ends of a sound and from one sound to another: `fade_in`, `fade_out`, `crossfade`.

A fade touches its own span and nothing else: what lies outside comes back bit for bit.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from songreel.models.errors import InvalidInput
from songreel.sound.pcm import Samples

Gains = NDArray[np.float64]

Curve = Literal["cosine", "power", "linear"]
"""How the amplitude rises from 0 to 1 with t from 0 to 1: `cosine` ½ − ½ cos πt, without a kink at
either end; `power` sin(πt / 2), whose square and its mirror image's add up to 1; `linear` t."""

Blend = Literal["matched", "power", "gain"]
"""How one sound goes over to another: by how alike the two are; or as for sounds that have nothing
to do with each other (the squares of the gains add up to 1); or as for the same sound (the gains
themselves do)."""

OPPOSED = -0.5
"""Least correlation that `matched` makes up for: of sounds that cancel, more would raise either by
over 1.25 dB."""


def rising(length: int, curve: Curve = "cosine") -> Gains:
    """Gains of a fade in, shape (length,): 0 first; the sample after the last would have 1."""
    return _risen(np.arange(length) / max(length, 1), curve)


class Ends:
    """Fades at both ends of a sound that streams by.

    Args:
        count: Samples of the whole sound.
        fade_in: Samples of the fade at its start, 0 for none.
        fade_out: Likewise at its end.
        curve: Of both.

    Raises:
        InvalidInput: The two do not fit.
    """

    def __init__(
        self, count: int, fade_in: int = 0, fade_out: int = 0, curve: Curve = "cosine"
    ) -> None:
        if fade_in < 0 or fade_out < 0 or fade_in + fade_out > count:
            raise InvalidInput(
                f"fades of {fade_in} and {fade_out} samples do not fit a sound of {count} samples"
            )
        self._count, self._in, self._out, self._curve = count, fade_in, fade_out, curve

    @property
    def some(self) -> bool:
        """Whether there is any fade."""
        return self._in > 0 or self._out > 0

    def faded(self, block: Samples, at: int) -> Samples:
        """`block`, shape (channels, n), whose first sample is sample `at`, with the fades on it.

        It is `block` itself where it lies between them.
        """
        last = at + block.shape[1]
        tail = self._count - self._out
        if at >= self._in and last <= tail:
            return block
        gains = np.ones(block.shape[1])
        if at < self._in:
            risen = _risen(np.arange(at, min(last, self._in)) / self._in, self._curve)
            gains[: risen.size] *= risen
        if last > tail:
            first = max(at, tail)
            places = np.arange(first, last)
            gains[first - at :] *= _risen((self._count - 1 - places) / self._out, self._curve)
        return np.asarray(block * gains.astype(np.float32), np.float32)


def fade_in(samples: Samples, length: int, curve: Curve = "cosine") -> Samples:
    """Begin from silence.

    Args:
        samples: Shape (channels, n).
        length: Samples until it is as it was; the first one is silent. 0: nothing happens.
        curve: Of the amplitude.

    Returns:
        A new array of the same shape.

    Raises:
        InvalidInput: The fade is longer than the sound.
    """
    _fits(samples, length)
    faded = samples.copy()
    faded[:, :length] *= rising(length, curve).astype(np.float32)
    return faded


def fade_out(samples: Samples, length: int, curve: Curve = "cosine") -> Samples:
    """End in silence; `fade_in` the other way round: the last sample is silent.

    Raises:
        InvalidInput: The fade is longer than the sound.
    """
    _fits(samples, length)
    faded = samples.copy()
    faded[:, faded.shape[1] - length :] *= rising(length, curve)[::-1].astype(np.float32)
    return faded


def crossfade(old: Samples, new: Samples, blend: Blend = "matched") -> Samples:
    """Go over from one sound to another, at a power that stays as it is.

    Equal gains make a dip of 3 dB of two sounds that have nothing in common, equal powers a bump
    of 3 dB of two that are the same. `matched` takes the correlation r of the two into account:
    with r = cos φ the gains are sin((1 − t)φ) / sin φ and sin(tφ) / sin φ, the shortest way from
    one vector of unit length to another at that angle, whose length is 1 all along. Such gains are
    signal-matched and power-complementary (Fink, Holters and Zölzer, DAFx-16); r = 1 gives equal
    gains, r = 0 equal powers. One curve serves all channels, so that nothing moves between them.

    Args:
        old: Shape (channels, n): what is heard before the span and fades out in it.
        new: Shape (channels, n): what is heard after it.
        blend: By which rule.

    Returns:
        Shape (channels, n). The sample before it would be the old sound's alone, the one after it
        the new one's.

    Raises:
        InvalidInput: The two are not of one shape.
    """
    if old.shape != new.shape:
        raise InvalidInput(f"sounds of shapes {old.shape} and {new.shape} cannot be cross-faded")
    going, coming = blended(old.shape[1], _alike(old, new, blend))
    return np.asarray(old * going + new * coming, np.float32)


def blended(length: int, correlation: float) -> tuple[Gains, Gains]:
    """Gains of the old and the new sound over a cross-fade, shape (length,) each.

    Args:
        length: Samples.
        correlation: Of the two, −1 to 1.
    """
    # The way through is eased, so that neither gain has a kink where the span begins or ends.
    t = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, length + 1) / (length + 1))
    angle = np.arccos(np.clip(correlation, OPPOSED, 1.0))
    if angle < 1e-3:  # sin x / sin y is x / y here to 1e-7
        return 1 - t, t
    return np.sin((1 - t) * angle) / np.sin(angle), np.sin(t * angle) / np.sin(angle)


def correlation(old: Samples, new: Samples) -> float:
    """How alike two sounds of one shape are where both are heard in a cross-fade, −1 to 1.

    The middle counts most, the ends nothing. 0 where one of them is silent.
    """
    t = (np.arange(old.shape[1]) + 0.5) / max(old.shape[1], 1)
    weight = t * (1 - t)
    both, first, second = (
        float((weight * np.einsum("cn,cn->n", a, b, dtype=np.float64)).sum())
        for a, b in ((old, new), (old, old), (new, new))
    )
    return both / (first * second) ** 0.5 if first > 0 and second > 0 else 0.0


def _risen(t: Gains, curve: Curve) -> Gains:
    if curve == "cosine":
        return np.asarray(0.5 - 0.5 * np.cos(np.pi * t))
    return np.sin(np.pi / 2 * t) if curve == "power" else t


def _alike(old: Samples, new: Samples, blend: Blend) -> float:
    if blend == "matched":
        return correlation(old, new)
    return 1.0 if blend == "gain" else 0.0


def _fits(samples: Samples, length: int) -> None:
    if not 0 <= length <= samples.shape[1]:
        raise InvalidInput(
            f"a fade of {length} samples does not fit a sound of {samples.shape[1]} samples"
        )
