"""How far a whole job is, from how far its stages are: `Stages`."""

from collections.abc import Mapping

from songreel.models.progress import Progress
from songreel.models.work import Work
from songreel.models.work_files import Excerpt, Formats

_HEARING = {
    "reading the song": 1.0, "compiling, which the first run does": 2.0, "decoding": 2.0,
    "hearing spectra": 1.0, "finding beats": 5.0, "finding sections": 1.0, "analysed": 0.5,
}  # fmt: skip
_PLANNING = {"planning the cuts": 4.0, "writing with": 8.0}
_CLIPS = {"planning the clips": 2.0, "clips": 58.0}
_CUTTING = {
    "looking at how the clips move": 2.0, "looking for the subjects": 2.0,
    "cutting the shots": 14.0, "joining picture and song": 1.5,
}  # fmt: skip
_PROOF = {"watching the film": 13.0, "listening to the film": 1.0}
_FILM = _HEARING | _PLANNING | _CLIPS | _CUTTING | _PROOF
_MUSIC = {
    "score": 30.0, "sound": 30.0, "mastering the score": 3.0, "measuring the score": 4.0,
    "drawing the score": 2.0,
}  # fmt: skip
_MIXING = {
    "listening to the new sound": 4.0, "levelling": 4.0, "mixing": 8.0, "coding the sound": 6.0,
    "joining picture and sound": 3.0,
}  # fmt: skip

_KINDS: Mapping[str, Mapping[str, float]] = {
    "hear": _HEARING,
    "plan": _HEARING | _PLANNING,
    "make": _FILM,
    "generate": _HEARING | _CLIPS,
    "assemble": _HEARING | _CLIPS | _CUTTING | _PROOF,
    "retake": _HEARING | _CLIPS | _CUTTING | _PROOF,
    "report": _HEARING | _PROOF,
    "preview": _HEARING | {"drawing the preview": 30.0},
    "contact-sheet": {"gathering pictures": 10.0, "drawing the sheet": 3.0},
    "export": _HEARING | {"exporting": 4.0, "clicking along": 4.0, "writing the page": 4.0,
                          "drawing": 4.0},
    "formats": _HEARING | _CUTTING | _PROOF,
    "excerpt": _HEARING | _CUTTING | _PROOF,
    "loop": _HEARING | {"looking for bars that lead back": 10.0} | _CUTTING | _PROOF,
    "score": {"looking at the film": 2.0} | _MUSIC,
    "make-scenes": _MUSIC | _FILM,
    "foley": {"looking at the film": 2.0, "looking for cuts": 4.0,
              "cutting the film to pieces": 4.0, "sound": 40.0} | _MIXING,
    "mix": {"looking at the film": 1.0} | _MIXING,
    "pairs": {"looking at the photos": 20.0, "comparing the photos": 6.0,
              "choosing the pairs": 4.0},
    "demo": {"playing the song": 4.0} | _FILM,
}  # fmt: skip
"""Weights of stages in the order in which they come, by kind of work: seconds of each in a film of
the demo song of 360 lines by built-in visuals, on one core. They are no promise: of bought clips
nearly all of the time goes into `clips`."""


def rounds_of(work: Work) -> int:
    """How often the stages of some work follow each other: once for each film that it makes."""
    match work:
        case Formats():
            return len(set(work.aspects))
        case Excerpt():
            return work.count
        case _:
            return 1


class Stages:
    """Progress of a whole job: never goes back, and ends at 1 only where the job does.

    Args:
        kind: Of work.
        progress: Told what is being done and how much of the whole job is done.
        rounds: How often its stages follow each other.
    """

    def __init__(self, kind: str, progress: Progress, rounds: int = 1) -> None:
        self._weights = dict(_KINDS.get(kind, {}))
        self._order = list(self._weights)
        self._total = sum(self._weights.values()) or 1.0
        self._tell, self._done = progress, 0.0
        self._rounds, self._round, self._last = rounds, 0, -1

    def __call__(self, what: str, done: float) -> None:
        """A stage is so far: a `Progress`."""
        stage = next((name for name in self._weights if what.startswith(name)), None)
        if stage is not None:
            at = self._order.index(stage)
            if at < self._last and self._round < self._rounds - 1:
                self._round += 1
            self._last = at
            before = sum(self._weights[name] for name in self._order[:at])
            part = (before + self._weights[stage] * min(max(done, 0.0), 1.0)) / self._total
            self._done = max(self._done, min((self._round + part) / self._rounds, 0.999))
        elif not self._weights:
            self._done = max(self._done, min(max(done, 0.0), 0.999))
        self._tell(what, self._done)
