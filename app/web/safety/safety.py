"""Who may ask a studio what: `Safety`, decided once when it starts."""

import ipaddress
import os
import re
import secrets
import socket
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from songreel.models.errors import InvalidInput

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
UPLOAD_LIMIT = 4 * 2**30
"""Bytes of one file that is uploaded, where `SONGREEL_UPLOAD_LIMIT` says nothing: an hour of
1080p footage at 8 Mbit/s is 3.6 GB."""
SHORTEST_TOKEN = 16
"""Characters of a token that somebody chooses."""
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}


@dataclass(frozen=True)
class Safety:
    """What is let in, and what is told.

    Attributes:
        names: Host names by which this studio is asked for, lower case, without port. A page of
            elsewhere that has its own name resolve to this machine (DNS rebinding) brings another.
        any_address: Whether an address in the place of a name will do: an address cannot be
            rebound. For studios that listen at all addresses of the machine.
        token: What everybody must show; None: nobody must, as on loopback.
        remote: Whether people of other machines can ask: they are told no paths of this one.
        upload_limit: Bytes of one upload.
        hidden: Folders of this machine that remote people are not told, the longest first.
        sealed: Those of `names` that people reach over TLS, as whoever started it has said. A
            proxy's own headers are never asked: anybody can send them.
    """

    names: frozenset[str] = LOOPBACK
    any_address: bool = False
    token: str | None = None
    remote: bool = False
    upload_limit: int = UPLOAD_LIMIT
    hidden: tuple[str, ...] = ()
    sealed: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        host: str = "127.0.0.1",
        token: str | None = None,
        names: Iterable[str] = (),
        hidden: Iterable[Path] = (),
    ) -> "Safety":
        """What suits a studio that listens at `host`.

        Args:
            host: Address or name that is bound. Any but loopback demands a token, which is made
                where none is given.
            token: At least 16 characters; None: none on loopback, else a new one of 256 bits.
            names: Further names by which it is asked for. Who names one has a proxy before the
                studio, and people of other machines behind that: as with any other address. One
                that begins with `https://` is asked for over TLS, which the proxy ends.
            hidden: Folders that remote people are not told.

        Raises:
            InvalidInput: The token is too short, a name is none, or `SONGREEL_UPLOAD_LIMIT` is no
                size.
        """
        if token is not None and (len(token) < SHORTEST_TOKEN or not token.isascii()):
            raise InvalidInput(
                f"--token has {len(token)} characters; give {SHORTEST_TOKEN} at least (plain ASCII "
                "letters and digits), or leave it out and one is made"
            )
        wildcard = host in ("0.0.0.0", "::", "")
        public = [_public(name) for name in names]
        sealed = frozenset(name for name, tls in public if tls)
        given = {host.strip().lower().strip("[]"), *(name for name, _ in public)}
        given -= {"0.0.0.0", "::"}
        local = not wildcard and all(map(is_loopback, given))
        own: set[str] = set()
        if wildcard:
            own = {socket.gethostname().lower(), f"{socket.gethostname().lower()}.local"}
        folders = {str(folder.absolute()) for folder in (*hidden, Path.home(), Path.cwd())}
        folders |= {tempfile.gettempdir()}
        return cls(
            names=LOOPBACK | given | own,
            any_address=wildcard,
            token=token or (None if local else secrets.token_urlsafe(32)),
            remote=not local,
            upload_limit=_limit(),
            hidden=tuple(sorted(folders - {"/"}, key=len, reverse=True)),
            sealed=sealed,
        )

    def knows(self, host: str) -> bool:
        """Whether a `Host` header is one of this studio."""
        name = bare(host)
        if name is None:
            return False
        return name in self.names or (self.any_address and _is_address(name))

    def seals(self, host: str) -> bool:
        """Whether who asks for this `Host` does so over TLS."""
        return bare(host) in self.sealed

    def veil(self, text: str) -> str:
        """`text` as it may be told: for remote people without absolute paths of this machine."""
        if not self.remote:
            return text
        for folder in self.hidden:
            text = text.replace(folder + os.sep, "").replace(folder, Path(folder).name)
        return _PATH.sub(lambda found: re.split(r"[/\\]", found[0])[-1] or "a folder", text)


def _public(text: str) -> tuple[str, bool]:
    """A name by which the studio is asked for, and whether over TLS.

    Raises:
        InvalidInput: It is no name of a host.
    """
    scheme, found, rest = text.strip().rpartition("://")
    tls = scheme.lower() == "https"
    host = rest.removesuffix("/") if found else rest.strip("[]")
    name = bare(f"[{host}]" if host.count(":") > 1 and "[" not in host else host)
    if name is None or (found and scheme.lower() not in ("http", "https")):
        raise InvalidInput(
            f"--name {text!r} is no name of a host; give one such as studio.example.org, or with "
            "https:// before it where a proxy with TLS stands before the studio"
        )
    return name, tls


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches what is bound to `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def bare(host: str) -> str | None:
    """The name in a `Host` header, lower case, without its port; None where it is none."""
    found = _HOST.fullmatch(host.strip())
    if found is None:
        return None
    return (found["six"] or found["name"]).lower().rstrip(".")


_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::\d{1,5})?")


def _paths() -> re.Pattern[str]:
    """Absolute paths in a text: under a folder that this machine has, or on a drive.

    Addresses of the studio (`/api/…`) are none: no folder at the root is called so.
    """
    try:
        folders = sorted({p.name for p in Path(os.sep).iterdir()} - {"api", "docs"}, key=len)[::-1]
    except OSError:
        folders = ["home", "tmp", "usr", "var"]
    named = "|".join(map(re.escape, folders))
    rest = r"[^\s'\"`;,()<>]*"
    return re.compile(rf"(?<![\w/:.])/(?:{named})(?=[/\s'\"]|$)(?:/{rest})?|\b[A-Za-z]:\\{rest}")


_PATH = _paths()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _limit() -> int:
    """Bytes that `SONGREEL_UPLOAD_LIMIT` allows: `500M`, `2G`, `1073741824`."""
    text = os.environ.get("SONGREEL_UPLOAD_LIMIT", "").strip()
    if not text:
        return UPLOAD_LIMIT
    found = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)\s*([kmg]?)(?:i?b)?", text.lower())
    size = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if size < 1:
        raise InvalidInput(
            f"SONGREEL_UPLOAD_LIMIT is {text!r}; it must be a size in bytes, or such as 500M or 2G"
        )
    return int(size)
