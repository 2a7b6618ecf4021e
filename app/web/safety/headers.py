"""What a browser is told to be careful with: headers of every answer."""

from collections.abc import MutableMapping


def of_pages(nonce: str) -> str:
    """Content security policy of the studio's own pages: nothing but this studio.

    NiceGUI compiles Vue's templates in the browser and runs what Python sends it, so that it needs
    `unsafe-eval`; its styles are set element by element. Scripts in the page run by their nonce.
    """
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-src 'self'; frame-ancestors 'self'"
    )


NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Of data."""

PLAIN = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Of pages that run nothing: log-in, description of the interface."""

SANDBOXED = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Of pages that were made from a film's documents: a place of their own, which reaches nothing of
the studio's, whatever somebody wrote into a title."""

ALWAYS = {
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: with it a browser keeps from us where our own forms come from (Fetch
    # standard, "append a request Origin header").
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-permitted-cross-domain-policies": "none",
}
"""Goes with everything."""

FORBIDDEN = (
    "access-control-allow-origin", "access-control-allow-credentials",
    "access-control-allow-methods", "access-control-allow-headers", "server",
)  # fmt: skip
"""Taken away from whatever is answered: nobody of elsewhere reads anything."""


def careful(headers: MutableMapping[str, str], path: str) -> None:
    """Add to an answer's headers what is not there yet."""
    for name in FORBIDDEN:
        if name in headers:
            del headers[name]
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    if "content-security-policy" not in headers:
        headers["content-security-policy"] = NOTHING
    if path.startswith("/api/"):
        headers.setdefault("cache-control", "no-store")
