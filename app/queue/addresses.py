"""Requests that lead out of this machine and its network, or are refused: `CheckedTransport`.

A name is resolved once, every address it has is looked at, and the connection goes to one that was
looked at: a name that changes its address in between (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import httpx

from songreel.models.errors import InvalidInput

Resolve = Callable[[str, int], Sequence[str]]
"""All addresses of a host, in the order in which they are to be tried."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL = ipaddress.ip_network("2000::/3")
"""What of IPv6 is given out for the internet (IANA, IPv6 address space). Python takes for global
whatever is not reserved: site-local networks, and addresses of IPv4 in the old form `::7f00:1`."""
LONGEST = 2000
"""Characters of a URL."""


def resolved(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, as this machine knows them.

    Raises:
        InvalidInput: It has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"there is no address of {host!r}") from error
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, and leads to none of another kind."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if not all(is_public(str(each)) for each in inner if each is not None):
            return False
        if ip.ipv4_mapped is not None:
            return True  # what is mapped was looked at; the prefix itself is none of the internet
        if ip not in _GLOBAL and ip not in _NAT64:
            return False
    return ip.is_global and not ip.is_multicast


def addresses_of(
    host: str, port: int, *, private: bool = False, resolve: Resolve = resolved
) -> tuple[str, ...]:
    """The addresses of a host, all of which may be connected to.

    Args:
        host: A name or an address.
        port: That is meant.
        private: Whether addresses of this machine and of private networks will do.
        resolve: Finds them.

    Raises:
        InvalidInput: It has none, or one that may not be.
    """
    found = tuple(resolve(host.strip("[]"), port))
    if not found:
        raise InvalidInput(f"there is no address of {host!r}")
    if not private:
        for address in found:
            if not is_public(address):
                raise InvalidInput(
                    f"{host} is an address of this machine or of a private network, to which "
                    "songreel sends nothing on behalf of others"
                )
    return found


def checked_url(url: str, *, private: bool = False, resolve: Resolve = resolved) -> str:
    """`url`, if something may be sent there.

    Raises:
        InvalidInput: It is no http(s) URL, names a user, is not encrypted on its way through the
            internet, or leads where it may not.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(f"{url[:80]!r} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not host or len(url) > LONGEST:
        raise InvalidInput(f"{url[:80]!r} is no address that begins with https:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput(f"the address of {host} names a user or password; leave them out")
    if parts.scheme == "http" and not private:
        raise InvalidInput(
            f"the address of {host} begins with http://: what is sent there could be read on the "
            "way; give one with https://"
        )
    usual = 443 if parts.scheme == "https" else 80
    addresses_of(host, port or usual, private=private, resolve=resolve)
    return url


class CheckedTransport(httpx.BaseTransport):
    """Sends requests to addresses that were looked at; redirections come here again.

    Args:
        private: Whether addresses of this machine and of private networks will do.
        resolve: Finds addresses.
        inner: What connects; it is given addresses in the place of names.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        resolve: Resolve = resolved,
        inner: httpx.BaseTransport | None = None,
    ) -> None:
        self._private, self._resolve = private, resolve
        self._inner = inner or httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first of its host's addresses that answers."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = addresses_of(url.host, port, private=self._private, resolve=self._resolve)
        except InvalidInput as error:
            raise httpx.ConnectError(str(error), request=request) from error
        told = request.extensions | {"sni_hostname": url.host}  # whose certificate is asked for
        for i, address in enumerate(found):
            sent = httpx.Request(
                request.method,
                url.copy_with(host=address.partition("%")[0]),
                headers=request.headers,  # `Host` is the name still
                stream=request.stream,
                extensions=told,
            )
            try:
                return self._inner.handle_request(sent)
            except httpx.ConnectError:
                if i == len(found) - 1:
                    raise
        raise AssertionError("a host with addresses was not asked")

    def close(self) -> None:
        """Close what is open."""
        self._inner.close()
