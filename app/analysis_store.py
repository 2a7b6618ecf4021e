"""Analyses kept in the workspace, by the song's content and by the code that heard it."""

from pathlib import Path

from songreel.models.errors import SongreelError
from songreel.models.files import code_version
from songreel.models.music import Analysis, Track


class AnalysisStore:
    """A folder of analyses. Losing it costs hearing the songs again, nothing else."""

    def __init__(self, workspace: Path) -> None:
        self._folder = workspace / "analyses"

    def find(self, track: Track) -> Analysis | None:
        """What was heard of the song's content before, by this very code; None if nothing.

        A document that cannot be read is as good as none: it is written anew.
        """
        try:
            known = Analysis.load(self._path(track))
        except SongreelError:
            return None
        return known.model_copy(update={"track": track})

    def keep(self, analysis: Analysis) -> None:
        """Store an analysis. A workspace that cannot be written is no reason to lose a film."""
        path = self._path(analysis.track)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            analysis.save(path)
        except (OSError, SongreelError):
            return

    def _path(self, track: Track) -> Path:
        # The version of the code is in the name, so that a better ear hears again.
        version = code_version("songreel.analysis", "songreel.models")
        return self._folder / f"{track.sha256}-{version}.json"
