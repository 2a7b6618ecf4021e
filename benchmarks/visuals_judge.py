"""Whether the built-in scenes go with the music, and whether their pictures are sound.

    python benchmarks/visuals_judge.py SONG... [--scenes KEY...] [--seconds 30]

Each song is heard and planned as `songreel make` does it. Then every scene films the same shots by
itself, some of every section, up to `--seconds`; the clips are coded as for a film and decoded
again, so that everything is measured on what a viewer gets. `--cast` films the shots once more with
the scenes that the film would have.

With the music (frames beside a cut are left out: cuts are not the scene's merit):

- z: correlation of the change of picture and of light, frame by frame, with the onset envelope of
  librosa (Böck and Widmer's flux), in standard deviations above the same film under 1,000 shifts
  of the sound. librosa's window blurs an onset over a frame either way, so the best of the lags
  −1, 0 and 1 counts, in each shift too. The issue's limit is 3.
- lag: frames by which the picture would have to move to correlate best, within half a second.
- best: the z that the envelope itself would get, the limit that this song sets.

Of the pictures:

- clip, crush: share of pixels at white and at black, 95th percentile over frames.
- dead: share of frames that are even, or do not differ from the one before by anything.
- band: of the places that a slow gradient passes, the share that lies in even runs of 9 pixels or
  more. A gradient coded in 8 bits without dither has 0.9.
- flicker: mean change of the whole picture's light that the next frame takes back, in code values.
- flash: most flashes in any second over a quarter of the picture (WCAG 2.3.1 allows 3).
- colour: mean OKLab distance between shots of different sections over that within sections.
- shots: mean unlikeness (1 − correlation of small luma) of neighbouring shots; same: of all pairs,
  the share above 0.9 alike.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import librosa
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from songreel.analysis.analyze import analyze
from songreel.analysis.audio import open_sound
from songreel.assembly.flashes import FlashMeter
from songreel.assembly.thumbs import thumb_of
from songreel.generation.encode import write_clip
from songreel.generation.requests import requests
from songreel.generation.visuals.registry import scenes
from songreel.generation.visuals.render import frames
from songreel.generation.visuals.scene import Scene
from songreel.models.clip import ClipRequest
from songreel.models.colour import oklab
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import Storyboard
from songreel.planning import Direction, direct
from songreel.settings import Settings

Floats = NDArray[np.float64]

WIDTH, HEIGHT, RATE = 480, 270, Fraction(24)
SHIFTS = 1000
REACH = 12
"""Frames of lag looked at either way: half a second."""
Z, FLASHES, CLIP, CRUSH, DEAD, BAND, FLICKER, COLOUR, ALIKE = 3, 3, 0.02, 0.5, 0, 0.5, 1.5, 1, 0.2
"""Limits beyond which a figure is told in red."""


@dataclass(frozen=True)
class Take:
    """One shot of the song's plan, to be filmed by any scene."""

    request: ClipRequest
    first: int
    """Film frame of the clip's first frame."""
    section: int


@dataclass(frozen=True)
class Song:
    """A song as it is filmed here."""

    name: str
    takes: tuple[Take, ...]
    onsets: Floats
    """Onset strength in each frame of the film, without its slow part."""


@dataclass
class Filmed:
    """What the decoded clips of one scene showed."""

    places: list[int]
    """Film frames of `motion` and `light`."""
    motion: list[float]
    light: list[float]
    clipped: list[float]
    crushed: list[float]
    dead: list[bool]
    bands: list[float]
    flicker: list[float]
    flashes: int
    colours: list[Floats]
    """Of each take: its mean OKLab in a grid of 4 × 3."""
    looks: list[Floats]
    """Of each take: small luma of its middle frame, without mean and contrast."""


