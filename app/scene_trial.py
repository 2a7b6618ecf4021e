"""What a scene is tried with where there is no film: `Trial`, and music with known hits."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fractions import Fraction
from math import exp
from types import MappingProxyType
from typing import TYPE_CHECKING

from songreel.models.clip import ClipRequest, Drive, Sung
from songreel.models.errors import InvalidInput
from songreel.models.music import Curve, Hits
from songreel.models.spectrum import Spectrum
from songreel.models.storyboard import CameraMove, Palette, ShotSize
from songreel.models.timebase import RATES

if TYPE_CHECKING:
    from songreel.generation.visuals.scene import Scene

RATE = RATES["24"]
BEAT = 60 / 110
"""Seconds between the beats of the music that sheets are drawn with."""
STRUCK = 12
"""Frame on which the one hit falls that a study shows."""
_BANDS = 16
_SEEDS = 2**31


@dataclass(frozen=True)
class Trial:
    """What a scene is to be seen with."""

    palettes: Mapping[str, Palette]
    """Two at least, by the name of their look; clips and single pictures take the first."""
    energy: float | None = None
    """0 to 1; None: the music's own."""
    section: str | None = None
    """What the section does in the song: "verse", "chorus" …; None: the music's own."""
    seed: int = 1
    camera: CameraMove = CameraMove.PUSH_IN
    framing: ShotSize = ShotSize.WIDE
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    words: str = "hold the light until the morning comes"
    """Sung, for scenes that hear words: one a beat."""
    prompt: str = ""

    @property
    def palette(self) -> Palette:
        """The first one."""
        return next(iter(self.palettes.values()))

    def request(
        self,
        key: str,
        drive: Drive,
        *,
        energy: float,
        frames: int,
        size: tuple[int, int],
        palette: Palette | None = None,
        settings: Mapping[str, str] | None = None,
        still: bool = False,
        seed: int | None = None,
    ) -> ClipRequest:
        """What is asked of the scene `key`.

        Args:
            key: Of the scene.
            drive: The music.
            energy: 0 to 1.
            frames: How many.
            size: Width and height, pixels.
            palette: Another one than the trial's first.
            settings: Besides the trial's own.
            still: Whether the camera stays where it is.
            seed: Another one than the trial's.
        """
        from songreel.generation.visuals.cast import Cast

        return ClipRequest(
            prompt=self.prompt,
            camera=CameraMove.STATIC if still else self.camera,
            size=self.framing,
            palette=palette or self.palette,
            energy=energy,
            motion=round(0.2 + 0.6 * energy, 4),
            seed=(self.seed if seed is None else seed) % _SEEDS,
            width=size[0],
            height=size[1],
            rate=RATE,
            frames=frames,
            drive=drive,
            source=Cast(key, {**self.settings, **(settings or {})}).to_source(),
        )

    def singing(self, words: str) -> "Trial":
        """The same with other words."""
        return replace(self, words=words)

    def sung(self, beats: tuple[float, ...]) -> tuple[Sung, ...]:
        """The trial's words over `beats`, from the first word again when they are at an end."""
        words = self.words.split()
        spans = zip(beats, (*beats[1:], beats[-1] + BEAT), strict=True) if words and beats else ()
        return tuple(
            Sung(start=round(start, 6), end=round(end, 6), text=words[i % len(words)],
                 line=i // len(words))
            for i, (start, end) in enumerate(spans)
        )  # fmt: skip


def settings_of(scene: "type[Scene]", chosen: Mapping[str, str]) -> dict[str, str]:
    """`chosen`, checked against what the scene can be set to.

    Raises:
        InvalidInput: The scene has no such setting or option.
    """
    options = {setting.name: tuple(setting.options) for setting in scene.settings}
    for name, option in chosen.items():
        if name not in options:
            known = ", ".join(options) or "none"
            raise InvalidInput(
                f"{scene.name} has no setting {name!r}{_near(name, options)}; it has {known}"
            )
        if option not in options[name]:
            raise InvalidInput(
                f"{scene.name}: {name} cannot be {option!r}{_near(option, options[name])}; "
                f"choose one of {', '.join(options[name])}"
            )
    return dict(chosen)


def _near(name: str, known: "Mapping[str, object] | tuple[str, ...]") -> str:
    near = get_close_matches(name, list(known), 1, 0.5)
    return f" (did you mean {near[0]}?)" if near else ""


def groove(
    trial: Trial, energy: float, section: str, *, frames: int, turn: int = 0, build: float = 0.0
) -> Drive:
    """A plain beat at 110 BPM: kick, snare, hats and a tune, and levels that stay."""
    seconds = frames / float(RATE)
    beats = tuple(round(i * BEAT, 6) for i in range(int(seconds / BEAT) + 1))
    halves = tuple(round(beat + BEAT / 2, 6) for beat in beats)
    return Drive(
        beats=beats,
        downbeats=beats[::4],
        kick=_hits(beats if energy > 0.7 else beats[::2]),
        snare=_hits(beats[1::2]),
        hat=_hits(halves),
        melody=_hits(halves[::2]),
        energy=_level(energy, seconds),
        brightness=_level(0.3 + 0.4 * energy, seconds),
        bass=_level(0.2 + 0.6 * energy, seconds),
        build=(build, build),
        section=section,
        turn=turn,
        spectrum=_spectrum(seconds, energy, beats[0::2], halves),
        words=trial.sung(beats),
        mood=(0.0, round(2 * energy - 1, 3)),
    )


def study(trial: Trial, energy: float, section: str, part: str | None, *, frames: int) -> Drive:
    """Music of beats alone, with one thing in it: a hit of `part` on frame `STRUCK`.

    Of the bass it is its level that is high, of a build that it is at its end. None: nothing.
    """
    seconds, at = frames / float(RATE), float(STRUCK / RATE)
    beats = tuple(round(i * BEAT, 6) for i in range(int(seconds / BEAT) + 1))
    hit = _hits((round(at, 6),))

    def struck(name: str) -> Hits:
        return hit if part == name else Hits()

    low = (at,) if part == "kick" else ()
    high = (at,) if part in ("snare", "hat", "melody") else ()
    return Drive(
        beats=beats,
        downbeats=beats[::4],
        kick=struck("kick"),
        snare=struck("snare"),
        hat=struck("hat"),
        melody=struck("melody"),
        energy=_level(energy, seconds),
        brightness=_level(0.9 if part == "melody" else 0.3, seconds),
        bass=_level(0.95 if part == "bass" else 0.15, seconds),
        build=(1.0, 1.0) if part == "build" else (0.0, 0.0),
        section=section,
        spectrum=_spectrum(seconds, energy, low, high, bass=0.95 if part == "bass" else None),
        words=trial.sung(beats),
        mood=(0.0, round(2 * energy - 1, 3)),
    )


def _hits(times: tuple[float, ...]) -> Hits:
    return Hits(times=times, strengths=(1.0,) * len(times))


def _level(value: float, seconds: float) -> Curve:
    return Curve(rate=4, values=(round(value, 4),) * (int(seconds * 4) + 2))


def _spectrum(
    seconds: float,
    energy: float,
    low: tuple[float, ...],
    high: tuple[float, ...],
    bass: float | None = None,
) -> Spectrum:
    """Bands that fall off upwards, with the hits of `low` and `high` in theirs."""
    rate = float(RATE)  # as the pictures, so that a hit is exact on its frame
    edges = tuple(round(40 * 275 ** (i / _BANDS), 1) for i in range(_BANDS + 1))

    def rung(hits: tuple[float, ...], time: float) -> float:
        since = [time - hit for hit in hits if hit <= time + 1e-6]
        return exp(-max(min(since), 0.0) / 0.15) if since else 0.0

    rows = []
    for i in range(int(seconds * rate) + 2):
        time = i / rate
        row = []
        for band in range(_BANDS):
            height = band / (_BANDS - 1)
            level = (0.25 + 0.45 * energy) * (1 - 0.6 * height)
            if bass is not None and height < 0.3:
                level = bass
            level += 0.5 * rung(low, time) * max(0.0, 1 - 4 * height)
            level += 0.4 * rung(high, time) * max(0.0, 2 * height - 0.7)
            row.append(round(100 * min(level, 1.0)))
        rows.append(tuple(row))
    return Spectrum(rate=rate, edges=edges, levels=tuple(rows))


def wide(aspect: Fraction, short: int) -> tuple[int, int]:
    """Width and height, even, for an aspect ratio and the shorter side in pixels."""
    long = round(short * max(aspect, 1 / aspect) / 2) * 2
    return (long, short) if aspect >= 1 else (short, long)
