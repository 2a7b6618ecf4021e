"""Who has shown the token: `Door`, the log-in page, and patience with wrong ones."""

import hashlib
import hmac
import html
import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from urllib.parse import parse_qs, quote, urlencode

from starlette.datastructures import Headers

from songreel.web.safety.plain import MARK, PLAIN_STYLE

WINDOW = 60.0
"""Seconds for which a wrong token is remembered."""
WRONG, WRONG_ALL = 8, 60
"""Wrong tokens in that time of one address, and of all, after which nothing more is compared."""
MONTH = 30 * 24 * 3600
"""Seconds that a browser keeps the cookie."""


class Door:
    """Lets in who has the token.

    Args:
        token: The token.
        clock: Seconds, for tests.
    """

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._token, self._clock = token.encode(), clock
        self._wrong: dict[str, deque[float]] = {}
        # What a browser keeps is not the token, and goes by a name of its own: browsers send
        # cookies to all ports of a host, so that two studios would take away each other's.
        self._secret = hmac.new(self._token, b"songreel cookie", hashlib.sha256).hexdigest()
        self.cookie = f"songreel_{hashlib.sha256(self._token).hexdigest()[:12]}"

    def patience(self, address: str) -> int:
        """Seconds for which no further token of `address` is looked at; 0: it may try."""
        now = self._clock()
        for known, times in list(self._wrong.items()):
            while times and times[0] < now - WINDOW:
                times.popleft()
            if not times:
                del self._wrong[known]
        own = self._wrong.get(_network(address), deque[float]())
        everybody = sorted(moment for times in self._wrong.values() for moment in times)
        waits = [times[-most] + WINDOW - now
                 for times, most in ((own, WRONG), (everybody, WRONG_ALL))
                 if len(times) >= most]  # fmt: skip
        return max(1, round(max(waits))) if waits else 0

    def opens(self, token: str, address: str) -> bool:
        """Whether `token` is the token; a wrong one is remembered. Ask `patience` before."""
        if hmac.compare_digest(token.encode(errors="surrogatepass"), self._token):
            return True
        self._wrong.setdefault(_network(address), deque(maxlen=WRONG_ALL)).append(self._clock())
        return False

    def knows(self, headers: Headers) -> bool:
        """Whether a request brings the cookie of somebody who has shown the token."""
        for line in headers.getlist("cookie"):
            for part in line.split(";"):
                name, _, value = part.strip().partition("=")
                if name == self.cookie and hmac.compare_digest(
                    value.encode(), self._secret.encode()
                ):
                    return True
        return False

    def keep(self) -> str:
        """The `Set-Cookie` header for somebody who has shown the token."""
        return f"{self.cookie}={self._secret}; Path=/; Max-Age={MONTH}; HttpOnly; SameSite=Strict"


def bearer(headers: Headers) -> str | None:
    """The token in an `Authorization` header; None where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def without_token(path: str, query: str) -> str:
    """Where a link that carries the token leads, without the token."""
    left = {name: values for name, values in parse_qs(query).items() if name != "token"}
    return own_place(quote(path)) + (f"?{urlencode(left, doseq=True)}" if left else "")


def own_place(text: str) -> str:
    """`text` if it is a path of this studio, else its first page: nobody is sent elsewhere."""
    lead = text[:2]
    if not text.startswith("/") or lead in ("//", "/\\") or any(ord(c) < 33 for c in text):
        return "/"
    return text


def log_in_page(next_place: str, said: str = "") -> str:
    """The page that asks for the token; it loads nothing and runs nothing."""
    problem = f'<p role="alert">{html.escape(said)}</p>' if said else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>songreel</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main>{MARK}<h1>songreel</h1>"
        "<p>This studio asks for the token that it printed when it was started.</p>"
        f'{problem}<form method="post" action="/login">'
        f'<input type="hidden" name="next" value="{html.escape(own_place(next_place))}">'
        '<input type="text" name="username" value="songreel" autocomplete="username" hidden>'
        '<label for="token">Token</label>'
        '<input id="token" name="token" type="password" required autofocus '
        'autocomplete="current-password"><button>Open the studio</button></form></main></body>'
        "</html>"
    )


def _network(address: str) -> str:
    """What counts as one: an address, or in IPv6 the network that one household has."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return found.exploded[:19] if isinstance(found, IPv6Address) else str(found)


_STYLE = f"""{PLAIN_STYLE}
body {{ min-height: 100vh; display: grid; place-items: center; }}
main {{ width: min(22rem, calc(100vw - 3rem)); padding-bottom: 8vh; }}
h1 {{ font-size: 1.4rem; margin: .75rem 0 .25rem; }}
p {{ margin: 0; color: var(--soft); }}
[role=alert] {{ color: var(--bad); margin-top: 1rem; }}
label {{ display: block; margin: 1.5rem 0 .35rem; font-weight: 600; }}
input, button {{ font: inherit; width: 100%; box-sizing: border-box; padding: .65rem .8rem;
  border-radius: 12px; border: 1px solid var(--edge); background: var(--panel); color: inherit; }}
button {{ margin-top: 1rem; border: 0; font-weight: 600; cursor: pointer;
  background: var(--accent); color: var(--on-accent); }}
"""
