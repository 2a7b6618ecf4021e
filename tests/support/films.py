"""Short films with every truth known: a song in memory, a storyboard of seconds, barcode clips."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from songreel.models.clip import Clip
from songreel.models.music import BeatGrid, Mood, Section
from songreel.models.render import Format, RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import (
    Anchor,
    CameraMove,
    CutReason,
    Look,
    Shot,
    ShotSize,
    Storyboard,
)
from songreel.models.transition import Transition, TransitionKind
from support.barcodes import GREYS, HEIGHT, WIDTH, make_clip
from support.sounds import MemorySound

CUT = Transition()
CROSSFADE = Transition(kind=TransitionKind.CROSSFADE, seconds=0.4)
DIP = Transition(kind=TransitionKind.DIP, seconds=0.5)
FLASH = Transition(kind=TransitionKind.FLASH, seconds=0.25)


def song(
    seconds: float | None = None,
    *,
    samples: int | None = None,
    sample_rate: int = 44100,
    channels: int = 2,
    bits: int | None = 16,
    seed: int = 1,
) -> MemorySound:
    """Tones and noise bursts of its own for each `seed`, exact in `bits` (None: float)."""
    n = samples if samples is not None else round((seconds or 1.0) * sample_rate)
    rng = np.random.default_rng(seed)
    time = np.arange(n) / sample_rate
    envelope = 0.3 + 0.7 * np.repeat(rng.uniform(size=n // 2000 + 1), 2000)[:n]
    tone = 0.3 * np.sin(2 * np.pi * (rng.uniform(200, 400) * time + 40 * np.sin(1.3 * time)))
    sound = np.stack(
        [envelope * (tone + 0.1 * rng.standard_normal(n)) / (1 + 0.3 * c) for c in range(channels)]
    )
    if bits is not None:
        sound = np.round(sound * 2.0 ** (bits - 1)) / 2.0 ** (bits - 1)
    return MemorySound(sound.astype(np.float32), sample_rate, bits)


def storyboard(
    sound: MemorySound,
    starts: Sequence[float],
    transitions: Sequence[Transition] | None = None,
    *,
    beat_locked: bool = True,
    reasons: Sequence[CutReason] | None = None,
) -> Storyboard:
    """Shots s00, s01 … that start at `starts` seconds; the first is 0."""
    length = sound.track.duration
    shots = [
        Shot(
            id=f"s{i:02d}", at=Anchor(seconds=start), section=0,
            reason=reasons[i] if reasons else CutReason.OPENING if i == 0 else CutReason.BEAT,
            transition=transitions[i] if transitions else CUT, prompt="a barcode",
            motif="barcode", camera=CameraMove.STATIC, size=ShotSize.WIDE, palette=GREYS,
            energy=0.5, motion=0.5, seed=i,
        )
        for i, start in enumerate(starts)
    ]  # fmt: skip
    section = Section(start=0, end=length, label="section", letter="A", energy=0.5,
                      mood=Mood(valence=0, arousal=0), trust=1)  # fmt: skip
    look = Look(name="test", medium="code", light="none", lens="none", world="a grid",
                palette=GREYS, motifs=("a", "b"))  # fmt: skip
    return Storyboard(
        track=sound.track, look=look, style="test", seed=1, beat_locked=beat_locked,
        sections=(section,), shots=tuple(shots), grid=BeatGrid(beats=(), downbeats=()),
    )  # fmt: skip


@dataclass(frozen=True)
class Film:
    """Everything a render needs, in a project folder."""

    project: Path
    sound: MemorySound
    storyboard: Storyboard
    clips: dict[str, Clip]
    spec: RenderSpec
    numbers: dict[str, int] = field(default_factory=dict)
    """Barcode number of each shot's clip."""


def film(
    project: Path,
    sound: MemorySound,
    starts: Sequence[float],
    transitions: Sequence[Transition] | None = None,
    *,
    rate: Fraction = Fraction(24),
    form: Format = "mp4",
    lead: int = 0,
) -> Film:
    """A film whose shots are barcode clips numbered from 1, each just as long as it needs."""
    board = storyboard(sound, starts, transitions)
    spec = RenderSpec(width=WIDTH, height=HEIGHT, rate=rate, format=form, lead=lead)
    clips: dict[str, Clip] = {}
    numbers: dict[str, int] = {}
    for i, shot in enumerate(schedule(board, rate, lead), start=1):
        clips[shot.shot] = make_clip(project / "clips", i, shot.clip_frames, rate, head=shot.head)
        numbers[shot.shot] = i
    return Film(project, sound, board, clips, spec, numbers)


KILLED = """
import os, signal, sys
from pathlib import Path
from support.films import song
from songreel.assembly.render import render
from songreel.models.timeline import Timeline
from songreel.models.render import RenderSpec

project, at = Path(sys.argv[1]), int(sys.argv[2])
timeline = Timeline.load(project / "timeline.json")
calls = 0
def progress(what, done):
    global calls
    calls += 1
    if calls == at:
        os.kill(os.getpid(), signal.SIGKILL)
spec = RenderSpec(width=timeline.width, height=timeline.height, rate=timeline.rate)
render(timeline, song(4.3), spec, project=project, output=project / "film.mp4", workers=2,
       progress=progress)
"""
"""A program that renders the film of a project (first argument) and is killed at a call of its
progress (second)."""
