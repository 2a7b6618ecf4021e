"""One step after the other: what is heard, asked for, and laid onto the track: `Growth`."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from songreel.generation.score.align import ALIKE, match
from songreel.generation.score.asking import asked, hearing, label_of, seed_of
from songreel.generation.score.chain import STEP, Chain, Joint
from songreel.generation.score.faults import TRUSTED
from songreel.generation.score.grid import Grid
from songreel.generation.score.kept import HEARD
from songreel.generation.score.onsets import onsets
from songreel.generation.score.pulse import beat_at
from songreel.generation.score.takes import Best, Step, Takes
from songreel.generation.score.verdict import Surroundings
from songreel.generation.score.windows import LAST, Stretch, Window, tail, window
from songreel.models.errors import MachineError, ProviderError
from songreel.models.files import sha256_of
from songreel.models.progress import Progress
from songreel.models.score import ScorePart, ScorePlan
from songreel.models.sound_request import NO_FILES, Heard, Setting, SoundFiles, SoundRequest
from songreel.sound.pcm import Samples, write_wav

_LISTENED = 8.0
"""Seconds before a join that its judge is given, and in which its beat is looked for."""
_SURE = 0.5
"""From which on a pulse in the music moves a join off the beat it was planned for."""
_EXACT = 0.025
"""Seconds by which a beat that is heard may be off and the plan's still holds: bowed strings are
heard 6 to 18 ms after their beat (the band of `builtin`, measured), and a grid that moved by that
at each join would creep. Music that goes on from what it hears is none the worse for it."""
_HEADROOM = 0.98
"""Peak of what a source is given: beyond full scale it would be clipped there."""


_COUNTED = re.compile(r"[\d.]+ s$|seed \d+$|goes on from [\d.]+ s$")
"""Notes that hosted sources give of the numbers of one take."""
_Given = tuple[Heard | None, SoundFiles, Callable[[Samples, int], Joint]]


class Growth:
    """A score under way.

    Args:
        plan: The cues.
        takes: Where takes come from.
        grid: Beats at the start.
        settings: The source's own parameters.
        hear: Seconds that the source is to hear; 0 if it does not.
        ends: Whether the music is to come to an end with the track.
    """

    chain: Chain

    def __init__(
        self,
        plan: ScorePlan,
        takes: Takes,
        grid: Grid,
        settings: Mapping[str, Setting],
        hear: float,
        *,
        ends: bool,
    ) -> None:
        self.plan, self.takes, self.grid = plan, takes, grid
        self.parts: list[ScorePart] = []
        self._settings, self._hear, self._ends = settings, hear, ends
        self._cue = plan.cues[0]
        """Whose music was made last."""
        self._found = False
        """Whether a beat was heard, so that the next ones are looked for near the grid's."""
        self._told: list[str] = []

    def notices(self) -> Sequence[str]:
        """What whoever hears the score should know."""
        source = self.takes.source
        found = [*source.notices(), *self._told]
        if not source.hears and len(self.parts) > 1:
            found.append(
                f"{source.name} does not hear what comes before: nothing was continued, each part "
                "was made by itself and cross-faded"
            )
        return tuple(dict.fromkeys(found))

    def grow(self, stretch: Stretch, *, last: bool, progress: Progress) -> None:
        """Make the music of `stretch`, in as many windows as it takes.

        Raises:
            SongreelError: A part could not be had; the track is as it was before it.
        """
        number = 1
        until = self.plan.seconds if last else stretch.end
        while not self.parts or self.chain.end < round(until * self.chain.rate):
            had = self.chain.end if self.parts else 0
            self._step(stretch, number, last, progress)
            if self.chain.end - had < 0.1 * self.chain.rate:
                raise ProviderError(
                    f"{self.takes.source.name} makes {self.takes.source.longest:g} s at a time, "
                    f"too little to go on with {stretch.cue.id} at {stretch.cue.bpm:g} BPM",
                    provider=self.takes.source.name,
                )
            number += 1

    def _step(self, stretch: Stretch, number: int, last: bool, progress: Progress) -> None:
        """One window: join, order, lay."""
        cue, before, source = stretch.cue, self._cue, self.takes.source
        first = not self.parts
        at = 0.0 if first else self._join(stretch.start if number == 1 else None)
        if not first and (cue.bpm, cue.meter) != (self.grid.bpm, self.grid.meter):
            self.grid = self.grid.anew(at, cue.bpm, cue.meter)
        until = self.plan.seconds if last else stretch.end
        goal = until + (LAST if last else tail(self.grid))
        lead = 0.0 if first or self._hear else 1.5 * self.grid.period
        asks = window(
            at, goal - at, self.grid, longest=source.longest - lead,
            hear=hearing(self._hear, before, cue),
        )  # fmt: skip
        heard, files, place = self._plain(at, lead)
        if asks.heard > 0:
            heard, files, place = self._continued(at, asks)
        begins = at - self.grid.period if lead else at
        ends = last and asks.new >= goal - at

        def ask(retake: int) -> SoundRequest:
            seed = seed_of(self.plan.seed, cue.id, number, retake)
            request = asked(
                cue, self.grid, begins, asks.new + lead, seed, self._settings, heard,
                theme=self.plan.seed, ending=ends and self._ends,
            )  # fmt: skip
            return source.plan(request)

        def around(new: Samples, rate: int) -> Surroundings:
            if first:
                return Surroundings(new[:, :0], None)
            sample = round(at * rate)
            return Surroundings(
                self.chain.between(sample - round(_LISTENED * rate), sample), before.bpm
            )

        step = Step(
            cue=cue, ask=ask, label=lambda retake: label_of(cue.id, number, retake), files=files,
            place=place, count=lambda rate: max(1, round((until - at) * rate)), around=around,
            ends=ends,
        )  # fmt: skip
        form = None if first else (self.chain.rate, self.chain.channels)
        best = self.takes.best(step, form, progress)
        if first:
            self.chain = Chain(best.rate, best.samples.shape[0], self.plan.seconds)
        elif (best.take.rate, best.take.channels) != form:
            self._told.append(
                f"{source.name} made parts at {best.take.rate} Hz with {best.take.channels} "
                f"channels, brought to the first one's {self.chain.rate} and {self.chain.channels}"
            )
        self._lay(stretch, number, best, round((until if last else goal) * self.chain.rate))
        self._cue = cue

    def _lay(self, stretch: Stretch, number: int, best: Best, goal: int) -> None:
        joint, alone = best.joint, number > 1 or not stretch.others
        floor = self.parts[-1].start + self.parts[-1].fade if self.parts else 0
        laid = self.chain.lay(best.samples, joint, stretch.cue, self.grid, goal, floor)
        remarks = list(best.remarks)
        if joint.alike is not None and joint.alike < ALIKE:
            remarks.append(
                f"it renders what it heard otherwise (correlation {joint.alike:.2f}): the join "
                "goes by the beat alone"
            )
        if laid.step is not None and abs(laid.step) > STEP:
            remarks.append(f"it steps by {laid.step:+.1f} LU where it begins")
        if not alone:
            remarks.append(
                f"{', '.join(stretch.others)} is too short for music of its own and goes along"
            )
        sure = best.verdict.trust >= TRUSTED
        self.parts.append(
            ScorePart(
                cue=stretch.cue.id, provider=best.take.provider,
                take=best.take.request.fingerprint, seed=best.take.request.seed,
                start=laid.start, end=self.chain.end, fade=laid.fade, gain=laid.gain,
                gain_end=laid.gain_end if laid.gain_end != laid.gain else None,
                lag=best.lag,
                alike=joint.alike, step=laid.step,
                tempo=round(best.verdict.tempo, 2) if sure and best.verdict.tempo else None,
                retakes=best.retakes, remarks=tuple(remarks), notes=_lasting(best.take.notes),
            )
        )  # fmt: skip

    def _join(self, planned: float | None) -> float:
        """Seconds of the beat on which the track is gone on from, as the music has its beats.

        Args:
            planned: Seconds; None: near the end of what is there.
        """
        chain, grid, beat = self.chain, self.grid, self.grid.period
        end = chain.end / chain.rate
        if planned is None:
            planned = end - tail(grid)
        near = grid.nearest(planned)
        near -= beat if near > end else 0.0
        start = max(0, round((near - _LISTENED) * chain.rate))
        heard = onsets(chain.between(start, chain.end), chain.rate, start / chain.rate)
        # A window that begins within the music sees an onset there that is none.
        heard = heard.between((start / chain.rate + 0.05) if start else 0.0, end)
        found = beat_at(heard, beat, near, beat / 4 if self._found else beat / 2)
        if found.clear >= _SURE:
            self._found = True
            if abs(found.at - near) > _EXACT:
                grid = self.grid = grid.moved(found.at - near)
        at = grid.join(planned)
        last = self.parts[-1]
        floor = (last.start + last.fade) / chain.rate + beat / 2
        while at > end:
            at -= beat
        while at < floor and at + beat <= end:
            at += beat
        return at

    def _continued(self, at: float, asks: Window) -> _Given:
        """What the source hears, and how its rendering of that is found again."""
        rate = self.chain.rate
        stop, length = round(at * rate), round(asks.heard * rate)
        samples = self.chain.between(stop - length, stop)

        def place(take: Samples, rate: int) -> Joint:  # noqa: ARG001 (the track's own)
            found = match(samples, take, self.chain.rate)
            return Joint(stop, length + found.lag, found.alike)

        path = self._write(samples)
        named = Heard(sha256=sha256_of(path), seconds=length / rate)
        return named, SoundFiles(heard=path), place

    def _plain(self, at: float, lead: float) -> _Given:
        """A take that begins by itself; a `lead` lies before the beat at which it is joined."""
        beat = self.grid.period

        def place(take: Samples, rate: int) -> Joint:
            if not lead:
                return Joint(0, 0, None)
            heard = onsets(take[:, : round(8 * beat * rate)], rate)
            found = beat_at(heard, beat, beat, beat / 2)
            off = found.at - beat if found.clear >= _SURE else 0.0
            first = beat + (off if abs(off) > _EXACT else 0.0)
            return Joint(round(at * rate), round(first * rate), None)

        return None, NO_FILES, place

    def _write(self, samples: Samples) -> Path:
        """The file of what is heard, named by its content."""
        peak = float(abs(samples).max(initial=0.0))
        if peak > _HEADROOM:
            samples = samples * (_HEADROOM / peak)
        folder = self.takes.folder / HEARD
        try:
            folder.mkdir(exist_ok=True)
            with TemporaryDirectory(dir=folder) as scratch:
                made = Path(scratch) / "heard.wav"
                write_wav(made, samples, self.chain.rate)
                return made.replace(folder / f"{sha256_of(made)[:16]}.wav")
        except OSError as error:
            raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error


def _lasting(notes: Sequence[str]) -> tuple[str, ...]:
    """What is said of a take, without what its part says in numbers: length, seed, what it heard.

    A licence and who played are to be read in a report of many parts.
    """
    return tuple(note for note in notes if not _COUNTED.match(note))
