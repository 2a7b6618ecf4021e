"""From the server's files to a clip on this machine: `Gathering`."""

import os
import threading
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import httpx
import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from songreel.generation.comfy.answers import PROVIDER
from songreel.generation.comfy.known import Kind
from songreel.generation.comfy.results import Left
from songreel.generation.comfy.server import Server
from songreel.generation.encode import Picture, write_clip
from songreel.generation.fetch import certificates, fetch
from songreel.generation.shelf import measure
from songreel.models.clip import ClipRequest
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.files import PARTIAL

LARGEST = 2 * 10**9
"""Bytes of one file."""

LARGEST_PICTURE = 64 * 2**20
"""Bytes of one picture of a row."""

MOST_PICTURES = 5000
"""Of a row: three minutes at 24 frames a second, more than any model makes in one go."""


class Gathering:
    """The files of one clip on their way, in a thread of their own: a row may have hundreds.

    Args:
        server: Where they are.
        request: What was asked for.
        kind: What they are.
        files: In order.
        path: Where the clip appears; it is of no value before it is done.
    """

    def __init__(
        self, server: Server, request: ClipRequest, kind: Kind, files: Sequence[Left], path: Path
    ) -> None:
        self._server, self._request = server, request
        self._kind, self._files, self._path = kind, files, path
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self.done = 0.0
        """How much of it is here, 0 to 1."""
        self._thread = threading.Thread(target=self._run, name="songreel-comfyui-fetch")
        self._thread.daemon = True
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether the clip is there, or cannot be had."""
        return not self._thread.is_alive()

    def result(self) -> Path:
        """The clip, once it is there.

        Raises:
            ProviderError: It could not be had (`retryable` where another try may help), or is not
                what was asked for.
            MachineError: The disk is full or the folder cannot be written.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._path

    def close(self) -> None:
        """Stop, and leave nothing."""
        self._stop.set()
        self._thread.join(timeout=5.0)
        self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._kind == "video":
                self._fetch(self._files[0], self._path, LARGEST)
            else:
                self._assemble()
            self._check()
        except BaseException as error:  # raised again where it is waited for
            self._error = error
            self._path.unlink(missing_ok=True)

    def _fetch(self, left: Left, target: Path, largest: int) -> None:
        if self._stop.is_set():
            raise ProviderError("nobody waits for it any more", provider=PROVIDER)
        fetch(
            left.url(self._server),
            target,
            provider=PROVIDER,
            headers=self._server.headers,
            # A transport of its own asks no proxy; for other machines the environment's counts.
            transport=httpx.HTTPTransport(verify=certificates()) if self._server.local else None,
            largest=largest,
        )

    def _assemble(self) -> None:
        """An animated picture or a row of pictures to a clip at the rate that was asked for.

        Animated pictures carry whole milliseconds a frame: 24 fps would come out as 24.39. And one
        that is as the one before it is not there, but makes that one last longer (Pillow).
        """
        part = self._path.with_name(f"{self._path.name}-piece{PARTIAL}")
        try:
            if self._kind == "pictures":
                count, pictures = len(self._files), self._row(part)
            else:
                self._fetch(self._files[0], part, LARGEST)
                lasting = _lasting(part, self._request.rate)
                count, pictures = sum(lasting), _animation(part, lasting)
            if count > MOST_PICTURES:
                raise ProviderError(
                    f"the workflow left {count} pictures, at most {MOST_PICTURES} are a clip",
                    provider=PROVIDER,
                )
            first = next(pictures)
            height, width = (side - side % 2 for side in first.shape[:2])
            write_clip(
                _even(first, pictures), self._path,
                width=width, height=height, rate=self._request.rate, count=count,
            )  # fmt: skip
        except (UnidentifiedImageError, OSError, EOFError, Image.DecompressionBombError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise ProviderError(
                f"{self._files[0].filename[:60]!r} cannot be read as an animated picture",
                provider=PROVIDER,
            ) from error
        finally:
            part.unlink(missing_ok=True)

    def _row(self, part: Path) -> Iterator[Picture]:
        for number, left in enumerate(self._files):
            self._fetch(left, part, LARGEST_PICTURE)
            data = np.frombuffer(part.read_bytes(), np.uint8)
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
            if picture is None:
                raise ProviderError(
                    f"{left.filename[:60]!r} cannot be read as a picture", provider=PROVIDER
                )
            yield np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
            self.done = (number + 1) / len(self._files)

    def _check(self) -> None:
        """Whether it is long enough; fetching it again would bring the same."""
        request = self._request
        try:
            facts = measure(self._path)
        except InvalidInput as error:
            raise ProviderError(
                f"{self._files[0].filename[:60]!r} holds no video that can be read",
                provider=PROVIDER,
            ) from error
        held = facts.frames / facts.rate
        if int(held * request.rate) < request.frames:
            raise ProviderError(
                f"the workflow made {facts.frames} frames at {_rate(facts.rate)} fps "
                f"({float(held):.2f} s) where {request.frames} at {_rate(request.rate)} "
                f"({request.seconds:.2f} s) were asked for: mend fps and frames in comfyui.toml, "
                "or the workflow",
                provider=PROVIDER,
            )


def _lasting(path: Path, rate: Fraction) -> list[int]:
    """How many frames each picture of an animation stands for, at `rate`."""
    counts = []
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            frame.load()  # only then is its time known
            seconds = float(frame.info.get("duration") or 0) / 1000
            counts.append(max(1, round(seconds * rate)))
    return counts


def _animation(path: Path, lasting: Sequence[int]) -> Iterator[Picture]:
    with Image.open(path) as image:
        for frame, count in zip(ImageSequence.Iterator(image), lasting, strict=True):
            picture = np.asarray(frame.convert("RGB"), dtype=np.uint8)
            yield from (picture for _ in range(count))


def _even(first: Picture, rest: Iterator[Picture]) -> Iterator[Picture]:
    """Pictures with even sides; all must be as large as the first."""
    height, width = (side - side % 2 for side in first.shape[:2])
    yield first[:height, :width]
    for picture in rest:
        if picture.shape != first.shape:
            raise ProviderError(
                f"the workflow's pictures differ in size: {first.shape[1]}×{first.shape[0]}, then "
                f"{picture.shape[1]}×{picture.shape[0]}",
                provider=PROVIDER,
            )
        yield picture[:height, :width]


def _rate(rate: Fraction) -> str:
    return f"{float(rate):.4g}"


def path_for(scratch: Path, id_: str) -> Path:
    """A file in `scratch` of no value yet. Its name is ours, whatever the server calls anything.

    The process id keeps two runs on one folder apart.
    """
    safe = "".join(char for char in id_ if char.isascii() and char.isalnum())[:24]
    return scratch / f"comfyui-{safe}-{os.getpid()}.mp4{PARTIAL}"
