"""Job files: clips under way elsewhere, remembered so that no crash loses what is paid for."""

from pathlib import Path
from typing import Any, Generic

from songreel.generation.maker import R
from songreel.models.clip import ClipRequest, Job
from songreel.models.files import whole

SUFFIX = ".job.json"


class Jobs(Generic[R]):
    """The jobs in a folder, `s07-3fa9c1d2.job.json` each.

    Args:
        folder: Of what they make.
        kind: What is ordered there.

    Raises:
        MachineError: The folder cannot be read.
    """

    def __init__(self, folder: Path, kind: type[R] = ClipRequest) -> None:  # type: ignore[assignment]
        self._folder = folder
        # Any: a generic model's parameter is known only now.
        self._job: Any = Job[kind]  # type: ignore[valid-type]

    def draft(self, source: str, request: R, key: str) -> Job[R]:
        """A job that is about to be sent."""
        job: Job[R] = self._job(provider=source, id="", request=request, key=key)
        return job

    def left(self) -> tuple[tuple[str, Job[R]], ...]:
        """What earlier runs left under way: shot and job, by file name."""
        found: list[tuple[str, Job[R]]] = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                job: Job[R] = self._job.model_validate_json(path.read_bytes())
            except (OSError, ValueError):
                continue  # not one of ours, or spoilt
            shot = path.name.removesuffix(SUFFIX).rpartition("-")[0]
            if path == self._file(shot, job.request):
                found.append((shot, job))
        return tuple(found)

    def remember(self, job: Job[R], shot: str) -> None:
        """Store where `job` stands.

        Raises:
            MachineError: The folder cannot be written.
        """
        with whole(self._file(shot, job.request)) as partial:
            partial.write_text(job.model_dump_json() + "\n", encoding="utf-8")

    def forget(self, shot: str, request: R) -> None:
        """The job has ended; its file goes."""
        self._file(shot, request).unlink(missing_ok=True)

    def _file(self, shot: str, request: R) -> Path:
        return self._folder / f"{shot}-{request.fingerprint[:8]}{SUFFIX}"
