"""What was seen of a video along its length, and where that is kept: `Looks`, `Kept`."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from songreel.models.document import Document
from songreel.models.errors import SongreelError

_SEEN_BY = ("scan.py", "looks.py", "decode.py", "photo.py")
"""Source of what looks: another version looks again."""

Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Looks:
    """Measures at `times`, all of shape (n,), increasing; and the stretches without a cut."""

    times: NDArray[np.float64]
    light: NDArray[np.float64]
    sharpness: NDArray[np.float64]
    motion: NDArray[np.float64]
    """Change of the picture a second, over its contrast."""
    stretches: tuple[tuple[float, float], ...]
    """(start, end) seconds."""
    focus: tuple[float, float]
    trouble: str = ""
    """What went wrong on the way, if anything did."""

    def mean(
        self, values: NDArray[np.float64], starts: NDArray[np.float64], ends: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Mean of `values`, one for each look, over spans; the nearest look's for short ones."""
        last = len(self.times) - 1
        first = np.minimum(np.searchsorted(self.times, starts), last)
        until = np.clip(np.searchsorted(self.times, ends), first + 1, last + 1)
        sums = np.concatenate([[0.0], np.cumsum(values)])
        return np.asarray((sums[until] - sums[first]) / (until - first))


class _Record(Document):
    """The file form of `Looks`."""

    kind: ClassVar[str] = "songreel.footage-looks"
    version: ClassVar[int] = 1

    sha256: str
    code: str
    looked_at: tuple[tuple[float, float], ...]
    """Spans of the file, seconds: among more files each long one is looked at less."""
    times: tuple[float, ...]
    light: tuple[float, ...]
    sharpness: tuple[float, ...]
    motion: tuple[float, ...]
    stretches: tuple[tuple[float, float], ...]
    focus: tuple[float, float]


class Kept:
    """Looks in a folder, by the content of the video and the code that looked.

    A file that cannot be read or written costs another look and nothing else.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        own = files("songreel.generation.footage")
        sources = b"\0".join((own / name).read_bytes() for name in _SEEN_BY)
        self._code = hashlib.sha256(sources).hexdigest()[:12]

    def find(self, sha256: str, spans: Spans) -> Looks | None:
        """What was seen of the video, if it was this one and as much of it."""
        path = self._path(sha256)
        if path is None or not path.is_file():
            return None
        try:
            known = _Record.load(path)
        except SongreelError:
            return None
        if (known.sha256, known.code, known.looked_at) != (sha256, self._code, spans):
            return None
        measures: Mapping[str, Any] = {
            name: np.asarray(getattr(known, name), dtype=np.float64)
            for name in ("times", "light", "sharpness", "motion")
        }
        return Looks(**measures, stretches=known.stretches, focus=known.focus)

    def keep(self, sha256: str, spans: Spans, looks: Looks) -> None:
        """Write what was seen, whole or not at all."""
        path = self._path(sha256)
        if path is None:
            return
        record = _Record(
            sha256=sha256,
            code=self._code,
            looked_at=spans,
            times=tuple(looks.times.tolist()),
            light=tuple(looks.light.tolist()),
            sharpness=tuple(looks.sharpness.tolist()),
            motion=tuple(looks.motion.tolist()),
            stretches=looks.stretches,
            focus=looks.focus,
        )
        with suppress(SongreelError, OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            record.save(path)

    def _path(self, sha256: str) -> Path | None:
        return None if self._folder is None else self._folder / f"{sha256[:32]}.json"
