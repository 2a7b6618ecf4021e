"""One clip as it is ordered from a farm: `ClipOrder`; which model makes it: `Setup`."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import ConfigDict, Field

from songreel.models.clip import NO_IMAGES, ClipRequest, Images, Sha256
from songreel.models.document import Frozen
from songreel.models.errors import MachineError
from songreel.models.files import whole
from songreel.models.local import Effort, LocalOptions
from songreel.models.order import fingerprint
from songreel.models.units import Seconds


class Setup(Frozen):
    """A source of clips and how its model is loaded: orders that share it share a loaded model."""

    source: str
    """As the user names it: `local:mochi`, `builtin`."""
    local: LocalOptions = LocalOptions()
    """`devices` names no GPU: which ones a worker has is the farm's affair."""
    models: str = ""
    """Text of the user's own local models (`local.toml`); a path may mean nothing elsewhere."""

    @cached_property
    def mark(self) -> str:
        """The same for the same loaded model."""
        return fingerprint(self.model_dump(mode="json"))[:16]


class Picture(Frozen):
    """An image that a clip begins with, ends with or refers to, with its bytes."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    suffix: Annotated[str, Field(pattern=r"^(\.[A-Za-z0-9]{1,8})?$")]
    data: bytes

    @classmethod
    def of(cls, path: Path) -> "Picture":
        """The image in the file `path`.

        Raises:
            MachineError: It cannot be read.
        """
        try:
            return cls(suffix=path.suffix, data=path.read_bytes())
        except OSError as error:
            raise MachineError(f"cannot read the image {path}: {error.strerror}") from error


class Pictures(Frozen):
    """The images of one order; they travel with it, so that a worker needs no disk of ours."""

    start: Picture | None = None
    end: Picture | None = None
    references: tuple[Picture, ...] = ()

    @classmethod
    def of(cls, images: Images) -> "Pictures":
        """The files' bytes.

        Raises:
            MachineError: One cannot be read.
        """
        return cls(
            start=Picture.of(images.start) if images.start else None,
            end=Picture.of(images.end) if images.end else None,
            references=tuple(map(Picture.of, images.references)),
        )

    def written(self, folder: Path, stem: str) -> Images:
        """The images as files in `folder`.

        Raises:
            MachineError: It cannot be written.
        """
        if self == Pictures():
            return NO_IMAGES

        def write(picture: Picture, role: str) -> Path:
            path = folder / f"{stem}-{role}{picture.suffix}"
            with whole(path, lasting=False) as partial:
                partial.write_bytes(picture.data)
            return path

        return Images(
            start=write(self.start, "start") if self.start else None,
            end=write(self.end, "end") if self.end else None,
            references=tuple(write(p, f"reference-{i}") for i, p in enumerate(self.references)),
        )


class ClipOrder(Frozen):
    """One clip: what is to be seen, and by which model."""

    setup: Setup
    provider: str
    """The source's full name, under which its clips are kept."""
    request: ClipRequest
    """As the provider planned it."""
    pictures: Pictures = Pictures()

    @classmethod
    def of(cls, setup: Setup, provider: str, request: ClipRequest, images: Images) -> Self:
        """An order with the bytes of its images.

        Raises:
            MachineError: An image cannot be read.
        """
        pictures = Pictures.of(images)
        return cls(setup=setup, provider=provider, request=request, pictures=pictures)

    @cached_property
    def key(self) -> str:
        """Of provider and fingerprint: the same clip has the same one, whoever orders it."""
        return key_of(self.provider, self.request)


class Made(Frozen):
    """A clip that a worker has made and kept."""

    key: str
    sha256: Sha256
    worker: str
    seconds: Seconds
    """From taking the order to keeping the clip; what was found kept took none."""
    effort: Effort | None = None
    found: bool = False
    """It was kept already, from an earlier run or another song, and not made again."""


def key_of(provider: str, request: ClipRequest) -> str:
    """Under which the clip of `request` is kept."""
    return fingerprint({"provider": provider, "request": request.fingerprint})[:32]
