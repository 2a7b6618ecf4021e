"""What is fetched from the hub of models: commits, lists of files, files with their progress."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from songreel.models.errors import InvalidInput, MachineError, ProviderError

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and all that are needed; may raise to stop."""

_AT_A_TIME = 4
"""Files that are fetched at a time."""

WAY = "with --weights"
"""How a folder of the user's own is given in place of the hub's files, as messages say it."""


def offline() -> bool:
    """Whether the user has forbidden the network (`HF_HUB_OFFLINE`)."""
    said = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return said.strip().upper() in ("1", "ON", "YES", "TRUE")


def commit_of(repo: str, revision: str = "", way: str = WAY) -> str:
    """The commit that a branch or tag of `repo` stands at now.

    Raises:
        InvalidInput: There is no such model or revision, or it is gated.
        ProviderError: The hub did not answer.
    """
    from huggingface_hub import HfApi

    with _translated(repo, revision, way):
        info = HfApi().model_info(repo, revision=revision or None)
    return str(info.sha)


def listing(repo: str, commit: str, way: str = WAY) -> dict[str, int]:
    """Names of all files of `repo` and their sizes in bytes.

    Raises:
        InvalidInput: There is no such model or revision, or it is gated.
        ProviderError: The hub did not answer.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    with _translated(repo, commit, way):
        tree = HfApi().list_repo_tree(repo, recursive=True, revision=commit)
        return {each.path: each.size for each in tree if isinstance(each, RepoFile)}


def kept(repo: str, commit: str) -> Path:
    """The folder in the hub's own cache where the files of `commit` lie, once they are fetched."""
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    folder = repo_folder_name(repo_id=repo, repo_type="model")
    snapshots: Path = Path(HF_HUB_CACHE).expanduser() / folder / "snapshots"
    return snapshots / commit


def fetch(
    repo: str, commit: str, files: Mapping[str, int], progress: Progress, way: str = WAY
) -> Path:
    """Fetch what is not there yet, into the hub's own cache, which other programs use as well.

    Args:
        repo: Id at the hub.
        commit: The revision.
        files: Names and sizes in bytes of those needed.
        progress: Called as bytes come, from several threads but never two at a time.
        way: How a folder is given instead, for messages.

    Returns:
        The folder with the files.

    Raises:
        InvalidInput: There is no such model, revision or file, or it is gated.
        MachineError: The disk is too small for what is missing, or refuses.
        ProviderError: The hub did not answer, or broke off; what came is kept.
    """
    from huggingface_hub import hf_hub_download

    folder = kept(repo, commit)
    absent = {name: size for name, size in files.items() if not (folder / name).exists()}
    _room(repo, folder, sum(absent.values()))
    meter = _Meter(sum(files.values()), sum(files.values()) - sum(absent.values()), progress)

    def one(name: str) -> None:
        hf_hub_download(repo, name, revision=commit, tqdm_class=meter.bar())

    with _translated(repo, commit, way), ThreadPoolExecutor(_AT_A_TIME) as pool:
        jobs = [pool.submit(one, name) for name in sorted(absent, key=lambda each: absent[each])]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            meter.stopped = True
            for job in jobs:
                job.cancel()
            raise
    return folder


def _room(repo: str, folder: Path, size: int) -> None:
    """See that the disk has room for `size` bytes, and some more."""
    there = folder
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if size and free < size + 2**28:
        raise MachineError(
            f"{repo} needs {size / 1e9:.1f} GB more on the disk of {there}, {free / 1e9:.1f} GB "
            "are free; make room, or set HF_HOME to a folder on another disk"
        )


class _Meter:
    """Adds up what the bars of all files are told."""

    def __init__(self, total: int, done: int, progress: Progress) -> None:
        self._total, self._done, self._progress = total, done, progress
        self._lock = Lock()
        self.stopped = False
        progress(done, total)

    def bar(self) -> Any:
        """A class that the hub's library takes for a progress bar (tqdm)."""
        meter = self

        class Bar:
            def __init__(self, *_args: Any, **options: Any) -> None:
                self.n = 0
                self.total = options.get("total")
                # Of two bars a file, that of the network does not know its end: it is left out.
                self.counts = "total" in options.get("bar_format", "total")
                # What an earlier, broken off download left counts as done.
                self.update(options.get("initial") or 0)

            def update(self, count: float | None = 1) -> None:
                self.n += int(count or 0)
                meter.add(int(count or 0) if self.counts else 0)

            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_exception: object) -> None:
                return None

            def __getattr__(self, name: str) -> Callable[..., None]:
                if name.startswith("__") or name == "update_transfer":
                    raise AttributeError(name)
                return lambda *_args, **_options: None

        return Bar

    def add(self, count: int) -> None:
        """Note `count` bytes more."""
        with self._lock:
            if self.stopped:
                raise InterruptedError("the download was stopped")
            self._done = min(self._total, self._done + count)
            self._progress(self._done, self._total)


@contextmanager
def _translated(repo: str, revision: str, way: str) -> Iterator[None]:
    """The hub's errors as one sentence each."""
    from huggingface_hub import errors

    at = f"{repo}@{revision}" if revision else repo
    try:
        yield
    except errors.GatedRepoError as error:
        raise InvalidInput(
            f"{repo} is gated: accept its terms on its page at the hub, then `hf auth login` "
            "(or set HF_TOKEN)"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise InvalidInput(f"{repo} has no revision {revision!r} at the hub") from error
    except errors.RepositoryNotFoundError as error:
        raise InvalidInput(
            f"there is no model {repo!r} at the hub (or it is private: `hf auth login`, or set "
            f"HF_TOKEN); a folder is given {way}"
        ) from error
    except errors.HFValidationError as error:
        raise InvalidInput(f"{repo!r} is neither a folder nor an id of the hub") from error
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as error:
        raise _silent(at, way) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status in (401, 403):
            raise InvalidInput(
                f"{repo} is not given to you ({status}): accept its terms on its page at the hub, "
                "then `hf auth login` (or set HF_TOKEN)"
            ) from error
        raise ProviderError(
            f"the hub refuses {at} ({status or error}); try again later",
            provider="local", retryable=status == 429 or status >= 500,
        ) from error  # fmt: skip
    except OSError as error:
        if isinstance(error, InterruptedError):
            raise
        raise MachineError(f"{at} cannot be kept: {error.strerror or error}") from error
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("httpx", "httpx2", "httpcore"):
            raise
        raise _silent(at, way) from error


def _silent(at: str, way: str) -> ProviderError:
    return ProviderError(
        f"{at} is not on this machine and the hub does not answer; check the network, or give a "
        f"folder {way}", provider="local", retryable=True,
    )  # fmt: skip
