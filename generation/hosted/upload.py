"""Local images to a service: prepared, uploaded once each, known there by a URL."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from songreel.generation.catalogue.legal import UploadedImages
from songreel.generation.hosted.http import Wire
from songreel.generation.hosted.image import Prepared, prepare
from songreel.models.clip import ClipRequest, Images
from songreel.models.errors import ProviderError

_SPARE = timedelta(minutes=30)
"""An upload that ends sooner is made anew: a queued job reads it only when it starts."""


class Uploaded(NamedTuple):
    """Where a service keeps an image."""

    url: str
    expires: datetime | None = None
    """When it is removed, where the service says so."""


class Uploads:
    """Images of one run, each content uploaded once.

    Args:
        upload: Of one image; may be repeated without harm.
    """

    def __init__(self, upload: Callable[[Prepared], Uploaded]) -> None:
        self._upload = upload
        self._known: dict[str, Uploaded] = {}
        self._lock = Lock()

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
        image = prepare(path, shape)
        with self._lock:  # over the upload too: two shots may begin with the same picture
            known = self._known.get(image.sha256)
            if known is None or (
                known.expires is not None and known.expires < datetime.now(UTC) + _SPARE
            ):
                known = self._known[image.sha256] = self._upload(image)
            return known.url


def to_fal(wire: Wire, rest: str, image: Prepared) -> Uploaded:
    """Upload to fal's CDN with a token, or to an address that fal signs.

    The token answers `{token, token_type, base_url}`, the CDN `{access_url}` (fal's Python
    client, read 2026-08-02, and seen so on 2026-09-27). The signed address is what fal's
    JavaScript client asks for; its older storage type `gcs` has been refused since August 2026.

    Args:
        wire: To fal.
        rest: Base URL of its REST API.
        image: Up to a few MiB; above 100 MiB the CDN would want it in parts.

    Raises:
        ProviderError: It was not taken.
    """
    token_url = f"{rest}/storage/auth/token?storage_type=fal-cdn-v3"
    try:
        grant = wire.ask("POST", token_url, json={})
    except ProviderError as error:
        if error.retryable or error.down:
            raise
        return _signed(wire, rest, image)
    match grant:
        case {"token": str(token), "base_url": str(base), **rest_of_it}:
            kind = str(rest_of_it.get("token_type") or "Bearer")
        case _:
            return _signed(wire, rest, image)
    request = wire.request(
        "POST",
        f"{base.rstrip('/')}/files/upload",
        headers={
            "Authorization": f"{kind} {token}",
            "Content-Type": image.content_type,
            "X-Fal-File-Name": image.name,
        },
        content=image.content,
    )
    # With the token, which is for that address and for nothing else, in the place of the key.
    response = wire.send(request, open_to=True)
    match wire.json(response):
        case {"access_url": str(url)} if url:
            return Uploaded(url)
    raise wire.unknown(response)


def _signed(wire: Wire, rest: str, image: Prepared) -> Uploaded:
    response = wire.send(
        wire.request(
            "POST",
            f"{rest}/storage/upload/initiate?storage_type=fal-cdn-v3",
            {"file_name": image.name, "content_type": image.content_type},
        )
    )
    match wire.json(response):
        case {"upload_url": str(put), "file_url": str(url)} if put and url:
            pass
        case _:
            raise wire.unknown(response)
    wire.send(
        wire.request(
            "PUT", put, headers={"Content-Type": image.content_type}, content=image.content
        ),
        open_to=True,
    )
    return Uploaded(url)
