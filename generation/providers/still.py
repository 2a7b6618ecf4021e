"""The user's pictures as a source of clips: a slow camera over a shot's own start image."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from songreel.generation.encode import Picture
from songreel.generation.footage.depth import Depth, depth_of
from songreel.generation.footage.listen import heard_by_photos
from songreel.generation.footage.photo import focus_of, read_photo, small_grey
from songreel.generation.footage.still import moving_photo
from songreel.generation.local import Local
from songreel.generation.provider import Context, Standing
from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Job, Portion
from songreel.models.errors import InvalidInput, MachineError, ProviderError
from songreel.models.files import code_version
from songreel.models.storyboard import Oklch, ShotSize

_NO_PALETTE = tuple(Oklch(lightness=v, chroma=0, hue=0) for v in (0.2, 0.5, 0.8))


class StillImage(Local):
    """A shot's start image under its camera move; with an end image, the way from one to the other.

    Shots without a start image fail, so that the film's next choice serves them.
    """

    name = "still"

    def __init__(self, context: Context) -> None:
        super().__init__(context, takes_stills=True, hears_music=True)
        self._depths: dict[str, Depth] = {}

    @classmethod
    def describe(cls, context: Context) -> Standing:  # noqa: ARG003 (part of the Protocol)
        """It is always ready; the images are the shots' own."""
        summary = "your own pictures, slowly moved; needs a start image in the plan of each shot"
        return Standing(ready=True, summary=summary)

    def plan(self, requests: Mapping[str, ClipRequest]) -> Mapping[str, Portion]:
        """The requests with their start and end images, and nothing that no picture shows."""
        levelled = {
            "prompt": "", "negative": "", "motif": "", "size": ShotSize.WIDE, "references": (),
            "take": None, "source": (f"still {_version()}",),
        }  # fmt: skip
        return {
            shot: Portion.whole(request.model_copy(update=levelled | _shown_of(request)))
            for shot, request in requests.items()
        }

    def alternatives(self, request: ClipRequest) -> Sequence[ClipRequest]:
        """The start image alone where there is an end image that may be at fault."""
        return () if request.end is None else (request.model_copy(update={"end": None}),)

    def notes(self, request: ClipRequest) -> Sequence[str]:
        """Which pictures, by the start of their hash."""
        names = [
            still.sha256[:12] if still.sha256 else "the last picture of the shot before"
            for still in (request.start, request.end)
            if still is not None
        ]
        move = f"camera: {request.camera.value}"
        if len(names) > 1:
            return (f"from the picture {names[0]} to {names[1]}",)
        if not names:
            return ("no start image",)
        depth = self._depths.get(request.start.sha256 or "") if request.start else None
        return (f"the picture {names[0]}, {move}", *(depth.told() if depth else ()))

    def submit(self, request: ClipRequest, images: Images = NO_IMAGES) -> Job:
        """Start moving over the picture.

        Raises:
            ProviderError: The shot has no start image, or it is none that can be decoded.
            MachineError: An image cannot be read.
        """
        start, end = images.start, images.end
        if request.start is None or start is None:
            raise ProviderError("the shot has no start image", provider=self.name)
        if request.end is None:
            end = None
        for path in (start, end):
            if path is not None and not path.is_file():
                raise MachineError(f"cannot read {path}: no such file")
        return self._workshop.submit(request, lambda: self._frames(start, end, request))

    def _frames(self, start: Path, end: Path | None, request: ClipRequest) -> Iterator[Picture]:
        first = _read(start)
        if end is None:
            focus = focus_of(small_grey(first))
            depth = depth_of(first, focus)
            if request.start is not None and request.start.sha256 is not None:
                self._depths[request.start.sha256] = depth
            yield from moving_photo(first, focus, request, depth)
            return
        from songreel.generation.footage.between import between

        yield from between(first, _read(end), request)


def _shown_of(request: ClipRequest) -> dict[str, object]:
    """Light, colour and music, as far as the request's pictures show them.

    One picture alone hears the music and has dust in the film's colours; the way from one to
    another has neither.
    """
    if request.start is None or request.end is not None:
        return {"energy": 0.0, "palette": _NO_PALETTE, "drive": None}
    return {"drive": heard_by_photos(request.drive)}


def _read(path: Path) -> Picture:
    try:
        return read_photo(path)
    except InvalidInput as error:
        raise InvalidInput(f"the picture {path.name} {error}") from error
    except OSError as error:
        raise MachineError(f"cannot read {path}: {error.strerror or error}") from error


@cache
def _version() -> str:
    # The music reaches it through the scenes' moments.
    return code_version("songreel.generation.footage", "songreel.generation.visuals")
