"""The bytes of assets in object storage: `RemoteBlobs`, over fsspec."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.files import whole
from songreel.store.blobs import DIGEST, Blob
from songreel.store.blobs_folder import swept

_PART = 8 * 2**20
"""Bytes of a part of an upload, four of which are in memory; S3 asks for 5 MiB at least."""
_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
_OPTIONS: dict[str, dict[str, Any]] = {
    "s3": {
        "default_block_size": _PART,
        "max_concurrency": 4,
        "config_kwargs": {
            "connect_timeout": 10,
            "read_timeout": 30,
            "retries": {"total_max_attempts": 3, "mode": "standard"},
        },
    }
}
"""What a file system is told, by scheme. Keys, region and endpoint it finds as its own tools do."""


_TRIES = 2
"""Times that s3fs asks, each with the tries above: with the five that it asks by itself, and a
minute for each, storage that had stopped answering was waited for for half an hour."""


class RemoteBlobs:
    """A prefix in object storage: `PREFIX/WORKSPACE/ab/abcd…`.

    An object comes up under its key whole or not at all: storage shows no upload before its end.

    Args:
        url: As fsspec names it.
        workspace: Under which the objects lie.
        cache: Folder on this machine.

    Raises:
        InvalidInput: The URL is none.
        MachineError: What opens such URLs is not installed.
    """

    def __init__(self, url: str, workspace: str, cache: Path) -> None:
        parts = urlsplit(url)
        self._secrets = [text for text in (parts.password, parts.username) if text]
        self._secrets += [value for name in _SECRETS if (value := os.environ.get(name))]
        scheme = parts.scheme
        self.name = f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")
        if not parts.netloc:
            raise InvalidInput(f"SONGREEL_ASSETS={self.name} names no bucket; {scheme}://BUCKET/…")
        self.spool, self._cache = cache / "partial", cache / workspace
        self._files, root = self._opened(url, scheme)
        self._root = f"{root.rstrip('/')}/{workspace}"

    def holds(self, sha256: str, size: int) -> bool:
        """Whether an object of that size is there."""
        return self.size(sha256) == size

    def size(self, sha256: str) -> int | None:
        """Of the object that is there; None where none is."""
        with self._told("read"):
            try:
                return int(self._files.info(self._key(sha256))["size"])
            except FileNotFoundError:
                return None

    def place(self, file: Path, sha256: str) -> None:
        """Upload `file`; what arrived is measured."""
        key, size = self._key(sha256), file.stat().st_size
        with self._told("write"):
            if "/" in key.strip("/") and self._files.protocol in ("memory", ("memory",)):
                self._files.makedirs(key.rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(file), key, **self._upload)
            arrived = int(self._files.info(key)["size"])
        if arrived != size:
            with self._told("write"):
                self._files.rm_file(key)
            raise MachineError(
                f"cannot write {self.name}: of {size} bytes {arrived} arrived; try again"
            )

    def open(self, sha256: str) -> BinaryIO:
        """Read the object, a part at a time."""
        with self._told("read", sha256):
            return cast(BinaryIO, self._files.open(self._key(sha256), "rb"))

    def local(self, sha256: str) -> Path:
        """A copy on this machine, fetched once and checked by its hash."""
        path = self._cache / sha256[:2] / sha256
        if path.is_file():
            with suppress(OSError):
                os.utime(path)  # used now: it is tidied away last
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with whole(path, lasting=False) as partial, partial.open("wb") as file:
            with self._told("read", sha256), self.open(sha256) as source:
                while block := source.read(_PART):
                    digest.update(block)
                    file.write(block)
            if digest.hexdigest() != sha256:
                raise MachineError(
                    f"the asset {sha256[:12]} in {self.name} is spoilt: its content has changed"
                )
        return path

    def remove(self, digests: Sequence[str]) -> None:
        """Remove what is there of `digests`, in one request where the storage knows such."""
        if not digests:
            return
        keys = [self._key(sha256) for sha256 in digests]
        with self._told("write"):
            try:
                self._files.rm(keys)
            except FileNotFoundError:
                for key in keys:
                    with suppress(FileNotFoundError):
                        self._files.rm_file(key)
        for sha256 in digests:
            with suppress(OSError):
                (self._cache / sha256[:2] / sha256).unlink()

    def all(self) -> Iterator[Blob]:
        """What is there."""
        with self._told("read"):
            try:
                found = self._files.find(self._root, detail=True)
            except FileNotFoundError:
                found = {}
        for key in sorted(found):
            name, about = key.rpartition("/")[2], found[key]
            if DIGEST.fullmatch(name):
                written = about.get("LastModified") or about.get("created")
                if not isinstance(written, datetime):
                    written = datetime.now(UTC)
                if written.tzinfo is None:
                    written = written.replace(tzinfo=UTC)
                yield Blob(name, int(about["size"]), written)

    def tidy(self, before: datetime, copies: datetime, *, dry_run: bool) -> int:
        """Remove what broken runs left under way, and copies that nobody used since."""
        if self._files.protocol == ("s3", "s3a") and not dry_run:
            self._give_up(before)
        left = swept(self.spool, before, dry_run=dry_run)
        return left + swept(self._cache, copies, dry_run=dry_run)

    def _give_up(self, before: datetime) -> None:
        """Give uploads in parts up that a killed process left; storage bills them, and hides them.

        Who may not look for them leaves them to the rules of the bucket.
        """
        bucket, prefix, _ = self._files.split_path(self._root)
        with suppress(MachineError), self._told("write"):
            found = self._files.call_s3(
                "list_multipart_uploads", Bucket=bucket, Prefix=f"{prefix}/"
            )
            for left in found.get("Uploads", ()):
                if left["Initiated"] < before:
                    one = {"Key": left["Key"], "UploadId": left["UploadId"]}
                    self._files.call_s3("abort_multipart_upload", Bucket=bucket, **one)

    def _opened(self, url: str, scheme: str) -> tuple[Any, str]:
        import fsspec.core

        options = _OPTIONS.get(scheme, {})
        self._upload = {"chunksize": _PART, "max_concurrency": 4} if scheme == "s3" else {}
        try:
            files, root = fsspec.core.url_to_fs(url, use_listings_cache=False, **options)
        except ImportError as error:
            extra = "pip install 'songreel[s3]'" if scheme in ("s3", "s3a") else str(error)
            raise MachineError(
                f"SONGREEL_ASSETS={self.name} needs a library that is not installed: {extra}"
            ) from error
        except (ValueError, TypeError) as error:
            raise InvalidInput(
                f"SONGREEL_ASSETS={self.name} is no place for assets: {self._plain(error)}; write "
                "a folder's path or s3://BUCKET/NAME"
            ) from error
        if scheme == "s3":
            files.retries = _TRIES
        return files, str(root)

    def _key(self, sha256: str) -> str:
        if not DIGEST.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is no SHA-256")
        return f"{self._root}/{sha256[:2]}/{sha256}"

    @contextmanager
    def _told(self, what: str, sha256: str = "") -> Iterator[None]:
        """What storage and network refuse, in a sentence."""
        try:
            yield
        except MachineError:
            raise
        except FileNotFoundError as error:
            if sha256:
                raise MachineError(
                    f"cannot read the asset {sha256[:12]} in {self.name}: it is not there; "
                    "`songreel workspace check` tells what else is missing"
                ) from error
            raise MachineError(
                f"cannot {what} {self.name}: there is no such bucket; make it, or mend "
                "SONGREEL_ASSETS"
            ) from error
        except Exception as error:
            # Each file system raises the errors of its own client library, which is imported
            # nowhere here. Python's own are refusals of the system, or else a bug.
            if type(error).__module__ == "builtins" and not isinstance(error, OSError):
                raise
            raise MachineError(self._sentence(what, error)) from error

    def _sentence(self, what: str, error: Exception) -> str:
        kind, reason = type(error).__name__, self._plain(error)
        if kind in ("NoCredentialsError", "PartialCredentialsError", "TokenRetrievalError"):
            way_out = (
                "no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                "AWS_PROFILE"
            )
            return f"cannot {what} {self.name}: {way_out}"
        if isinstance(error, PermissionError):
            return (
                f"cannot {what} {self.name}: {reason}; mend the credentials, or the rights of its "
                "bucket"
            )
        if kind in _NETWORK or isinstance(error, ConnectionError | TimeoutError):
            return (
                f"cannot {what} {self.name}: no answer ({reason}); check the network and "
                "AWS_ENDPOINT_URL, and try again"
            )
        return f"cannot {what} {self.name}: {reason}"

    def _plain(self, error: Exception) -> str:
        """The first line of what a library says, without secrets."""
        text = str(getattr(error, "strerror", None) or error).strip().partition("\n")[0]
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text[:300] or type(error).__name__


_NETWORK = frozenset(
    {
        "ClientConnectorError", "ConnectTimeoutError", "ConnectionClosedError",
        "EndpointConnectionError", "FSTimeoutError", "HTTPClientError", "ProxyConnectionError",
        "ReadTimeoutError", "SSLError",
    }
)  # fmt: skip
