"""Files as they are sent: whole, or the range of it that is asked for."""

import re
import stat
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from songreel.web.errors import CONTENT, Refused
from songreel.web.safety.headers import NOTHING, SANDBOXED
from songreel.web.safety.names import safe_name

_BINARY = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
RANGES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": _BINARY},
    206: {"description": "The range that was asked for.", "content": _BINARY},
    304: {"description": "It has not changed since it was fetched."},
    416: {"description": "The file is shorter than that.", "content": CONTENT},
}
"""Answers of routes that send files."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_SHOWN = ("audio/", "video/", "image/png", "image/jpeg", "image/webp", "text/plain")
"""Types that a browser may show in a page of the studio; all others are saved."""


def serve(
    request: Request,
    path: Path,
    *,
    name: str,
    media_type: str,
    etag: str | None = None,
    download: bool = False,
    lasting: bool = False,
    after: BackgroundTask | None = None,
) -> Response:
    """A file, or a part of it.

    Args:
        request: May ask for a range (RFC 9110, section 14), or for what changed only.
        path: The file; chosen by the server, never by who asks.
        name: What it is to be saved as.
        media_type: What it is.
        etag: By which it is known; None: by its size and time.
        download: Have it saved and not shown.
        lasting: It never changes under this address.
        after: To be done when it has been sent.

    Raises:
        Refused: It is gone, or shorter than the range.
    """
    try:
        found = path.stat()
    except OSError:
        found = None
    if found is None or not stat.S_ISREG(found.st_mode):
        raise Refused(404, "the file is not there any more")
    tag = f'"{etag or f"{found.st_mtime_ns:x}-{found.st_size:x}"}"'
    page = media_type.startswith("text/html")
    shown = (page or media_type.startswith(_SHOWN)) and not download
    headers = {
        "etag": tag,
        "last-modified": formatdate(found.st_mtime, usegmt=True),
        "accept-ranges": "bytes",
        "content-disposition": _disposition(name, shown=shown),
        "cache-control": "private, max-age=31536000, immutable" if lasting else "no-cache",
        "content-security-policy": SANDBOXED if page else NOTHING,
    }
    if tag in [given.strip() for given in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers, background=after)
    wanted = _range(request, found.st_size, tag)
    if wanted is None:
        # What is no range that is known here is ignored, as the RFC says.
        kept = [(key, value) for key, value in request.scope["headers"] if key != b"range"]
        request.scope["headers"] = kept
    elif wanted[0] >= found.st_size or wanted[0] > wanted[1]:
        raise Refused(
            416,
            f"the file has {found.st_size} bytes; the range begins after its end",
            headers={"content-range": f"bytes */{found.st_size}", "etag": tag},
        )
    typed = f"{media_type}; charset=utf-8" if media_type == "text/html" else media_type
    return FileResponse(
        path, headers=headers, media_type=typed, stat_result=found, background=after
    )


def _range(request: Request, size: int, tag: str) -> tuple[int, int] | None:
    """First and last byte of the one range that is asked for; None for the whole file."""
    given = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if given is None or not (given[1] or given[2]):
        return None
    if request.headers.get("if-range", tag) != tag:
        return None
    if not given[1]:
        return (max(0, size - int(given[2])), size - 1) if int(given[2]) else (size, size)
    first, last = int(given[1]), int(given[2]) if given[2] else size - 1
    return None if given[2] and last < first else (first, min(last, size - 1))


def _disposition(name: str, *, shown: bool) -> str:
    """How a file is to be taken, and its name, in ASCII and in full (RFC 6266)."""
    safe = safe_name(name)
    plain = safe.encode("ascii", "replace").decode().replace("?", "_").replace("\\", "_")
    kind = "inline" if shown else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def gone(path: Path) -> BackgroundTask:
    """Have a file removed when it has been sent."""
    return BackgroundTask(lambda: path.unlink(missing_ok=True))
