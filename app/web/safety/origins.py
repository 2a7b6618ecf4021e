"""Requests that a page of elsewhere makes a browser send: `foreign`."""

from collections.abc import Mapping
from urllib.parse import urlsplit

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""


def foreign(kind: str, method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from a page that is not this studio's.

    Browsers say from where they ask, and a page cannot make them say otherwise: `Origin` goes
    with all that changes something, with WebSockets and with what is to be read across sites
    (Fetch standard, section 3.2); `Sec-Fetch-Site` goes with everything (W3C Fetch Metadata). A
    request with neither is of a program, which needs no page to do what it does.

    Args:
        kind: `http` or `websocket`.
        method: Of HTTP.
        headers: By lower-case name.

    Returns:
        True for what must be refused. Following a link from elsewhere is not foreign.
    """
    origin = headers.get("origin")
    if origin is not None:
        try:
            netloc = urlsplit(origin).netloc
        except ValueError:
            return True
        if not netloc or netloc.lower() != headers.get("host", "").lower():
            return True
    site = headers.get("sec-fetch-site", "").lower()
    if site in ("", "same-origin", "none"):
        return False
    followed = (
        kind == "http"
        and method in SAFE
        and headers.get("sec-fetch-mode", "").lower() == "navigate"
        and headers.get("sec-fetch-dest", "document").lower() == "document"
    )
    return not followed
