"""A finished file from a service's address to this machine, once: `fetch`."""

import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx

from songreel.generation.hosted.trouble import retry_after
from songreel.models.errors import MachineError, ProviderError

LARGEST = 2 * 10**9
"""Bytes. Ten seconds of the largest pictures any service delivers have a tenth of that."""

LONGEST = 900.0
"""Seconds for one download, however steadily it trickles."""

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_REDIRECTS = 5
_LATER = frozenset({408, 425, 429})

Headers = Callable[[str], Mapping[str, str]]
"""What a provider sends along to an address; a key only to its own hosts."""


def local_path(result: str) -> Path | None:
    """The file that a provider's result names; None for what must be fetched.

    An absolute path is one whatever colons it has: folders are named after songs.

    Raises:
        ValueError: It is neither a path nor an http(s) address.
    """
    if Path(result).is_absolute():
        return Path(result)
    scheme = urlsplit(result).scheme.lower()
    if scheme in ("http", "https"):
        return None
    if scheme == "file":
        return Path(url2pathname(urlsplit(result).path))
    if len(scheme) > 1:  # one letter is a drive
        raise ValueError(scheme)
    return Path(result)


def fetch(
    url: str,
    target: Path,
    *,
    provider: str,
    headers: Headers,
    transport: httpx.BaseTransport | None = None,
    largest: int = LARGEST,
    longest: float = LONGEST,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Download `url` to `target` in one go.

    `headers` is asked anew for every address on the way, so that a redirect to another host
    takes no key along.

    Args:
        url: http or https.
        target: A file of no value yet; it is removed again if the download fails.
        provider: Name in errors.
        headers: What to send along, by address.
        transport: In place of the network, for tests.
        largest: Bytes from which a file is refused.
        longest: Seconds after which the download is broken off.
        clock: Seconds.

    Raises:
        ProviderError: `retryable` if it broke off on the way or the service is busy; otherwise
            what is there cannot be had any more, and was charged.
        MachineError: The disk is full or the folder cannot be written.
    """
    try:
        # Pictures do not compress: what is counted is what is announced.
        with httpx.Client(
            transport=transport,
            verify=certificates(),
            timeout=_TIMEOUT,
            headers={"User-Agent": "songreel", "Accept-Encoding": "identity"},
        ) as client:
            _download(client, url, target, provider, headers, largest, clock() + longest, clock)
    except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
        target.unlink(missing_ok=True)
        raise ProviderError(
            f"{provider}: the result could not be fetched from {_host(url)}: "
            f"{type(error).__name__}",
            provider=provider,
            retryable=not isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol),
            charged=True,
        ) from error
    except OSError as error:
        target.unlink(missing_ok=True)
        raise MachineError(f"cannot write {target}: {error.strerror or error}") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _download(
    client: httpx.Client,
    url: str,
    target: Path,
    provider: str,
    headers: Headers,
    largest: int,
    until: float,
    clock: Callable[[], float],
) -> None:
    def lost(text: str, *, again: bool, after: float | None = None) -> ProviderError:
        return ProviderError(
            f"{provider}: {text}",
            provider=provider,
            retryable=again,
            retry_after=after,
            charged=True,
        )

    address = httpx.URL(url)
    for _ in range(_REDIRECTS + 1):
        if address.scheme not in ("http", "https"):
            raise lost(f"the result is at an address that is not fetched ({address.scheme})",
                       again=False)  # fmt: skip
        with client.stream("GET", address, headers=dict(headers(str(address)))) as response:
            if response.is_redirect:
                address = address.join(response.headers.get("Location", ""))
                continue
            status = response.status_code
            if status != 200:
                again = status in _LATER or status >= 500
                reason = "is not to be had just now" if again else "is gone"
                after = retry_after(response) if again else None
                raise lost(f"the result at {address.host} {reason} ({status})",
                           again=again, after=after)  # fmt: skip
            announced = response.headers.get("Content-Length", "")
            size = int(announced) if announced.isdecimal() else None
            if size is not None and size > largest:
                raise lost(f"the result has {size} bytes, more than {largest}", again=False)
            found = 0
            with target.open("wb") as file:
                for part in response.iter_raw():
                    file.write(part)
                    found += len(part)
                    if found > largest:
                        raise lost(f"the result has more than {largest} bytes", again=False)
                    if clock() > until:
                        raise lost(f"the result came too slowly ({found} bytes so far)", again=True)
            if found == 0 or (size is not None and found != size):
                told = "none were announced" if size is None else f"{size} were announced"
                raise lost(f"the result broke off after {found} bytes, {told}", again=True)
            return
    raise lost(f"the result's address leads on and on, last to {address.host}", again=False)


@cache
def certificates() -> ssl.SSLContext:
    """Read once: that takes 40 ms, as long as fetching a small clip."""
    return httpx.create_ssl_context()


def _host(url: str) -> str:
    """The host alone: signed addresses are as good as keys."""
    return urlsplit(url).hostname or "nowhere"
