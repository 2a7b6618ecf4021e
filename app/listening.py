"""Hearing songs: `Listening`. Imports no more than it takes to show a song heard before."""

from pathlib import Path
from typing import TYPE_CHECKING

from songreel.analysis_store import AnalysisStore
from songreel.ears import Ears
from songreel.models.found import Found, untold
from songreel.models.progress import Progress, silent
from songreel.outlines import Outlines
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.analysis.peaks import Outline
    from songreel.models.music import Analysis
    from songreel.models.sound import Sound

OUR_EARS = Ears()


class Listening:
    """The use cases around one song."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._analyses = AnalysisStore(settings.workspace, settings.database, settings.actor)
        self.outlines = Outlines(settings.workspace / "outlines")

    def sound(self, song: Path, progress: Progress = silent) -> "Sound":
        """Open a song."""
        from songreel.analysis.audio import open_sound

        progress("reading the song", 0.0)
        return open_sound(song)

    def analyze(
        self,
        song: Path,
        progress: Progress = silent,
        ears: Ears = OUR_EARS,
        found: Found = untold,
    ) -> "Analysis":
        """Hear a song; a song heard before is read from the workspace, without being decoded."""
        known = self._analyses.find_file(song, ears.tracker, ears.octave, ears.tagger)
        if known is not None and found is untold:
            return known
        return self.hear(self.sound(song, progress), progress, ears, found)

    def hear(
        self,
        sound: "Sound",
        progress: Progress = silent,
        ears: Ears = OUR_EARS,
        found: Found = untold,
    ) -> "Analysis":
        """Hear an open song; one heard before by the same ears is read from the workspace.

        Args:
            sound: The song.
            progress: Told how far it is.
            ears: Who hears it.
            found: Told each part as soon as it is known; of a song heard before all at once.

        Raises:
            InvalidInput: There is no such tracker or tagger, it is not installed, or the song is
                no sound.
            MachineError: The tracker or the tagger does not work on this machine.
        """
        known = self._analyses.find(sound.track, ears.tracker, ears.octave, ears.tagger)
        if known is not None:
            if found is not untold:
                from songreel.analysis.findings import tell_all

                self._show(sound, found)
                tell_all(known, found)
            return known
        from songreel.analysis.analyze import analyze
        from songreel.analysis.first_run import is_first_run, told
        from songreel.analysis.peaks import Outlined

        progress = told(progress) if is_first_run() else progress
        outlined = None
        if found is not untold and self.outlines.find(sound.track.sha256) is None:
            sound = outlined = Outlined(sound, found)
        elif found is not untold:
            self._show(sound, found)
        known = analyze(sound, progress, ears.tracker, ears.octave, ears.tagger, found)
        if outlined is not None and outlined.peaks is not None:
            self.outlines.keep(sound.track.sha256, outlined.peaks.outline())
        self._analyses.keep(known, ears.tracker, ears.octave, ears.tagger)
        return known

    def outline(self, sound: "Sound") -> "Outline":
        """The outline of an open song; it is decoded where the workspace has none yet."""
        from songreel.outlines import gathered

        known = self.outlines.find(sound.track.sha256)
        if known is None:
            known = gathered(sound)
            self.outlines.keep(sound.track.sha256, known)
        return known

    def _show(self, sound: "Sound", found: Found) -> None:
        from songreel.analysis.peaks import told

        found("waveform", told(self.outline(sound), sound.track.duration))

    def plot(self, song: Path, analysis: "Analysis", picture: Path) -> None:
        """Draw what was heard into a PNG."""
        from songreel.analysis.plots import plot

        plot(analysis, self.sound(song), picture)
