"""Local files to a service: uploaded once each, known there by a URL."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from threading import Lock
from typing import Generic, NamedTuple

from typing_extensions import TypeVar

from songreel.generation.catalogue.legal import UploadedImages
from songreel.generation.hosted.http import Wire
from songreel.generation.hosted.image import Prepared, prepare
from songreel.generation.hosted.parcel import Parcel
from songreel.models.clip import ClipRequest, Images
from songreel.models.errors import ProviderError

_SPARE = timedelta(minutes=30)
"""An upload that ends sooner is made anew: a queued job reads it only when it starts."""

WHOLE = 100 * 2**20
"""Bytes above which fal's CDN wants a file in parts."""

PART = 10 * 2**20
"""Bytes of a part; both as fal's own client has them (1.0.3, read 2026-11-21)."""

P = TypeVar("P", bound=Parcel, default=Parcel)


class Uploaded(NamedTuple):
    """Where a service keeps a file."""

    url: str
    expires: datetime | None = None
    """When it is removed, where the service says so."""


class Once(Generic[P]):
    """Files of one run, each content uploaded once.

    Args:
        upload: Of one file; may be repeated without harm.
    """

    def __init__(self, upload: Callable[[P], Uploaded]) -> None:
        self._upload = upload
        self._known: dict[str, Uploaded] = {}
        self._lock = Lock()

    def link(self, parcel: P) -> str:
        """The URL of a file; it is uploaded where that was not done yet.

        Raises:
            MachineError: It cannot be read.
            ProviderError: It was not taken.
        """
        with self._lock:  # over the upload too: two orders may begin with the same file
            known = self._known.get(parcel.sha256)
            if known is None or (
                known.expires is not None and known.expires < datetime.now(UTC) + _SPARE
            ):
                known = self._known[parcel.sha256] = self._upload(parcel)
            return known.url


class Uploads(Once[Prepared]):
    """Images of one run, prepared as services take them."""

    def links(self, request: ClipRequest, images: Images) -> UploadedImages:
        """URLs of the request's images, as far as there are files.

        Start and end get the clip's shape: models that see an image take their own from it.

        Raises:
            MachineError: An image cannot be read.
            ProviderError: It was not taken.
        """
        shape = (request.width, request.height)
        return UploadedImages(
            self._link(images.start, shape) if images.start else None,
            self._link(images.end, shape) if images.end else None,
            tuple(self._link(path, None) for path in images.references),
        )

    def _link(self, path: Path, shape: tuple[int, int] | None) -> str:
        return self.link(prepare(path, shape))


def to_fal(wire: Wire, rest: str, parcel: Parcel) -> Uploaded:
    """Upload to fal's CDN with a token, or to an address that fal signs.

    The token answers `{token, token_type, base_url}`, the CDN `{access_url}` (fal's Python
    client, read 2026-08-02, and seen so on 2026-09-27). The signed address is what fal's
    JavaScript client asks for; its older storage type `gcs` has been refused since August 2026.

    Args:
        wire: To fal.
        rest: Base URL of its REST API.
        parcel: Above `WHOLE` it goes in parts, for which a token is needed.

    Raises:
        ProviderError: It was not taken.
    """
    token_url = f"{rest}/storage/auth/token?storage_type=fal-cdn-v3"
    try:
        grant = wire.ask("POST", token_url, json={})
    except ProviderError as error:
        if error.retryable or error.down or parcel.size > WHOLE:
            raise
        return _signed(wire, rest, parcel)
    match grant:
        case {"token": str(token), "base_url": str(base), **rest_of_it}:
            kind = str(rest_of_it.get("token_type") or "Bearer")
        case _:
            return _signed(wire, rest, parcel)
    # With the token, which is for that address and for nothing else, in the place of the key.
    allowed = {"Authorization": f"{kind} {token}"}
    named = {"Content-Type": parcel.content_type, "X-Fal-File-Name": parcel.name}
    files = f"{base.rstrip('/')}/files/upload"
    if parcel.size > WHOLE:
        return _in_parts(wire, f"{files}/multipart", parcel, allowed, named)
    with parcel.open() as content:
        request = wire.request("POST", files, headers=allowed | named, content=content)
        response = wire.send(request, open_to=True)
    match wire.json(response):
        case {"access_url": str(url)} if url:
            return Uploaded(url)
    raise wire.unknown(response)


def _in_parts(
    wire: Wire, url: str, parcel: Parcel, allowed: Mapping[str, str], named: Mapping[str, str]
) -> Uploaded:
    """Begin, send the parts, each of which answers with an ETag, and end by naming them all."""
    begun = wire.send(wire.request("POST", url, headers={**allowed, **named}), open_to=True)
    match wire.json(begun):
        case {"access_url": str(place), "uploadId": str(id_)} if place and id_:
            target = f"{place}/multipart/{id_}"
        case _:
            raise wire.unknown(begun)
    parts: list[dict[str, object]] = []
    with parcel.open() as content:
        for number in range(1, ceil(parcel.size / PART) + 1):
            headers = {
                **allowed,
                "Content-Type": parcel.content_type,
                "Accept-Encoding": "identity",  # or the answer's ETag is lost on the way
            }
            part = wire.request(
                "PUT", f"{target}/{number}", headers=headers, content=content.read(PART)
            )
            answer = wire.send(part, open_to=True)
            if not (etag := answer.headers.get("ETag")):
                raise wire.unknown(answer)
            parts.append({"partNumber": number, "etag": etag})
    wire.send(
        wire.request("POST", f"{target}/complete", {"parts": parts}, headers=allowed), open_to=True
    )
    return Uploaded(place)


def _signed(wire: Wire, rest: str, parcel: Parcel) -> Uploaded:
    response = wire.send(
        wire.request(
            "POST",
            f"{rest}/storage/upload/initiate?storage_type=fal-cdn-v3",
            {"file_name": parcel.name, "content_type": parcel.content_type},
        )
    )
    match wire.json(response):
        case {"upload_url": str(put), "file_url": str(url)} if put and url:
            pass
        case _:
            raise wire.unknown(response)
    with parcel.open() as content:
        request = wire.request(
            "PUT", put, headers={"Content-Type": parcel.content_type}, content=content
        )
        wire.send(request, open_to=True)
    return Uploaded(url)
