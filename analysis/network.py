"""The beat network: `Network` hears beats and downbeats in mel frames, in numpy alone.

A convolutional front over frames and bands, then dilated residual layers over time, after Böck and
Davies, "Deconstruct, Analyse, Reconstruct" (ISMIR 2020). It is trained by the recipe in the
project's `training` folder, which also writes the file of weights that is read here.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from songreel.analysis.features import BANDS
from songreel.models.errors import InvalidInput

FORMAT = 1
"""Of the file of weights; raised when the network's build changes."""
BLOCK = 15_000
"""Frames of the network heard at a time: five minutes, so that most songs are one block."""
CHUNK = 512
"""Frames of the network whose bands are held at once by the front: 30 MiB."""
BAND_POOL = 4

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Activation:
    """Log-odds of a beat and of a downbeat at each feature frame, both of shape (n,)."""

    beat: Array
    downbeat: Array


@dataclass(frozen=True)
class Network:
    """Weights, batch normalisation folded in. Rows of a matrix are taps × channels that go in."""

    front: tuple[tuple[Array, Array], ...]
    """Three convolutions: matrix and bias each."""
    trunk: tuple[tuple[Array, Array, Array, Array], ...]
    """For each layer the dilated convolution and the mixing: matrix, bias, matrix, bias."""
    head: tuple[Array, Array]

    @classmethod
    def load(cls, path: Path) -> "Network":
        """The network of a file that `training.export` wrote.

        Raises:
            InvalidInput: No such file, or another or a damaged one.
        """
        try:
            with np.load(path) as stored:
                if int(stored["format"]) != FORMAT or int(stored["bands"]) != BANDS:
                    raise InvalidInput(
                        f"{path} holds a beat network of another build: export it again"
                    )
                layers = int(stored["layers"])
                parts = {
                    name: stored[name].astype(np.float32)
                    for name in stored.files
                    if stored[name].dtype.kind == "f"
                }
            return cls(
                front=tuple((parts[f"conv{i}"], parts[f"conv{i}_bias"]) for i in (1, 2, 3)),
                trunk=tuple(
                    (
                        parts[f"reach{i}"],
                        parts[f"reach{i}_bias"],
                        parts[f"mix{i}"],
                        parts[f"mix{i}_bias"],
                    )
                    for i in range(layers)
                ),
                head=(parts["head"], parts["head_bias"]),
            )
        except (OSError, KeyError, ValueError, BadZipFile) as error:
            raise InvalidInput(f"{path} is no file of weights of the beat network") from error

    @property
    def context(self) -> int:
        """Frames of the network to each side that a frame of it hears, the front's own aside."""
        taps = self._taps
        return sum((taps // 2) * 2**i for i in range(len(self.trunk)))

    @property
    def _taps(self) -> int:
        matrix = self.trunk[0][0]
        return int(matrix.shape[0] // matrix.shape[1])

    def listen(self, mel: Array) -> Activation:
        """What is heard in `Features.mel`, shape (n, BANDS), n >= 1.

        Long songs are heard in blocks with as much before and after as the network reaches, so
        that no seam shows.
        """
        count = -(-mel.shape[0] // 2)
        odds = np.empty((count, 2), np.float32)
        for start in range(0, count, BLOCK):
            stop = min(start + BLOCK, count)
            first, last = max(start - self.context, 0), min(stop + self.context, count)
            odds[start:stop] = self._hear(mel, first, last)[start - first : stop - first]
        # Frame i of the network is centred between the feature frames 2i and 2i + 1.
        places, centres = np.arange(mel.shape[0]), 2 * np.arange(count) + 0.5
        beat, downbeat = (
            np.interp(places, centres, odds[:, k]).astype(np.float32) for k in range(2)
        )
        return Activation(beat, downbeat)

    def _hear(self, mel: Array, first: int, last: int) -> Array:
        x = np.concatenate(
            [self._front(mel, at, min(at + CHUNK, last)) for at in range(first, last, CHUNK)]
        )
        taps = self._taps
        for i, (reach, reach_bias, mix, mix_bias) in enumerate(self.trunk):
            spread = 2**i
            edge = spread * (taps // 2)
            padded = np.pad(x, ((edge, edge), (0, 0)))
            seen = np.concatenate(
                [padded[k * spread : k * spread + x.shape[0]] for k in range(taps)], axis=1
            )
            x = x + (_elu(seen @ reach + reach_bias) @ mix + mix_bias)
        matrix, bias = self.head
        return np.asarray(_elu(x) @ matrix + bias)

    def _front(self, mel: Array, first: int, last: int) -> Array:
        """Frames [first, last) of the front, shape (last − first, width)."""
        (one, one_bias), (two, two_bias), (three, three_bias) = self.front
        # Two feature frames a frame, one frame more to each side for the second convolution, and
        # one feature frame more for the first.
        begin, end = 2 * first - 3, 2 * last + 3
        inside = mel[max(begin, 0) : min(end, mel.shape[0])]
        before = max(-begin, 0)
        frames = np.pad(inside, ((before, end - begin - before - inside.shape[0]), (1, 1)))
        x = _patches(frames[..., None]) @ one + one_bias
        x = _pool_bands(np.maximum(x[0::2], x[1::2]), 2)
        x = _elu(x)
        # Beyond the song the second convolution saw zeros, not what the first makes of silence.
        count = -(-mel.shape[0] // 2)
        x[: max(1 - first, 0)] = 0.0
        x[x.shape[0] - max(last + 1 - count, 0) :] = 0.0
        x = _patches(np.pad(x, ((0, 0), (1, 1), (0, 0)))) @ two + two_bias
        x = _elu(_pool_bands(x, BAND_POOL))
        return _elu(x.reshape(x.shape[0], -1) @ three + three_bias)


@lru_cache(maxsize=1)
def standard() -> Network:
    """The package's own network; BEAT_NETWORK.md beside it says what it was trained on."""
    with as_file(files("songreel.analysis").joinpath("beat_network.npz")) as path:
        return Network.load(path)


def _patches(x: Array) -> Array:
    """Neighbourhoods of 3 × 3 in (frames, bands, channels), their channels innermost."""
    frames, bands, channels = x.shape
    out = np.empty((frames - 2, bands - 2, 9 * channels), np.float32)
    for t in range(3):
        for f in range(3):
            at = (3 * t + f) * channels
            out[..., at : at + channels] = x[t : t + frames - 2, f : f + bands - 2]
    return out


def _pool_bands(x: Array, size: int) -> Array:
    out = x[:, 0::size]
    for k in range(1, size):
        out = np.maximum(out, x[:, k::size])
    return out


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
