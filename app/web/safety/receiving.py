"""A file that somebody sends, counted while it is written: `receive`; then looked at: `typed`."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote
from uuid import uuid4

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from songreel.models.errors import MachineError
from songreel.web.errors import Refused
from songreel.web.safety.content import ENDINGS, Found
from songreel.web.safety.names import safe_name

SPARE = 512 * 2**20
"""Bytes that stay free on the disk: a film that is being made needs them more."""
_BLOCK = 2**20
_PATIENCE = 90
"""Seconds for a look at a file; decoding one picture of a film takes well under one."""
LOOKS = 2
"""Files that are looked at at once: each look may take up to 3 GiB of memory."""
_HARMLESS = re.compile(
    r"PATH|HOME|LANG|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|VIRTUAL_ENV|(LC_|PYTHON|LD_|DYLD_)\w*",
    re.IGNORECASE,
)
"""What the process that reads a file of a stranger has of our environment: no keys."""
_looking: RunVar[CapacityLimiter] = RunVar("songreel looks at uploads")


class Received(NamedTuple):
    """A file that was sent."""

    path: Path
    """Temporary; gone when the request ends."""
    name: str
    """As it was called; not to be trusted."""


@asynccontextmanager
async def receive(request: Request, folder: Path, limit: int) -> AsyncIterator[Received]:
    """Write what a request carries to a temporary file.

    Args:
        request: Its body is the file, or a form (multipart/form-data) with one file in it.
        folder: Where to; made if need be.
        limit: Bytes at most.

    Raises:
        Refused: It is too large, is empty, is no form, or was broken off.
        MachineError: The disk is full or cannot be written.
    """
    length = request.headers.get("content-length", "")
    if length and not (length.isdecimal() and len(length) < 19):
        raise Refused(400, "the length of the file is no number")
    sink = _Sink(folder / f"{uuid4().hex}.upload", limit, int(length or 0))
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    name = request.query_params.get("name", "")
    try:
        await run_in_threadpool(sink.open)
        if kind.strip().lower() == "multipart/form-data":
            name = await _from_form(request, rest, sink) or name
        else:
            async for block in request.stream():
                await sink.take(block)
        await sink.flush()
        await run_in_threadpool(sink.close)
        if not sink.size:
            raise Refused(422, "nothing was sent; send the file as the body, or in a form", "body")
        yield Received(sink.path, name)
    except ClientDisconnect as error:
        raise Refused(400, "the upload was broken off") from error
    finally:
        sink.close()
        with suppress(OSError):
            sink.path.unlink()


async def typed(received: Received) -> tuple[Found, str]:
    """What a received file is, and a safe name for it.

    Raises:
        Refused: It is of no kind that is taken.
        MachineError: It could not be looked at.
    """
    found = await to_thread.run_sync(inspect, received.path, limiter=_lookers())
    known = ENDINGS.get(found.suffix, frozenset({found.suffix}))
    if found.suffix in (".m4a", ".mka"):
        known = ENDINGS[".mp4"] | ENDINGS[".mkv"]
    return found, safe_name(received.name, found.suffix, known=known)


def _lookers() -> CapacityLimiter:
    """What bounds the looks of this server; who waits for a turn keeps no thread."""
    try:
        return _looking.get()
    except LookupError:
        _looking.set(CapacityLimiter(LOOKS))
        return _looking.get()


def inspect(path: Path) -> Found:
    """`content.look` in a process of its own."""
    command = [sys.executable, "-m", "songreel.web.safety.content", str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if _HARMLESS.fullmatch(name)},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Refused(415, "the file keeps a decoder busy without end; it is not taken") from None
    except OSError as error:
        raise MachineError(f"cannot look at the upload: {error.strerror or error}") from error
    if done.returncode != 0:
        if done.stdout or done.returncode > 0:
            raise MachineError(f"cannot look at the upload: {done.stderr.strip()[-200:]}")
        raise Refused(415, "the file breaks the program that reads it; it is not taken")
    told = json.loads(done.stdout.splitlines()[-1])
    if "refused" in told:
        raise Refused(415, told["refused"])
    return Found(**told)


class _Sink:
    """A file that is written in large blocks, counted, and refused where it grows too large."""

    def __init__(self, path: Path, limit: int, announced: int) -> None:
        self.path, self.size = path, 0
        self._limit, self._announced = limit, announced
        self._waiting = bytearray()
        self._file: Any = None

    def open(self) -> None:
        if self._announced > self._limit + _BLOCK:  # the form around it takes some
            raise self._too_large()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.path.parent).free
            if self._announced + SPARE > free:
                raise MachineError(
                    f"the disk has {free // 2**20} MiB free, too little for this file; make room"
                )
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(handle, "wb", buffering=0)
        except OSError as error:
            raise MachineError(f"cannot keep the upload: {error.strerror or error}") from error

    async def take(self, block: bytes) -> None:
        self._waiting += block
        if self.size + len(self._waiting) > self._limit:
            raise self._too_large()
        if len(self._waiting) >= _BLOCK:
            await self.flush()

    async def flush(self) -> None:
        if self._waiting:
            block = bytes(self._waiting)
            self._waiting.clear()
            await run_in_threadpool(self._write, block)

    def _write(self, block: bytes) -> None:
        try:
            if self.size % (64 * _BLOCK) < len(block) and (
                shutil.disk_usage(self.path.parent).free < SPARE
            ):
                raise MachineError("the disk is full up to what is kept free; make room")
            view = memoryview(block)
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise MachineError(f"cannot keep the upload: {error.strerror or error}") from error
        self.size += len(block)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _too_large(self) -> Refused:
        return Refused(
            413,
            f"the file is larger than {_size(self._limit)}, the limit of this studio "
            "(SONGREEL_UPLOAD_LIMIT)",
        )


async def _from_form(request: Request, parameters: str, sink: _Sink) -> str:
    """The one file of a form, written to `sink`; its name."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    _, options = parse_options_header(f"multipart/form-data;{parameters}")
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= 256:
        raise Refused(400, "the form has no boundary")
    reader = _Form()
    parser = MultipartParser(boundary, reader.callbacks())
    try:
        async for block in request.stream():
            parser.write(block)
            while reader.ready:
                await sink.take(reader.ready.pop(0))
        parser.finalize()
    except FormParserError as error:
        raise Refused(400, "the form cannot be read") from error
    if not reader.whole:
        raise Refused(400, "the form was broken off")
    if reader.files != 1:
        raise Refused(422, f"the form has {reader.files} files; send one at a time", "body")
    return reader.name


class _Form:
    """What a parser of forms tells: the file's blocks, its name, and how many files there are."""

    def __init__(self) -> None:
        self.ready: list[bytes] = []
        self.name = ""
        self.files = 0
        self.whole = False
        """Whether the end of the form came."""
        self._field = self._value = b""
        self._in_file = False

    def callbacks(self) -> Any:
        calls: dict[str, Callable[..., None]] = {
            "on_part_begin": self._begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._data,
            "on_end": self._end,
        }
        return calls

    def _end(self) -> None:
        self.whole = True

    def _begin(self) -> None:
        self._in_file, self._field, self._value = False, b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        from python_multipart.multipart import parse_options_header

        if self._field.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            if b"filename" in options:
                self._in_file = True
                self.files += 1
                self.name = unquote(options[b"filename"].decode("utf-8", "replace"))
        self._field = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file and self.files == 1:
            self.ready.append(data[start:end])


def _size(number: int) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number} bytes"
