"""Takes of one step: ordered, listened to, made again, and the best one kept: `Takes`, `Best`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from songreel.generation.patience import Patience
from songreel.generation.purse import Purse
from songreel.generation.score.chain import Joint
from songreel.generation.score.faults import Fault, faults
from songreel.generation.score.verdict import Judge, Surroundings, Verdict
from songreel.generation.sound.orders import Wanted, fulfil
from songreel.generation.sound.source import SoundSource
from songreel.models.errors import BudgetExceeded, InvalidInput, ProviderError
from songreel.models.money import Charge
from songreel.models.progress import Progress
from songreel.models.score import ScoreCue
from songreel.models.sound_request import SoundFiles, SoundRequest, SoundTake
from songreel.sound.pcm import Samples, read, resample, to_channels

_OFF_CENTRE = 0.005
"""Mean of a take's samples, of full scale, from which on it is taken away: a join to music that is
centred would be a thump."""


@dataclass(frozen=True)
class Best:
    """The take that is kept."""

    take: SoundTake
    samples: Samples
    """At the track's rate and channels; what was no number is silent."""
    joint: Joint
    verdict: Verdict
    rate: int
    retakes: int
    remarks: tuple[str, ...]

    @property
    def lag(self) -> int:
        """Samples by which it renders late what it heard."""
        heard = self.take.request.heard
        return self.joint.first - round(heard.seconds * self.rate) if heard is not None else 0


@dataclass(frozen=True)
class Step:
    """What one step is about."""

    cue: ScoreCue
    ask: Callable[[int], SoundRequest]
    """The planned request of a take, by how often it was made again."""
    label: Callable[[int], str]
    files: SoundFiles
    place: Callable[[Samples, int], Joint]
    """Where a take goes over from what is there; given its samples and their rate."""
    count: Callable[[int], int]
    """Samples that are wanted from the join on, by the rate."""
    around: Callable[[Samples, int], Surroundings]
    ends: bool


@dataclass
class Takes:
    """Orders takes and tells the good from the bad.

    Args:
        source: Who makes them.
        folder: Where they are kept.
        judge: Who listens to the tempo.
        retakes: How often a step is made again.
    """

    source: SoundSource
    folder: Path
    judge: Judge
    retakes: int
    purse: Purse | None
    patience: Patience | None
    on_interrupt: Literal["leave", "cancel"]
    charges: list[Charge] = field(default_factory=list)
    """Of all takes, those that were not kept among them."""

    def best(self, step: Step, form: tuple[int, int] | None, progress: Progress) -> Best:
        """The first take without a fault, or the best there is.

        Args:
            step: What is wanted.
            form: Rate and channels of the track; None: the take's own.
            progress: Told what is being done.

        Raises:
            SongreelError: No take could be had.
        """
        found: list[tuple[Best, tuple[Fault, ...]]] = []
        told: list[str] = []
        for retake in range(self.retakes + 1):
            try:
                take = self._order(step.label(retake), step.ask(retake), step.files, progress)
            except (BudgetExceeded, ProviderError) as error:
                if not found:
                    raise
                told.append(f"it could not be made again: {error}")
                break
            best, wrong = self._heard(take, step, form)
            found.append((best, wrong))
            if not wrong:
                break
            form = form or (best.rate, best.samples.shape[0])
        weights = [sum(fault.weight for fault in wrong) for _, wrong in found]
        chosen = int(np.argmin(weights))
        best, wrong = found[chosen]
        remarks = [
            f"take {n} {_listed(each)}, so it was made again"
            for n, (_, each) in enumerate(found, 1)
            if n != chosen + 1
        ]
        remarks += [f"it {_listed(wrong)}"] if wrong else []
        return replace(
            best,
            retakes=len(found) - 1,
            remarks=(*remarks, *told, *best.remarks, *best.verdict.remarks),
        )

    def _order(
        self, label: str, request: SoundRequest, files: SoundFiles, progress: Progress
    ) -> SoundTake:
        made = fulfil(
            [Wanted(label, request, files)], source=self.source, folder=self.folder,
            progress=progress, patience=self.patience, purse=self.purse,
            on_interrupt=self.on_interrupt,
        )  # fmt: skip
        if label in made.lost:
            raise made.lost[label]
        take = made.takes[label]
        if take.cost is not None:
            self.charges.append(take.cost)
        return take

    def _heard(
        self, take: SoundTake, step: Step, form: tuple[int, int] | None
    ) -> tuple[Best, tuple[Fault, ...]]:
        """Listen to a take."""
        try:
            samples, rate = read(self.folder / take.file)
        except InvalidInput as error:
            raise ProviderError(
                f"{self.source.name}: {take.file}: {error}", provider=take.provider
            ) from error
        broken = ~np.isfinite(samples)
        whole = np.where(broken, np.float32(0), samples)
        if form is not None:
            whole = resample(to_channels(whole, form[1]), rate, form[0])
            rate = form[0]
        joint = step.place(whole, rate)
        new = whole[:, joint.first : joint.first + step.count(rate)]
        offset = new.mean(axis=1, keepdims=True)
        told: tuple[str, ...] = ()
        if (shift := float(np.abs(offset).max(initial=0.0))) > _OFF_CENTRE:
            whole, new = whole - offset, new - offset
            told = (f"it was off centre by {shift:.3f} of full scale, which was taken away",)
        if broken.any():
            verdict = Verdict()
            wrong: tuple[Fault, ...] = faults(samples, rate, step.cue, verdict, ends=step.ends)
        else:
            verdict = self.judge(new, rate, step.cue, step.around(new, rate))
            wrong = faults(new, rate, step.cue, verdict, ends=step.ends, offset=shift)
        return Best(take, whole, joint, verdict, rate, 0, told), wrong


def _listed(wrong: tuple[Fault, ...]) -> str:
    return " and ".join(fault.text for fault in wrong)
