"""Music made in code with a known pulse, and a source that continues it: `Tunesmith`."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songreel.models.clip import Job, JobState
from songreel.models.errors import InvalidInput
from songreel.models.sound_request import SoundFiles, SoundRequest
from songreel.sound.pcm import Samples, read, write_wav
from support.sound_shop import SoundShop

Act = Callable[[Samples, SoundRequest, int], Samples]


@cache
def _pluck(rate: int, hertz: float) -> NDArray[np.float64]:
    t = np.arange(rate) / rate
    waves = (np.sin(2 * np.pi * hertz * h * t) / h for h in (1, 2, 3) if hertz * h < rate / 2.5)
    return 0.05 * sum(waves, np.zeros(rate)) * np.exp(-6 * t) * np.minimum(t / 0.004, 1)


@cache
def _kick(rate: int) -> NDArray[np.float64]:
    t = np.arange(rate) / rate
    swept = 50 + 60 * np.exp(-40 * t)
    return 0.25 * np.sin(2 * np.pi * swept * t) * np.exp(-14 * t)


@cache
def _hat(rate: int) -> NDArray[np.float64]:
    noise = np.random.default_rng(0).standard_normal(rate)
    return 0.03 * noise * np.exp(-60 * np.arange(rate) / rate)


def tune(
    rate: int, seconds: float, bpm: float, *, phase: float = 0.0, seed: int = 0, level: float = 1.0
) -> NDArray[np.float32]:
    """Shape (1, n): plucked chords on beats and eighths, a kick on beats and a hat between them.

    Args:
        rate: Samples a second.
        seconds: Length.
        bpm: Beats a minute.
        phase: Beats that have passed since a downbeat where it begins.
        seed: Of which notes are played.
        level: Of everything.
    """
    count = round(seconds * rate)
    rng = np.random.default_rng(seed)
    found = np.zeros(count + 2 * rate)
    step = 30.0 / bpm
    first = int(np.ceil(phase * 2 - 1e-9))
    for n in range(first, int(phase * 2 + seconds / step) + 1):
        start = round((n - phase * 2) * step * rate)
        if start >= count:
            break
        here = found[start : start + rate]
        root = (0, 5, 7, 3)[(n // 8) % 4]
        for note in rng.choice([0, 3, 7, 12, 15, 19], 2):
            here += _pluck(rate, 110 * 2 ** ((root + int(note)) / 12))
        here += _hat(rate) if n % 2 else _kick(rate)
    return (level * found[None, :count]).astype(np.float32)


class Tunesmith(SoundShop):
    """A source that plays `tune` and continues what it hears, rendering it as a codec would.

    It plays it quieter, late, duller and with a little noise. `acts` tells what goes wrong with
    which take: by prompt, in the order in which they are submitted; an act changes the new samples.
    """

    def __init__(
        self,
        world: Path,
        *,
        hears: bool = True,
        longest: float = 30.0,
        rate: int = 8000,
        lag: int = 7,
        gain: float = 0.7,
        swells: float = 1.0,
        acts: Mapping[str, list[Act | None]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(world, name="tunesmith", polls=0, **more)
        self.hears, self.longest, self.rate = hears, longest, rate  # type: ignore[misc]
        self.lag, self.gain, self.swells = lag, gain, swells
        self.acts = {prompt: list(wrong) for prompt, wrong in (acts or {}).items()}
        self.requests: list[SoundRequest] = []
        self.stereo = False

    def plan(self, request: SoundRequest) -> SoundRequest:
        if request.total > self.longest + 1e-6:
            raise InvalidInput(f"{request.total:.2f} s is more than {self.longest:g} s")
        return request.model_copy(update={"source": (self.name, "v1")})

    def submit(self, request: SoundRequest, files: SoundFiles, /) -> Job[SoundRequest]:
        job = super().submit(request, files)
        self.requests.append(request)
        waiting = self.acts.get(request.prompt, [])
        new = self.play(request, files)
        if request.heard is not None:
            assert files.heard is not None
            new = np.concatenate([read(files.heard, self.rate, 1).samples, new], axis=1)
        dull = 0.9 * new + 0.1 * np.pad(new, ((0, 0), (1, 0)))[:, :-1]
        noise = np.random.default_rng(1).standard_normal(new.shape) * 1e-4
        made = np.pad(self.gain * dull + noise, ((0, 0), (self.lag, 0)))
        act = waiting.pop(0) if waiting else None
        if act is not None:
            first = made.shape[1] - round((request.seconds + 0.05) * self.rate)
            made[:, first:] = act(made[:, first:], request, self.rate)
        made = np.repeat(made, 2, axis=0) if self.stereo else made
        write_wav(self.world / f"made-{job.id}.wav", made.astype(np.float32), self.rate)
        return job

    def play(self, request: SoundRequest, files: SoundFiles) -> Samples:
        """The new sound, shape (1, n), a little longer than was asked for."""
        new = tune(
            self.rate, request.seconds + 0.05, request.bpm or 120, phase=request.phase,
            seed=int(request.fingerprint[:8], 16), level=0.5,
        )  # fmt: skip
        if files.heard is not None:  # it goes on as loud as what it hears, or `swells` so loud
            before = read(files.heard, self.rate, 1).samples
            new = new * np.float32(self.swells * before.std() / max(new.std(), 1e-9))
        return new

    def notes(self, request: SoundRequest) -> Sequence[str]:  # noqa: ARG002
        return ("played by the tunesmith",)

    def poll(self, job: Job[SoundRequest]) -> JobState:
        answer = self._fault("poll", job.request.seed)
        if answer is not None:
            return answer
        # The file is moved to a shelf; a service has it for as long as it is asked.
        result = self.world / f"result-{job.id}.wav"
        copyfile(self.world / f"made-{job.id}.wav", result)
        return JobState(status="done", progress=1.0, result=str(result))


class Organist(Tunesmith):
    """A source that holds a chord. It goes on with the very waves of what it hears.

    Steady tones hide no click: nothing else in them bends as sharply.
    """

    chord = (110.0, 164.81, 261.63)
    """Hertz."""

    def play(self, request: SoundRequest, files: SoundFiles) -> Samples:
        t = np.arange(round((request.seconds + 0.05) * self.rate)) / self.rate
        if files.heard is None:
            turns = np.random.default_rng(request.seed).uniform(0, 2 * np.pi, len(self.chord))
            tones = np.sin(2 * np.pi * t[:, None] * np.array(self.chord) + turns)
            return (0.1 * tones.sum(axis=1))[None].astype(np.float32)
        before = read(files.heard, self.rate, 1).samples[0, -self.rate // 4 :]
        past = np.arange(-before.size, 0) / self.rate
        fit, *_ = np.linalg.lstsq(self._waves(past), before, rcond=None)
        return (self._waves(t) @ fit)[None].astype(np.float32)

    def _waves(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        turns = 2 * np.pi * t[:, None] * np.array(self.chord)
        return np.concatenate([np.sin(turns), np.cos(turns)], axis=1)


def drifts(ratio: float) -> Act:
    """Another tempo."""
    return lambda new, asked, rate: tune(  # noqa: ARG005
        rate, asked.seconds + 0.05, (asked.bpm or 120) * ratio, phase=asked.phase, seed=asked.seed,
        level=0.5,
    )  # fmt: skip


def clips(new: Samples, asked: SoundRequest, rate: int) -> Samples:  # noqa: ARG001
    """Flat tops at full scale."""
    return np.clip(40 * new, -1, 1)


def dies(new: Samples, asked: SoundRequest, rate: int) -> Samples:  # noqa: ARG001
    """Nothing from its second second on."""
    silent = new.copy()
    silent[:, rate:] = 0
    return silent


def breaks(new: Samples, asked: SoundRequest, rate: int) -> Samples:  # noqa: ARG001
    """Some samples are no numbers."""
    broken = new.copy()
    broken[:, 100:120] = np.nan
    return broken
