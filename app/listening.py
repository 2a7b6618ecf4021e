"""Hearing songs: `Listening`. Imports no more than it takes to show a song heard before."""

from pathlib import Path
from typing import TYPE_CHECKING

from songreel.analysis_store import AnalysisStore
from songreel.ears import Ears
from songreel.models.progress import Progress, silent
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.models.music import Analysis
    from songreel.models.sound import Sound

OUR_EARS = Ears()


class Listening:
    """The use cases around one song."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._analyses = AnalysisStore(settings.workspace)

    def sound(self, song: Path, progress: Progress = silent) -> "Sound":
        """Open a song."""
        from songreel.analysis.audio import open_sound

        progress("reading the song", 0.0)
        return open_sound(song)

    def analyze(self, song: Path, progress: Progress = silent, ears: Ears = OUR_EARS) -> "Analysis":
        """Hear a song; a song heard before is read from the workspace, without being decoded."""
        known = self._analyses.find_file(song, ears.tracker, ears.octave, ears.tagger)
        if known is not None:
            return known
        return self.hear(self.sound(song, progress), progress, ears)

    def hear(
        self, sound: "Sound", progress: Progress = silent, ears: Ears = OUR_EARS
    ) -> "Analysis":
        """Hear an open song; one heard before by the same ears is read from the workspace.

        Raises:
            InvalidInput: There is no such tracker or tagger, it is not installed, or the song is
                no sound.
            MachineError: The tracker or the tagger does not work on this machine.
        """
        known = self._analyses.find(sound.track, ears.tracker, ears.octave, ears.tagger)
        if known is None:
            from songreel.analysis.analyze import analyze
            from songreel.analysis.first_run import is_first_run, told

            progress = told(progress) if is_first_run() else progress
            known = analyze(sound, progress, ears.tracker, ears.octave, ears.tagger)
            self._analyses.keep(known, ears.tracker, ears.octave, ears.tagger)
        return known

    def plot(self, song: Path, analysis: "Analysis", picture: Path) -> None:
        """Draw what was heard into a PNG."""
        from songreel.analysis.plots import plot

        plot(analysis, self.sound(song), picture)
