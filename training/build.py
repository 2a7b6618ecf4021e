"""Make training material: `python -m training.build OUT --count N`.

Each piece becomes one file of features and times; the sound itself is not kept. Piece i depends
on the seed and i alone, so a run that was stopped goes on where it was, and several processes may
share the work (`--part 1/4`).
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import extract
from training.arrange import accompany, arrange, metronome
from training.fluid import RATE
from training.pop909 import ALLOWED, read_song
from training.render import Studio
from training.score import Score
from training.styles import STYLES, Style

SECONDS = 45.0
SONGS, CLICKS = 0.25, 0.05
"""Shares of POP909 and of metronomes."""
HELD_OUT = 20
"""Every so many pieces, one is kept for evaluation. Songs of POP909 are kept by their number, so
that no song is on both sides."""


def compose(
    rng: np.random.Generator, pop909: Path | None, held: bool, styles: tuple[Style, ...] = ()
) -> Score:
    """A piece to render, of `SECONDS` at most and a little less at the ends of songs.

    Args:
        rng: Source of chance.
        pop909: Folder of the songs `001` to `909`; without it none are used.
        held: Whether the piece is one kept out of training.
        styles: Where given, the piece is composed in one of these and nothing else is used.
    """
    if styles:
        return arrange(rng, SECONDS, styles[int(rng.integers(len(styles)))])
    chance = rng.random()
    if chance < CLICKS:
        return metronome(rng, SECONDS)
    if pop909 is None or chance > CLICKS + SONGS:
        return arrange(rng, SECONDS)
    numbers = [n for n in sorted(ALLOWED) if (n % HELD_OUT == 0) == held]
    score, chords = read_song(pop909, int(rng.choice(numbers)))
    if rng.random() < 0.75:
        score = accompany(rng, score, chords)
    score = score.higher(int(rng.integers(-6, 7)))
    start = float(rng.uniform(0, max(score.end - SECONDS * 1.2, 0)))
    ratio = float(np.exp(rng.uniform(-0.25, 0.25)))
    return score.between(start, start + SECONDS * ratio).faster(ratio)


def hear(sound: NDArray[np.float32]) -> NDArray[np.float16]:
    """What the network is shown of a sound at `RATE`: `Features.mel`, shape (n, bands)."""
    mono = soxr.resample(sound, RATE, ANALYSIS_RATE)
    return np.asarray(extract(np.asarray(mono, np.float32)).mel, np.float16)


def build(
    out: Path,
    index: int,
    seed: int,
    studio: Studio,
    pop909: Path | None,
    styles: tuple[Style, ...] = (),
) -> Path:
    """Make piece `index` unless it is there; returns its file."""
    held = index % HELD_OUT == 0
    path = out / ("held" if held else "train") / f"{index:06}.npz"
    if path.exists():
        return path
    rng = np.random.default_rng((seed, index))
    score = compose(rng, pop909, held, styles)
    sound, used = studio.render(rng, score)
    if not np.all(np.isfinite(sound)):
        raise FloatingPointError(
            f"piece {index} of seed {seed} is not finite: {score.style}, {used}"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    note = json.dumps({"style": score.style, "sounds": used})
    np.savez(part, mel=hear(sound), beats=score.beats, downbeats=score.downbeats, note=note)
    part.rename(path)
    return path


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Make training material.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="1/1", help="this process's share, such as 2/4")
    parser.add_argument("--pop909", type=Path, help="POP909's folder of songs; without: none")
    parser.add_argument("--styles", default="", help="only these, such as metal,punk: a supplement")
    options = parser.parse_args()
    names = [name for name in options.styles.split(",") if name]
    unknown = set(names) - {style.name for style in STYLES}
    if unknown:
        parser.error(f"no such style: {', '.join(sorted(unknown))}")
    styles = tuple(style for style in STYLES if style.name in names)
    which, of = (int(number) for number in options.part.split("/"))
    studio, start = Studio(), time.monotonic()
    indices = range(options.first + which - 1, options.first + options.count, of)
    for done, index in enumerate(indices, start=1):
        path = build(options.out, index, options.seed, studio, options.pop909, styles)
        if done % 20 == 0:
            rate = (time.monotonic() - start) / done
            print(f"{done} of {len(indices)}, {rate:.1f} s each: {path.name}", flush=True)


if __name__ == "__main__":
    main()
