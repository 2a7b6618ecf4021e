"""Outlines of songs kept as files, so that a page shows a waveform without decoding: `Outlines`."""

from pathlib import Path
from typing import TYPE_CHECKING

from songreel.models.errors import SongreelError
from songreel.models.files import whole

if TYPE_CHECKING:
    from songreel.analysis.peaks import Outline
    from songreel.models.sound import Sound

FORM = 1
"""Of the file; a file of another form is gathered anew."""


class Outlines:
    """A folder of outlines by the song's content. Losing it costs decoding the songs again.

    Args:
        folder: Where; made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, sha256: str) -> "Outline | None":
        """The outline of a song; None where there is none, or none that can be read."""
        import numpy as np

        try:
            found: Outline = np.load(self.path(sha256), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        whole_one = found.dtype == np.int8 and found.ndim == 2 and found.shape[0] == 2
        return found if whole_one else None

    def keep(self, sha256: str, outline: "Outline") -> None:
        """Store an outline. A folder that cannot be written is no reason to show none."""
        import numpy as np

        path = self.path(sha256)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole(path, lasting=False) as partial, partial.open("wb") as file:
                np.save(file, outline, allow_pickle=False)
        except (OSError, SongreelError):
            return

    def path(self, sha256: str) -> Path:
        """Where the outline of a song lies."""
        return self._folder / f"{sha256}-{FORM}.npy"


def gathered(sound: "Sound") -> "Outline":
    """The outline of an open song, decoded for it.

    Raises:
        InvalidInput: It is gone, or no longer what was opened.
    """
    from songreel.analysis.peaks import Outlined

    heard = Outlined(sound)
    for _ in heard.blocks():
        pass
    assert heard.peaks is not None
    return heard.peaks.outline()
