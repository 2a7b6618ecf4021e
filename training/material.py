"""Excerpts for training: `Material`, drawn with changes of tempo, level and band."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FRAMES = 3200
"""Feature frames an excerpt: 32 s at 100 a second."""
RATE, OUT_RATE = 100.0, 50.0
"""Frames a second that go in and come out."""
WIDTH = 0.5
"""Target of the frames next to a beat's own: the widened targets of Böck and Davies."""
TEMPO = 0.2
"""Largest change of the frame rate, in natural logarithm: ±20 %."""

MIX = {"heavy": 0.21, "electronic": 0.16, "groove": 0.14, "openscore": 0.08, "pop909": 0.09,
       "styles": 0.20, "freedoom": 0.05, "without": 0.04, "clicks": 0.03}  # fmt: skip
"""Shares of the kinds of material, in building and in drawing."""
MOST = 4.0
"""How much likelier than evenly a piece of a rare kind is drawn at most."""

Piece = tuple[NDArray[np.float16], NDArray[np.float64], NDArray[np.float64], float]
"""Features, beats, downbeats and the second up to which all beats are known."""
Example = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


class Material:
    """Files of `training.build`, looked up anew each time so that more may come meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[Path, Piece] = {}
        self.kinds: dict[Path, str] = {}
        self.odds = np.zeros(0)
        self.files: list[Path] = []

    def refresh(self) -> int:
        """Look for new files; returns how many there are."""
        names = self.folder.rglob("*.npz")
        self.files = sorted(path for path in names if not path.name.endswith(".part.npz"))
        for path in self.files:
            if path not in self.kinds:
                self.kinds[path] = kind_of(str(note_of(path)["style"]))
        kinds = [self.kinds[path] for path in self.files]
        counts = {kind: kinds.count(kind) for kind in set(kinds)}
        even = 1 / max(len(kinds), 1)
        odds = np.array([min(MIX[kind] / counts[kind], MOST * even) for kind in kinds])
        self.odds = odds / max(odds.sum(), 1e-9)
        return len(self.files)

    def draw(self, rng: np.random.Generator) -> Example:
        """Mel (FRAMES, bands), targets (2, FRAMES / 2) and weights of the same shape."""
        place = int(rng.choice(len(self.files), p=self.odds))
        return excerpt(rng, *self._open(self.files[place]))

    def _open(self, path: Path) -> Piece:
        if path not in self.kept:
            with np.load(path) as data:
                known = float(data["known"]) if "known" in data else 0.0
                self.kept[path] = (data["mel"], data["beats"], data["downbeats"], known)
        return self.kept[path]


def kind_of(style: str) -> str:
    """The kind of `MIX` that a piece of this style belongs to."""
    first = style.split()[0].split("-")[0]
    return first if first in MIX else {"metronome": "clicks"}.get(first, "styles")


def note_of(path: Path) -> dict[str, object]:
    """What a file of `training.build` says of itself: style and sounds."""
    with np.load(path) as data:
        note: dict[str, object] = json.loads(str(data["note"]))
    return note


def excerpt(
    rng: np.random.Generator,
    mel: NDArray[np.float16],
    beats: NDArray[np.float64],
    bars: NDArray[np.float64],
    known: float = 0.0,
) -> Example:
    """A random span of a piece at a random speed, level and with bands and moments masked.

    The speed is changed by reading the frames at another rate, which keeps pitch and colour.

    Args:
        rng: Source of chance.
        mel: Shape (n, bands).
        beats: Seconds; none where the piece has no beat, which then is what is learned.
        bars: Seconds; none where they are not known.
        known: The second up to which there are no beats but those; at least the last beat.
    """
    ratio = float(np.exp(rng.uniform(-TEMPO, TEMPO))) if rng.random() < 0.7 else 1.0
    needed = FRAMES * ratio
    start = float(rng.uniform(0, max(mel.shape[0] - needed, 1.0)))
    # Whole frames at the same speed: the sharpness of the features is kept in a part of them.
    start = np.floor(start)
    places = start + np.arange(FRAMES) * ratio
    inside = places <= mel.shape[0] - 1
    base = np.minimum(np.floor(places).astype(int), mel.shape[0] - 2)
    share = (places - base)[:, None].astype(np.float32)
    part = mel[base].astype(np.float32) * (1 - share) + mel[base + 1].astype(np.float32) * share
    part[~inside] = 0.0
    part = _masked(rng, part)
    if beats.size == 0:
        known = np.inf
    begin = start / RATE
    targets = np.stack([target((times - begin) / ratio) for times in (beats, bars)])
    weights = np.repeat(inside[None, ::2], 2, axis=0).astype(np.float32)
    if bars.size == 0 and beats.size:
        weights[1] = 0.0
    if known < np.inf:
        # Past that nothing is known: a song's end may ring on in time.
        after = int((max(known, beats[-1]) - begin) / ratio * OUT_RATE) + 3
        weights[:, max(after, 0) :] = 0.0
    return part, targets, weights


def target(times: NDArray[np.float64], frames: int = FRAMES // 2) -> NDArray[np.float32]:
    """1 at the frame of each time, `WIDTH` beside it; shape (frames,).

    Output frame i sees the feature frames 2i and 2i + 1, so it is centred on (2i + 0.5) / 100 s.
    """
    out = np.zeros(frames, np.float32)
    at = np.round(times * OUT_RATE - 0.25).astype(int)
    for shift, value in ((-1, WIDTH), (1, WIDTH), (0, 1.0)):
        here = at + shift
        here = here[(here >= 0) & (here < frames)]
        out[here] = np.maximum(out[here], value)
    return out


def _masked(rng: np.random.Generator, mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Another level, a tilt over the bands, and spans of bands and frames left out."""
    bands = mel.shape[1]
    gain = np.exp(rng.uniform(-0.7, 0.7))
    tilt = np.exp(rng.uniform(-0.5, 0.5) * np.linspace(-1, 1, bands))
    power = np.expm1(mel) * (gain * tilt)
    if rng.random() < 0.2:
        # Another level from somewhere on, as between a song's parts.
        power[int(rng.integers(mel.shape[0])) :] *= np.exp(rng.uniform(-1.5, 1.5))
    if rng.random() < 0.2:
        # A floor of noise, coloured over the bands, as loud as the softer frames.
        floor = np.exp(rng.uniform(-3, 0)) * float(np.median(power))
        colour = np.exp(rng.uniform(-1, 1) * np.linspace(-1, 1, bands))
        power += floor * colour * rng.gamma(4.0, 0.25, power.shape)
    mel = np.log1p(power).astype(np.float32)
    if rng.random() < 0.1:
        # Nothing above, or nothing below, as through a telephone or a wall.
        edge = int(rng.integers(bands // 3, bands))
        mel[:, edge:] *= np.float32(rng.uniform(0, 0.3))
    if rng.random() < 0.4:
        width = int(rng.integers(3, 14))
        first = int(rng.integers(0, bands - width))
        mel[:, first : first + width] = 0.0
    for _ in range(int(rng.integers(0, 3))):
        width = int(rng.integers(5, 60))
        first = int(rng.integers(0, mel.shape[0] - width))
        mel[first : first + width] = mel[first : first + width].mean()
    return mel
