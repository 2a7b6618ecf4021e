"""The wire to a service: one exchange at a time, its errors told apart, the key kept at home."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import local
from typing import Any

import httpx

from songreel.generation.fetch import certificates
from songreel.generation.hosted.keys import Secret
from songreel.generation.hosted.trouble import answered, unanswered
from songreel.models.errors import InvalidInput, ProviderError

TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=60.0)
"""Seconds for each step of an exchange. None of the calls waits for a clip."""

LONGEST = 180.0
"""Seconds for the whole answer, however steadily it trickles."""

LARGEST = 32 * 2**20
"""Bytes of an answer. Clips are fetched elsewhere; a page of a hundred predictions with their
logs has about one MiB."""

# A connection that the other side has closed while idle fails after the request was written, and
# then nobody can tell whether it was taken. Servers close after 5 s at the earliest.
_LIMITS = httpx.Limits(keepalive_expiry=3.0)

UNSENT = (
    httpx.ConnectError,  # no such host, refused, TLS failed
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""What httpx raises before the first byte of a request goes out."""


def base_url(variable: str, default: str) -> str:
    """A service's base URL from the environment, without a slash at its end.

    Raises:
        InvalidInput: It is no http(s) URL.
    """
    text = (os.environ.get(variable, "").strip() or default).rstrip("/")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InvalidInput(f"{variable} is no URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise InvalidInput(f"{variable} must be an http or https URL without a password in it")
    return text


@dataclass(frozen=True)
class Hosts:
    """Who may see a service's key."""

    bases: tuple[str, ...]
    """Base URLs; scheme, host and port must agree."""
    domains: tuple[str, ...]
    """And these with their subdomains, over https at the usual port."""

    def own(self, url: str | httpx.URL) -> bool:
        """Whether `url` is one of the service's own."""
        try:
            asked = httpx.URL(url)
        except httpx.InvalidURL:
            return False
        if any(_origin(asked) == _origin(httpx.URL(base)) for base in self.bases):
            return True
        return _origin(asked)[::2] == ("https", 443) and any(
            asked.host == domain or asked.host.endswith(f".{domain}") for domain in self.domains
        )


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


class Wire:
    """A connection to one service.

    The key is added here, to requests that go to the service's own hosts; nobody else holds it.
    No redirect is followed and nothing is sent twice.

    Args:
        service: `replicate` or `fal`; the name in errors.
        hosts: Who may see the key.
        scheme: Of the Authorization header: `Bearer` or `Key`.
        key: Of the service; None for what is public.
        transport: In the place of the network, for tests.
        timeout: Of each step.
    """

    def __init__(
        self,
        service: str,
        hosts: Hosts,
        scheme: str,
        key: Secret | None,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> None:
        self.service, self.hosts = service, hosts
        self._scheme, self._key, self._timeout = scheme, key, timeout
        # A whole client as the last leg: it knows the environment's proxies and certificates.
        self._client = httpx.Client(
            transport=transport,
            verify=certificates(),
            timeout=timeout,
            limits=_LIMITS,
            headers={"User-Agent": "songreel", "Accept": "application/json"},
        )

    def authorization(self, url: str | httpx.URL) -> dict[str, str]:
        """The header with the key, for the service's own hosts; nothing for any other."""
        if self._key is None or not self.hosts.own(url):
            return {}
        return {"Authorization": f"{self._scheme} {self._key.reveal()}"}

    def ask(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
        buys: bool = False,
    ) -> Any:
        """Send one request to the service itself; its answer's JSON (None for an empty one).

        Raises:
            ProviderError: As `send`, or the answer is no JSON.
        """
        response = self.send(self.request(method, url, json, params, headers, content), buys=buys)
        return self.json(response, buys=buys)

    def request(
        self,
        method: str,
        url: str,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterable[bytes] | None = None,
    ) -> httpx.Request:
        """A request that `send` sends; a file as its content is read while it goes out."""
        return self._client.build_request(
            method, url, json=json, params=params, headers=headers, content=content
        )

    def json(self, response: httpx.Response, *, buys: bool = False) -> Any:
        """The JSON of a successful answer; None for an empty one.

        Raises:
            ProviderError: It is none, such as the page of something in between: `ambiguous` if
                the request buys, else `retryable`.
        """
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise self.unknown(response, buys=buys, passing=True) from error

    def unknown(
        self, response: httpx.Response, *, buys: bool = False, passing: bool = False
    ) -> ProviderError:
        """The error for a success whose content is not an answer we know.

        Args:
            response: Of status 2xx.
            buys: Whether its request costs money once it is taken.
            passing: Whether another try may give another answer.
        """
        return ProviderError(
            f"{self.service}: {response.request.url.path} gave no answer we know "
            f"({response.status_code}, {len(response.content)} bytes)"
            + ("; whether it has taken the request is not known" if buys else ""),
            provider=self.service,
            ambiguous=buys,
            retryable=passing and not buys,
        )

    def send(
        self, request: httpx.Request, *, buys: bool = False, open_to: bool = False
    ) -> httpx.Response:
        """Send `request` once.

        Args:
            request: Whatever key it carries is taken off.
            buys: Whether it costs money once it is taken.
            open_to: Send it as it stands, without the key, to whomever it names: an upload to
                an address that the service has signed.

        Returns:
            A success, read.

        Raises:
            ProviderError: See `trouble`.
        """
        response = self.reply(request, buys=buys, open_to=open_to)
        if not response.is_success:
            raise self.refusal(response, buys=buys)
        return response

    def refusal(self, response: httpx.Response, *, buys: bool = False) -> ProviderError:
        """The error behind an answer that is no success."""
        return self._cleaned(answered(self.service, response, buys=buys))

    def reply(
        self, request: httpx.Request, *, buys: bool = False, open_to: bool = False
    ) -> httpx.Response:
        """Send `request` once and return the whole answer, whatever its status."""
        if not open_to:
            request.headers.pop("Authorization", None)
            if not self.hosts.own(request.url):
                raise ProviderError(
                    f"{self.service} names an address that is not its own ({request.url.host}); "
                    "nothing is sent there",
                    provider=self.service,
                )
            request.headers.update(self.authorization(request.url))
        watch = _Watch()
        # Set on every request: the official client lifts the limits off creations and uploads.
        request.extensions["timeout"] = self._timeout.as_dict()
        request.extensions["trace"] = watch
        try:
            response = self._client.send(request, stream=True, follow_redirects=False)
            try:
                return _read(response)
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            sent = not isinstance(error, UNSENT) and watch.sent
            failure = unanswered(self.service, error, sent=sent, buys=buys)
            raise self._cleaned(failure) from error

    def through(
        self, buys: Callable[[httpx.Request], bool], headers: Mapping[str, str]
    ) -> "Through":
        """A transport for somebody else's client, so that it speaks over this wire.

        Args:
            buys: Whether a request costs money once it is taken.
            headers: Added to those that do.
        """
        return Through(self, buys, headers)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _cleaned(self, error: ProviderError) -> ProviderError:
        if self._key is not None:
            error.args = (self._key.clean(str(error)),)
        return error


class _Watch:
    """Follows a request through httpcore: whether the whole of it has been handed to the system.

    A service cannot act on JSON whose end has not come; without these events (a transport that
    is not httpcore's) the request counts as sent.
    """

    def __init__(self) -> None:
        self._followed = self._tunnel = self._whole = False

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self._followed = True
        if event.endswith("send_request_headers.started"):
            self._tunnel = getattr(info.get("request"), "method", b"") == b"CONNECT"
        elif event.endswith("send_request_body.complete") and not self._tunnel:
            self._whole = True

    @property
    def sent(self) -> bool:
        return self._whole or not self._followed


class Through(httpx.BaseTransport):
    """What another client sends, sent over our wire.

    Errors are raised from here, before that client sees an answer: it cannot repeat a request,
    and status, headers and body of an error are not lost in its own exceptions.
    """

    def __init__(
        self, wire: Wire, buys: Callable[[httpx.Request], bool], headers: Mapping[str, str]
    ) -> None:
        self._wire, self._buys, self._headers, self._kept = wire, buys, headers, local()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and keep the JSON of its answer."""
        self._kept.last = None
        buys = self._buys(request)
        if buys:
            request.headers.update(self._headers)
        response = self._wire.send(request, buys=buys)
        self._kept.last = self._wire.json(response, buys=buys)
        return response

    def last(self) -> Any:
        """The JSON of this thread's last answer, as it came."""
        return getattr(self._kept, "last", None)


def _read(response: httpx.Response) -> httpx.Response:
    """The whole answer, decoded, within its limits of time and size."""
    began, size, parts = time.monotonic(), 0, []
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise httpx.ReadError(f"the answer is larger than {LARGEST} bytes")
        if time.monotonic() - began > LONGEST:
            raise httpx.ReadTimeout(f"the answer was not whole after {LONGEST:.0f} s")
    headers = [
        (name, value)
        for name, value in response.headers.multi_items()
        if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
    ]
    return httpx.Response(
        response.status_code, headers=headers, content=b"".join(parts), request=response.request
    )
