"""The band as a source of sound: `builtin`."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.generation.bench import Bench, Told
from songreel.generation.local import Here
from songreel.generation.provider import Context, Standing, Traits
from songreel.generation.sound.source import Task
from songreel.models.clip import Job, JobState
from songreel.models.errors import InvalidInput
from songreel.models.files import code_version
from songreel.models.sound_request import NO_FILES, Setting, SoundFiles, SoundRequest

if TYPE_CHECKING:
    from songreel.sound.instruments.notes import Stereo

_TEMPO = (30.0, 300.0)
_HUMANISE = (0.0, 2.0)
_ELSEWHERE = frozenset({"num_steps", "cfg_strength", "mask_away_clip"})
"""Settings of models that make effects from pictures, which a plan of effects has for them; no
instrument of the band has such a knob."""


class Band(Here[SoundRequest]):
    """A small band in code; needs nothing else and is there at once.

    Args:
        context: Where it works.
    """

    name = "builtin"
    tasks: tuple[Task, ...] = ("music", "effects")
    longest = 240.0
    hears = True
    sees = False

    def __init__(self, context: Context) -> None:
        self.traits = Traits(
            local=True, hears_music=False, costs_money=False, deterministic=True,
            max_concurrent=context.workers,
        )  # fmt: skip
        self._bench: Bench[SoundRequest] = Bench(
            self.name, context.scratch, context.workers, ".wav"
        )

    @classmethod
    def describe(cls, context: Context) -> Standing:  # noqa: ARG003 (part of the Protocol)
        """It is always ready."""
        return Standing(
            ready=True,
            summary="a small band in code that composes and plays, and effects from words; "
            "needs no key, GPU or network",
        )

    def plan(self, request: SoundRequest) -> SoundRequest:
        """The request with tempo, key, mood and settings complete, the band's version in `source`.

        Effects have none of them; they follow words, not pictures, and hear nothing.

        Raises:
            InvalidInput: A value is out of range, a style is not known, or it is too long.
        """
        from songreel.generation.sound.band.score import bpm_of, key_of, mood_of
        from songreel.generation.sound.band.words import understand

        if request.total > self.longest + 1e-6:
            raise InvalidInput(
                f"{self.name} makes {self.longest:g} s at a time, not {request.total:.2f} s; "
                "ask for less at a time"
            )
        if request.task == "effects":
            unknown = sorted(set(request.settings) - _ELSEWHERE)
            if unknown:
                raise InvalidInput(
                    f"effects of builtin have no setting {unknown[0]!r}; leave it out"
                )
            return _bare(request)
        settings = _checked(request.settings)
        if request.phase >= request.meter:
            raise InvalidInput(
                f"a bar of {request.meter} beats has no beat {request.phase:g}: "
                f"phase lies under {request.meter}"
            )
        request = request.model_copy(update={"settings": settings})
        words = understand(request.prompt, request.negative)
        bpm = bpm_of(request, words)
        low, high = _TEMPO
        if not low <= bpm <= high:
            raise InvalidInput(f"{self.name} plays at {low:g} to {high:g} BPM, not at {bpm:g}")
        return request.model_copy(update={
            "bpm": bpm,
            "key": key_of(request, words).name,
            "mood": mood_of(request, words),
            "seen": None,
            "source": (f"{Band.name} {_edition()}",),
        })  # fmt: skip

    def alternatives(self, request: SoundRequest) -> Sequence[SoundRequest]:  # noqa: ARG002
        """None: what fails here once fails always."""
        return ()

    def notes(self, request: SoundRequest) -> Sequence[str]:
        """Style and instruments, and what of the prompt they come from."""
        from songreel.generation.sound.band.telling import told_of

        return told_of(request)

    def notices(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def submit(self, request: SoundRequest, files: SoundFiles = NO_FILES, /) -> Job[SoundRequest]:
        """Start playing; kernels are compiled on their first use."""
        return self._bench.make(request, partial(_play, request, files.heard))

    def poll(self, job: Job[SoundRequest]) -> JobState:
        """Where `job` stands; sound that cannot be read has failed."""
        return self._bench.poll(job)

    def cancel(self, job: Job[SoundRequest]) -> None:
        """Stop `job` at its next step."""
        self._bench.cancel(job)

    def close(self) -> None:
        """Stop all jobs."""
        self._bench.close()


def _checked(settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """The settings, complete.

    Raises:
        InvalidInput: One is not known or out of range.
    """
    from songreel.generation.sound.band.score import AUTO
    from songreel.generation.sound.band.styles import STYLES

    known = ("style", "humanise")
    for name in settings:
        if name not in known:
            raise InvalidInput(f"builtin has no setting {name!r}; it has {' and '.join(known)}")
    style = settings.get("style", AUTO)
    if style != AUTO and style not in STYLES:
        raise InvalidInput(
            f"builtin has no style {style!r}; choose {AUTO} or one of {', '.join(STYLES)}"
        )
    humanise = settings.get("humanise", 1.0)
    low, high = _HUMANISE
    if isinstance(humanise, bool | str) or not low <= humanise <= high:
        raise InvalidInput(f"humanise is a number from {low:g} to {high:g}, not {humanise!r}")
    return {"style": style, "humanise": float(humanise)}


def _bare(request: SoundRequest) -> SoundRequest:
    """A request for effects with what decides them, and nothing else."""
    return SoundRequest(
        task="effects", prompt=request.prompt, negative=request.negative,
        seconds=request.seconds, seed=request.seed, energy=request.energy,
        source=(f"{Band.name} {_edition()}",),
    )  # fmt: skip


def _play(request: SoundRequest, heard: Path | None, path: Path, told: Told) -> None:
    """Render `request` into a WAV of 32-bit floats at 48 kHz."""
    from songreel.generation.sound.band.render import RATE, render
    from songreel.generation.sound.band.soundscape import sounding
    from songreel.sound.pcm import write_wav

    if request.task == "effects":
        write_wav(path, sounding(request, told), RATE)
        return
    write_wav(path, render(request, _heard(heard), told), RATE)


def _heard(path: Path | None) -> "Stereo | None":
    if path is None:
        return None
    from songreel.generation.sound.band.render import RATE
    from songreel.sound.pcm import read

    return read(path, RATE, 2).samples


@cache
def _edition() -> str:
    """State of the code that composes and plays."""
    return code_version("songreel.generation.sound.band", "songreel.sound.instruments")