def heard(path: Path, seconds: float) -> Song:
    """Analyse, plan and choose the shots to film: some of each section, in order."""
    analysis = analyze(open_sound(path))
    storyboard: Storyboard = direct(analysis, Direction(), None, Settings.load())
    spec = RenderSpec(width=WIDTH, height=HEIGHT, rate=RATE)
    asked = requests(storyboard, analysis, spec)
    places = schedule(storyboard, RATE)
    share = seconds / len(storyboard.sections)
    used = dict.fromkeys(range(len(storyboard.sections)), 0.0)
    takes = []
    for shot, place in zip(storyboard.shots, places, strict=True):
        if used[shot.section] < share:
            request = asked[shot.id]
            used[shot.section] += request.seconds
            takes.append(Take(request, place.start - place.head, shot.section))
    samples, rate = librosa.load(path, sr=22050)
    strength = librosa.onset.onset_strength(y=samples, sr=rate, hop_length=256)
    total = places[-1].end
    at = np.minimum((np.arange(strength.size) * 256 / rate * float(RATE)).astype(int), total - 1)
    onsets = np.zeros(total)
    np.maximum.at(onsets, at, strength)
    return Song(path.stem[:18], tuple(takes), _quick(onsets))


def film(takes: Sequence[Take], kinds: Sequence[type[Scene] | None], folder: Path) -> Filmed:
    """Draw, code, decode and measure every take."""
    seen = Filmed([], [], [], [], [], [], [], [], 0, [], [])
    meter, count = FlashMeter(RATE), 0
    for take, kind in zip(takes, kinds, strict=True):
        path = folder / "clip.mp4"
        asked = take.request
        write_clip(
            frames(asked, kind), path, width=asked.width, height=asked.height, rate=asked.rate,
            count=asked.frames,
        )  # fmt: skip
        before: NDArray[np.float32] | None = None
        lights: list[float] = []
        for i, (luma, rgb, frame) in enumerate(decoded(path)):
            meter.feed(count, thumb_of(frame))
            count += 1
            small = np.asarray(cv2.resize(luma, (240, 135), interpolation=cv2.INTER_AREA))
            small = small.astype(np.float32)
            lights.append(float(small.mean()))
            seen.clipped.append(float((luma >= 235).mean()))
            seen.crushed.append(float((luma <= 17).mean()))
            if before is not None:
                change = float(np.abs(small - before).mean())
                seen.places.append(take.first + i)
                seen.motion.append(change)
                seen.light.append(abs(lights[-1] - lights[-2]))
                seen.dead.append(change == 0 or float(small.std()) < 2)
            before = small
            if i % 8 == 0:
                seen.bands.append(banding(luma))
            if i == asked.frames // 2:
                lab = oklab((rgb.astype(np.float64) / 255) ** 2.2)
                seen.colours.append(cv2.resize(lab, (4, 3), interpolation=cv2.INTER_AREA))
                look = np.asarray(cv2.resize(luma, (32, 18), interpolation=cv2.INTER_AREA), float)
                seen.looks.append((look - look.mean()) / max(look.std(), 1e-6))
        steps = np.diff(lights)
        back = np.minimum(np.abs(steps[1:]), np.abs(steps[:-1])) * (steps[1:] * steps[:-1] < 0)
        seen.flicker.append(float(back.mean()) if back.size else 0.0)
    seen.flashes = meter.most
    return seen


