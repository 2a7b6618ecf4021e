"""Where a score is kept and what it is called: `ScorePlace`."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from songreel.holding import hold
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.score_report import ScoreReport
from songreel.outputs import free
from songreel.project import Project
from songreel.sound_folder import id_of

FORMS = (".wav", ".flac")
"""What a score is delivered as."""


@dataclass(frozen=True)
class ScorePlace:
    """A folder of plan, takes, track, report and picture."""

    title: str
    folder: Path
    """`NAME.score`, or `score` in a project."""
    output: Path
    """The mastered track."""
    project: Project | None = None

    @property
    def plan(self) -> Path:
        """The plan that was composed."""
        return self.folder / "plan.json"

    @property
    def takes(self) -> Path:
        """Folder of takes, jobs and the track as it was composed."""
        return self.folder / "takes"

    @property
    def report(self) -> Path:
        """What was heard in it."""
        return self.folder / "report.json"

    @property
    def picture(self) -> Path:
        """Spectrogram, loudness, scenes and joins."""
        return self.folder / "score.png"

    def held(self) -> AbstractContextManager[None]:
        """Hold the folder, made if need be, for this process.

        Raises:
            InvalidInput: Another process works in it.
            MachineError: It cannot be written.
        """
        return hold(self.folder)

    def known_as(self) -> str:
        """Under what the ledger knows it: the project, or the folder; given out when first asked.

        The folder is held by the caller.
        """
        if self.project is not None:
            return self.project.known_as()
        return id_of(self.folder, self.title)

    def checked(self, force: bool) -> None:
        """Refuse to replace a file that is not as an earlier run of ours delivered it.

        Raises:
            InvalidInput: There is no folder to write in, or somebody's file is there.
        """
        if self.output.suffix.lower() not in FORMS:
            raise InvalidInput(f"--out {self.output}: a score is written as {' or '.join(FORMS)}")
        if self.output.parent != self.folder and not self.output.parent.is_dir():
            raise InvalidInput(
                f"there is no folder {self.output.parent} to write {self.output.name} in"
            )
        if not self._ours():
            free(self.output, force)

    def _ours(self) -> bool:
        if not (self.output.is_file() and self.report.is_file()):
            return False
        try:
            before = ScoreReport.load(self.report)
            return sha256_of(self.output) in (before.sha256, *before.earlier)
        except (InvalidInput, OSError):
            return False


def place_beside(name: Path, out: Path | None = None) -> ScorePlace:
    """`NAME.score` in the current folder, or beside what `--out` names.

    Args:
        name: The file that the score is made from.
        out: What is to be delivered; None: in the folder.
    """
    stem = name.stem
    if name.name == "plan.json" and name.resolve().parent.suffix == ".score":
        return _in(name.resolve().parent, name.resolve().parent.stem, out)
    beside = out.parent if out is not None else Path()
    return _in(beside / f"{stem}.score", stem, out)


def place_in(project: Project, out: Path | None = None) -> ScorePlace:
    """`score` in a project."""
    title, folder = project.state.title, project.folder / "score"
    return ScorePlace(title, folder, out or folder / f"{title}.wav", project)


def _in(folder: Path, title: str, out: Path | None) -> ScorePlace:
    return ScorePlace(title, folder, out or folder / f"{title}.wav")
