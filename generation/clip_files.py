"""The files of a clip's stills when it is ordered: `ClipFiles`."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from songreel.generation.shelf import Shelf
from songreel.generation.stills import write_picture_before
from songreel.models.clip import ClipRequest, Images, Still
from songreel.models.errors import InvalidInput

Find = Callable[[str], Path | None]


class ClipFiles:
    """Finds images by their content, and takes last pictures from clips that are there.

    Args:
        shelf: Where clips are.
        image: The file of an image, by its sha256.
    """

    def __init__(self, shelf: Shelf, image: Find) -> None:
        self._shelf, self._image = shelf, image
        self._pictures: TemporaryDirectory[str] | None = None

    def close(self) -> None:
        """Remove the pictures that were taken from clips."""
        if self._pictures is not None:
            self._pictures.cleanup()

    def __call__(self, request: ClipRequest) -> Images:
        """The files of the stills of `request`."""
        return Images(
            start=self._file(request.start) if request.start else None,
            end=self._file(request.end) if request.end else None,
            references=tuple(self._file(still) for still in request.references),
        )

    def _file(self, still: Still) -> Path:
        if still.sha256 is not None:
            path = self._image(still.sha256)
            if path is None:
                raise InvalidInput(
                    f"no shot names the image any more that this clip was to show "
                    f"(sha256 {still.sha256[:12]}…)"
                )
            return path
        assert still.after is not None
        assert still.at is not None
        clip = self._shelf.made_of(still.after)
        if clip is None:
            raise InvalidInput("the clip whose last picture this one was to begin with is gone")
        if self._pictures is None:
            self._pictures = TemporaryDirectory(prefix="songreel-")
        name = f"{still.after[:16]}-{still.at.numerator}-{still.at.denominator}.png"
        target = Path(self._pictures.name) / name
        if not target.exists():
            write_picture_before(clip, still.at, target)
        return target
