"""Make training material: `python -m training.build OUT --count N`.

Each piece becomes one file of features and times; the sound itself is not kept. Piece i depends
on the seed and i alone, so a run that was stopped goes on where it was, and several processes may
share the work (`--part 1/4`).
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from songreel.analysis.audio import ANALYSIS_RATE
from songreel.analysis.features import extract
from training import freedoom, openscore
from training.ambience import ambience
from training.arrange import accompany, arrange, metronome
from training.electronic import electronic
from training.fluid import RATE
from training.groove import drummed, grooves
from training.heavy import heavy
from training.material import MIX
from training.pop909 import ALLOWED, read_song
from training.render import Studio
from training.score import Score
from training.styles import STYLES, Style

SECONDS = 45.0
FRAMED = 0.08
"""Share of the pieces that begin or end with something else."""
HELD_OUT = 20
"""Every so many pieces, one is kept for evaluation. Songs of POP909 are kept by their number, so
that no song is on both sides."""


@dataclass(frozen=True)
class Sources:
    """Where scores lie; None where there are none."""

    pop909: Path | None = None
    groove: Path | None = None
    freedoom: Path | None = None
    openscore: Path | None = None

    def kinds(self) -> tuple[str, ...]:
        """Kinds of `MIX` that can be made."""
        return tuple(kind for kind in MIX if getattr(self, kind, True) is not None)


def compose(
    rng: np.random.Generator,
    sources: Sources,
    held: bool,
    mix: dict[str, float] | None = None,
    styles: tuple[Style, ...] = (),
) -> Score:
    """A piece to render, of `SECONDS` at most and a little less at the ends of songs.

    Args:
        rng: Source of chance.
        sources: What there is besides what is composed in code.
        held: Whether the piece is one kept out of training.
        mix: Shares of the kinds of material, `MIX` unless given.
        styles: Where given, pieces of the kind `styles` are composed in one of these.
    """
    mix = {kind: share for kind, share in (mix or MIX).items() if kind in sources.kinds()}
    odds = np.array(list(mix.values()))
    kind = str(rng.choice(list(mix), p=odds / odds.sum()))
    if kind == "clicks":
        return metronome(rng, SECONDS)
    if kind == "heavy":
        return heavy(rng, SECONDS)
    if kind == "electronic":
        return electronic(rng, SECONDS)
    if kind == "without":
        return Score("without", (), np.zeros(0), np.zeros(0), SECONDS)
    if kind == "freedoom" and sources.freedoom:
        known = freedoom.usable(sources.freedoom)
        names = [name for i, name in enumerate(known) if (i % 10 == 0) == held]
        song = known[names[int(rng.integers(len(names)))]]
        return span(rng, song.higher(int(rng.integers(-5, 6))))
    if kind == "openscore" and sources.openscore:
        return _classical(rng, sources.openscore, held)
    if kind == "groove" and sources.groove:
        found = grooves(sources.groove, held)
        return drummed(rng, found[int(rng.integers(len(found)))], SECONDS)
    if kind == "pop909" and sources.pop909:
        return _song(rng, sources.pop909, held)
    return arrange(rng, SECONDS, styles[int(rng.integers(len(styles)))] if styles else None)


def _song(rng: np.random.Generator, folder: Path, held: bool) -> Score:
    """A span of a song of POP909, in another key and tempo, most with drums and bass."""
    numbers = [n for n in sorted(ALLOWED) if (n % HELD_OUT == 0) == held]
    score, chords = read_song(folder, int(rng.choice(numbers)))
    if rng.random() < 0.75:
        score = accompany(rng, score, chords)
    return span(rng, score.higher(int(rng.integers(-6, 7))))


def _classical(rng: np.random.Generator, folder: Path, held: bool) -> Score:
    """A span of a score of OpenScore; scores whose beat is not plain are passed over."""
    found = openscore.files(folder, held)
    for _ in range(50):
        path = found[int(rng.integers(len(found)))]
        sheet = openscore.read(path)
        score = sheet and openscore.performed(rng, sheet, SECONDS, path.stem)
        if score:
            return score.higher(int(rng.integers(-4, 5)))
    raise ValueError(f"hardly any score in {folder} has a plain beat")


def span(rng: np.random.Generator, score: Score) -> Score:
    """`SECONDS` of a song at up to a quarter more or less than its speed."""
    start = float(rng.uniform(0, max(score.end - SECONDS * 1.2, 0)))
    ratio = float(np.exp(rng.uniform(-0.25, 0.25)))
    return score.between(start, start + SECONDS * ratio).faster(ratio)


def framed(
    rng: np.random.Generator, sound: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float, str]:
    """A piece with something else before it, after it or both, as on a film or at a concert.

    Returns:
        The sound, the seconds by which the music is later in it, and what there was.
    """
    before, after = ((float(rng.uniform(1, 12)) if rng.random() < 0.65 else 0.0) for _ in range(2))
    other, word = ambience(rng, before + after + 1.0)
    first = round(before * RATE)
    size = first + sound.size + round(after * RATE)
    out = np.zeros(size, np.float32)
    gap = round(0.3 * RATE)
    for piece, start in ((other[:first], 0), (other[first:], first + sound.size)):
        kept = piece[: size - start] * np.float32(rng.uniform(0.2, 1.5))
        # Fades of a third of a second, so that no edge is heard as a stroke.
        edge = np.minimum(np.arange(kept.size), np.arange(kept.size)[::-1]) / gap
        out[start : start + kept.size] = kept * np.minimum(1, edge)
    out[first : first + sound.size] += sound
    return out, first / RATE, f"framed by {word}"


def hear(sound: NDArray[np.float32]) -> NDArray[np.float16]:
    """What the network is shown of a sound at `RATE`: `Features.mel`, shape (n, bands)."""
    mono = soxr.resample(sound, RATE, ANALYSIS_RATE)
    return np.asarray(extract(np.asarray(mono, np.float32)).mel, np.float16)


def build(
    out: Path,
    index: int,
    seed: int,
    studio: Studio,
    sources: Sources,
    mix: dict[str, float] | None = None,
    styles: tuple[Style, ...] = (),
) -> Path:
    """Make piece `index` unless it is there; returns its file.

    Pieces without a beat lie in a folder `without` beside the others.
    """
    held = index % HELD_OUT == 0
    path = out / ("held" if held else "train") / f"{index:06}.npz"
    bare = path.parent / "without" / path.name
    if path.exists() or bare.exists():
        return path if path.exists() else bare
    rng = np.random.default_rng((seed, index))
    score = compose(rng, sources, held, mix, styles)
    sound, used = studio.render(rng, score)
    beats, bars, known = score.beats, score.downbeats, 0.0
    if beats.size and rng.random() < FRAMED:
        sound, shift, word = framed(rng, sound)
        beats, bars, known = beats + shift, bars + shift, sound.size / RATE
        used = (*used, word)
    path = path if beats.size else bare
    if not np.all(np.isfinite(sound)):
        raise FloatingPointError(
            f"piece {index} of seed {seed} is not finite: {score.style}, {used}"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    note = json.dumps({"style": score.style, "sounds": used})
    np.savez(part, mel=hear(sound), beats=beats, downbeats=bars, known=known, note=note)
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
    parser.add_argument("--groove", type=Path, help="the folder of the Groove MIDI Dataset")
    parser.add_argument("--freedoom", type=Path, help="the folder of Freedoom's WAD files")
    parser.add_argument("--openscore", type=Path, help="a folder of OpenScore's .mxl files")
    parser.add_argument("--sounds", type=Path, help="a copy of MuldjordKit's repository")
    parser.add_argument("--mix", default="", help="shares, such as heavy=3,clicks=1; see MIX")
    parser.add_argument("--styles", default="", help="only these, such as metal,punk: a supplement")
    options = parser.parse_args()
    names = [name for name in options.styles.split(",") if name]
    unknown = set(names) - {style.name for style in STYLES}
    if unknown:
        parser.error(f"no such style: {', '.join(sorted(unknown))}")
    styles = tuple(style for style in STYLES if style.name in names)
    mix = {
        k: float(v) for k, _, v in (item.partition("=") for item in options.mix.split(",") if item)
    }
    sources = Sources(options.pop909, options.groove, options.freedoom, options.openscore)
    if unknown := set(mix) - set(sources.kinds()):
        parser.error(f"no such material, or no folder for it: {', '.join(sorted(unknown))}")
    if styles:
        mix = mix or {"styles": 1.0}
    which, of = (int(number) for number in options.part.split("/"))
    studio, start = Studio(recorded=options.sounds), time.monotonic()
    indices = range(options.first + which - 1, options.first + options.count, of)
    for done, index in enumerate(indices, start=1):
        path = build(options.out, index, options.seed, studio, sources, mix, styles)
        if done % 20 == 0:
            rate = (time.monotonic() - start) / done
            print(f"{done} of {len(indices)}, {rate:.1f} s each: {path.name}", flush=True)


if __name__ == "__main__":
    main()
