"""What a source is asked for in one step: `asked`, and the tempo that what it hears has."""

from collections.abc import Mapping
from hashlib import sha256
from math import ceil

from songreel.generation.score.grid import Grid
from songreel.generation.sound.source import SoundSource
from songreel.models.errors import InvalidInput
from songreel.models.score import ScoreCue
from songreel.models.sound_request import Heard, Setting, SoundRequest

OTHER_TEMPO = 0.02
"""Share from which on two cues have different tempi."""
_A_HINT = 2.0
"""Seconds, or a bar: all that is heard of music in another tempo, lest it be gone on with."""


def asked(
    cue: ScoreCue,
    grid: Grid,
    at: float,
    seconds: float,
    seed: int,
    settings: Mapping[str, Setting],
    heard: Heard | None = None,
    *,
    theme: int,
    ending: bool = False,
) -> SoundRequest:
    """A request, before its source has planned it.

    Args:
        cue: What is to be heard.
        grid: Beats there.
        at: Seconds of the track at which the new sound begins.
        seconds: Of new sound; made up to full hundredths.
        seed: Of this take.
        settings: The source's own parameters.
        heard: What it continues.
        theme: Seed of the whole track.
        ending: Whether the track ends with it.
    """
    return SoundRequest(
        task="music", prompt=cue.prompt, seconds=ceil(seconds * 100 - 1e-6) / 100, seed=seed,
        heard=heard, settings=settings, bpm=cue.bpm, key=cue.key, meter=cue.meter,
        energy=cue.energy, mood=cue.mood, phase=grid.phase(at),
        bar=grid.bar_at(at), theme=theme, ending=ending,
    )  # fmt: skip


def seed_of(plan: int, cue: str, window: int, retake: int) -> int:
    """The seed of a take: of the plan's, and of nothing that another cue could change."""
    text = f"{plan}/{cue}/{window}/{retake}"
    return int.from_bytes(sha256(text.encode()).digest()[:4]) >> 1


def hearing(hear: float, before: ScoreCue, cue: ScoreCue) -> float:
    """Seconds that `cue` is to hear of `before`: little where the tempo changes."""
    if abs(cue.bpm / before.bpm - 1) <= OTHER_TEMPO:
        return hear
    return min(hear, max(_A_HINT, before.meter * 60 / before.bpm))


def label_of(cue: str, window: int, retake: int) -> str:
    """Of an order: the cue, `-2` for its second window, `-r1` for its first retake."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in cue)
    return plain + (f"-{window}" if window > 1 else "") + (f"-r{retake}" if retake else "")


def check(source: SoundSource, cues: tuple[ScoreCue, ...]) -> None:
    """Refuse what cannot be composed before anything is asked for.

    Raises:
        InvalidInput: The source makes no music, or two cues have one name.
    """
    if "music" not in source.tasks:
        raise InvalidInput(f"{source.name} makes no music; choose another source for the score")
    seen: set[str] = set()
    for cue in cues:
        if cue.id in seen:
            raise InvalidInput(f"two cues of the score are called {cue.id}")
        seen.add(cue.id)
