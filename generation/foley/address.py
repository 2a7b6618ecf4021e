"""A film that lies at an address: `fetched`."""

import ipaddress
import socket
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import httpx

from songreel.generation.fetch import fetch
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.order import fingerprint

LARGEST = 4 * 10**9
"""Bytes: an hour of film at 8 Mbit/s."""

LONGEST = 3600.0
"""Seconds for one download."""

VIDEOS = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi"})


def is_address(text: str) -> bool:
    """Whether `text` is written as an address and not as a path."""
    scheme = urlsplit(text).scheme
    return "://" in text and len(scheme) > 1


def checked(url: str) -> str:
    """`url`, if it is one from which films are fetched.

    Raises:
        InvalidInput: It is not http or https, or names no host.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(f"{url!r} is no address: {error}") from error
    if parts.scheme.lower() not in ("http", "https"):
        raise InvalidInput(
            f"films are fetched from http and https addresses only, not from {parts.scheme}://; "
            "download it yourself and give the file"
        )
    if not host:
        raise InvalidInput(f"{url!r} names no host")
    return url


def name_of(url: str) -> str:
    """A file name for what lies at `url`: its own last part where that names a video."""
    last = PurePosixPath(unquote(urlsplit(url).path)).name
    kept = "".join(c if c.isalnum() or c in "-_. " else "_" for c in last).strip(". ")[:80]
    path = PurePosixPath(kept or "film")
    return str(path) if path.suffix.lower() in VIDEOS else f"{path.stem or 'film'}.mp4"


def fetched(
    url: str, folder: Path, *, transport: httpx.BaseTransport | None = None, largest: int = LARGEST
) -> Path:
    """The film at `url`, in `folder`; one that was fetched before is not fetched again.

    The address is the user's own word, so it may be of his own network. Where it leads on from
    there is the server's: a public server that sends us to a private address is refused.

    Args:
        url: As `checked`.
        folder: That exists. Its files of other addresses have other names.
        transport: In place of the network, for tests.
        largest: Bytes from which a film is refused.

    Raises:
        InvalidInput: There is nothing there, too much, or it leads to a private address.
        MachineError: The disk is full or the folder cannot be written.
    """
    name = PurePosixPath(name_of(url))
    target = folder / f"{name.stem}-{fingerprint(url)[:8]}{name.suffix}"
    if target.is_file():
        return target
    typed = urlsplit(url).hostname or ""
    trusted = _private(typed)

    def headers(address: str) -> Mapping[str, str]:
        host = urlsplit(address).hostname or ""
        if host != typed and not trusted and _private(host):
            raise InvalidInput(
                f"{typed} leads on to {host}, which lies in a private network; if that is meant, "
                "give that address itself"
            )
        return {}

    partial = target.with_name(target.name + ".fetching")
    try:
        fetch(
            url, partial, provider=typed, headers=headers, transport=transport, largest=largest,
            longest=LONGEST,
        )  # fmt: skip
    except ProviderError as error:
        text = str(error).replace("the result", "the film")
        raise InvalidInput(f"{text}; download it yourself and give the file") from error
    partial.replace(target)
    return target


def _private(host: str) -> bool:
    """Whether a host is, or is called like, one that only this machine or network reaches."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False  # it will not be reached either
    return any(not ipaddress.ip_address(str(ip).partition("%")[0]).is_global for ip in found)
