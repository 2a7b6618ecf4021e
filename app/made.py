"""What was made: clips entered into the workspace's history, and what making them took."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.models.clip import Clip
from songreel.models.errors import SongreelError
from songreel.project import Project
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.store.history import ClipEntry, HistoryRow


def remember(settings: Settings, project: Project, clips: Mapping[str, Clip]) -> tuple[str, ...]:
    """Enter a project's clips, takes that no shot shows among them.

    Args:
        settings: Of this run.
        project: Held by the caller.
        clips: What its shots show, by shot.

    Returns:
        Why they could not be entered, one sentence: the film does not need the history.
    """
    from songreel.generation.shelf import Shelf
    from songreel.store.history import ClipHistory

    try:
        history, known_as = ClipHistory(settings.database), project.known_as()
        if history.lacks(known_as, clips.values()):
            shelf = Shelf(project.clips)
            takes = [(shot, take) for shot in clips for take in shelf.takes(shot)]
            history.enter(known_as, project.state.title, takes, project.clips, actor=settings.actor)
    except SongreelError as error:
        return (f"the clips were not entered into the history (`songreel history`): {error}",)
    return ()


class Made:
    """The history of clips, for people.

    Args:
        settings: Of this run.
        folder: Of one project; None: of all.

    Raises:
        InvalidInput: The folder is no project.
        MachineError: The database cannot be opened.
    """

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        from songreel.store.history import ClipHistory

        project = None if folder is None else Project.open(folder).known_as()
        self.entries: tuple[ClipEntry, ...] = ClipHistory(settings.database).entries(
            project=project
        )

    def rows(self) -> "tuple[HistoryRow, ...]":
        """Sums by model, device and way of making."""
        from songreel.store.history import sums

        return sums(self.entries)
