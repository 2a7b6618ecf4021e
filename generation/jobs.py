"""Job files: clips under way elsewhere, remembered so that no crash loses what is paid for."""

from pathlib import Path

from songreel.models.clip import ClipRequest, Job
from songreel.models.files import whole

SUFFIX = ".job.json"


class Jobs:
    """The jobs in a folder of clips, `s07-3fa9c1d2.job.json` each.

    Raises:
        MachineError: The folder cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def left(self) -> tuple[tuple[str, Job], ...]:
        """What earlier runs left under way: shot and job, by file name."""
        found = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                job = Job.model_validate_json(path.read_bytes())
            except (OSError, ValueError):
                continue  # not one of ours, or spoilt
            shot = path.name.removesuffix(SUFFIX).rpartition("-")[0]
            if path == self._file(shot, job.request):
                found.append((shot, job))
        return tuple(found)

    def remember(self, job: Job, shot: str) -> None:
        """Store where `job` stands.

        Raises:
            MachineError: The folder cannot be written.
        """
        with whole(self._file(shot, job.request)) as partial:
            partial.write_text(job.model_dump_json() + "\n", encoding="utf-8")

    def forget(self, shot: str, request: ClipRequest) -> None:
        """The job has ended; its file goes."""
        self._file(shot, request).unlink(missing_ok=True)

    def _file(self, shot: str, request: ClipRequest) -> Path:
        return self._folder / f"{shot}-{request.fingerprint[:8]}{SUFFIX}"