def decoded(
    path: Path,
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8], av.VideoFrame]]:
    """Luma, RGB and the frame itself."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            luma = np.asarray(frame.to_ndarray()[: frame.height, : frame.width], np.uint8)
            yield luma, np.asarray(frame.to_ndarray(format="rgb24")), frame


def banding(luma: NDArray[np.uint8]) -> float:
    """Share of slow gradients that lie in even runs of 9 pixels or more; 0 without any."""
    picture = luma.astype(np.float32)
    smooth = cv2.GaussianBlur(picture, (0, 0), 6)
    across = np.abs(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8))
    slow = (across > 0.03) & (across < 0.25) & (np.abs(picture - smooth) < 2.5)
    slow &= (luma > 20) & (luma < 230)
    if slow.mean() < 0.01:
        return 0.0
    even = np.zeros(luma.shape, np.uint8)
    even[:, 1:] = luma[:, 1:] == luma[:, :-1]
    run = cv2.erode(even, np.ones((1, 8), np.uint8))
    return float(cv2.dilate(run, np.ones((1, 8), np.uint8))[slow].mean())


def _quick(values: Floats) -> Floats:
    """`values` less their median over three quarters of a second: what jumps."""
    half = 9
    padded = np.pad(values, half, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    return np.maximum(values - np.median(windows, axis=1), 0.0)


def music(song: Song, seen: Filmed) -> tuple[float, int, float]:
    """Z of the film, its best lag in frames, and z of a film that is the envelope itself."""
    places = np.array(seen.places)
    parts = []
    for values in (seen.motion, seen.light):
        jumps = np.zeros(song.onsets.size)
        jumps[places] = values
        for take in song.takes:
            span = slice(take.first + 1, take.first + take.request.frames)
            jumps[span] = _quick(jumps[span])
        parts.append(jumps[places] / max(jumps[places].std(), 1e-9))
    shown = parts[0] + parts[1]
    total = song.onsets.size

    def like(values: Floats, shift: int) -> float:
        there = song.onsets[(places + shift) % total]
        return float(np.corrcoef(values, there)[0, 1]) if there.std() > 0 else 0.0

    def near(values: Floats, shift: int) -> float:
        return max(like(values, shift + lag) for lag in (-1, 0, 1))

    random = np.random.default_rng(0)
    shifts = random.integers(REACH, total - REACH, SHIFTS)

    def z(values: Floats) -> float:
        others = [near(values, int(shift)) for shift in shifts]
        return (near(values, 0) - float(np.mean(others))) / max(float(np.std(others)), 1e-9)

    lag = max(range(-REACH, REACH + 1), key=lambda shift: like(shown, shift))
    return z(shown), lag, z(song.onsets[places])


def colour_ratio(takes: Sequence[Take], colours: Sequence[Floats]) -> float:
    """Mean distance of colours across sections over that within them."""
    across, within = [], []
    for i, one in enumerate(takes):
        for j in range(i):
            far = float(np.linalg.norm(colours[i] - colours[j], axis=-1).mean())
            (within if one.section == takes[j].section else across).append(far)
    return float(np.mean(across) / np.mean(within)) if within and across else float("nan")


def row(name: str, song: Song, seen: Filmed) -> list[str]:
    """A line of the table."""
    z, lag, best = music(song, seen)
    looks = [look.ravel() for look in seen.looks]
    alike = [float(np.mean(a * b)) for i, a in enumerate(looks) for b in looks[:i]]
    figures: list[tuple[str, bool]] = [
        (f"{z:.1f}", z < Z),
        (f"{lag:+d}", abs(lag) > 1),
        (f"{best:.1f}", False),
        *_over("{:.3f}", float(np.percentile(seen.clipped, 95)), CLIP),
        *_over("{:.2f}", float(np.percentile(seen.crushed, 95)), CRUSH),
        *_over("{:.2f}", float(np.mean(seen.dead)), DEAD),
        *_over("{:.2f}", float(np.mean(seen.bands)), BAND),
        *_over("{:.2f}", float(np.max(seen.flicker)), FLICKER),
        *_over("{:.0f}", seen.flashes, FLASHES),
    ]
    ratio = colour_ratio(song.takes, seen.colours)
    figures.append((f"{ratio:.2f}", ratio <= COLOUR))
    figures.append((f"{np.mean([1 - np.mean(a * b) for a, b in pairwise(looks)]):.2f}", False))
    figures += _over("{:.2f}", float(np.mean(np.array(alike) > 0.9)), ALIKE)
    return [name, song.name, *(f"[red]{text}[/red]" if bad else text for text, bad in figures)]


def _over(form: str, value: float, limit: float) -> list[tuple[str, bool]]:
    return [(form.format(value), value > limit)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--scenes", nargs="*", help="keys; all where left out")
    parser.add_argument("--seconds", type=float, default=30.0, help="of film a song")
    parser.add_argument("--cast", action="store_true", help="also the film's own scenes")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    known: Mapping[str, type[Scene]] = scenes()
    chosen = options.scenes if options.scenes is not None else list(known)
    console = Console(width=150)
    songs = [heard(path, options.seconds) for path in options.songs]
    titles = (
        "scene", "song", "z", "lag", "best", "clip", "crush", "dead", "band", "flicker", "flash",
        "colour", "shots", "same",
    )  # fmt: skip
    table = Table(*titles)
    with tempfile.TemporaryDirectory() as folder:
        for key in [*chosen, *(["(film)"] if options.cast else [])]:
            for song in songs:
                kinds = [known.get(key)] * len(song.takes)
                seen = film(song.takes, kinds, Path(folder))
                line = row(key, song, seen)
                table.add_row(*line)
                print("  ".join(line), flush=True)
    console.print(table)


if __name__ == "__main__":
    main()
