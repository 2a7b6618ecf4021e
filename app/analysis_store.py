"""Analyses kept in the workspace, by the song's content and by who heard it.

A file each, which is found without opening the database: that would cost a song heard before half
again the time it takes to show it. The database has them too, for those who ask what is there, and
for other machines that work for one workspace.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.models.errors import SongreelError
from songreel.models.files import code_version, sha256_of
from songreel.models.music import Analysis, Track

if TYPE_CHECKING:
    from songreel.store.analyses import Analyses

_HEARD_BY = ("songreel.analysis", "songreel.analysis.trackers", "songreel.sound", "songreel.models")


class AnalysisStore:
    """A folder of analyses, and the database. Losing them costs hearing again, nothing else.

    Args:
        workspace: The folder.
        database: Of the workspace, its URL; None: the folder alone.
        actor: Who hears, for the audit trail.
    """

    def __init__(self, workspace: Path, database: str | None = None, actor: str = "cli") -> None:
        self._folder = workspace / "analyses"
        self._database, self._actor = database, actor
        self._opened: Analyses | None = None

    def find(
        self,
        track: Track,
        tracker: str = "songreel",
        octave: str = "as heard",
        tagger: str | None = None,
    ) -> Analysis | None:
        """What was heard of the song's content before, by this very code; None if nothing.

        A document that cannot be read is as good as none: it is written anew.

        Args:
            track: The song.
            tracker: Who heard the beats: another one hears another song.
            octave: At which rate the user has them counted.
            tagger: Who put words to the song; None for nobody.

        Raises:
            InvalidInput: There is no such tracker or tagger.
        """
        known = self._find(track.sha256, heard_by(tracker, octave, tagger))
        return None if known is None else known.model_copy(update={"track": track})

    def find_file(
        self,
        song: Path,
        tracker: str = "songreel",
        octave: str = "as heard",
        tagger: str | None = None,
    ) -> Analysis | None:
        """The same by the file's bytes alone: nothing is decoded. None where it cannot be read."""
        try:
            digest = sha256_of(song)
            known = self._find(digest, heard_by(tracker, octave, tagger))
        except (OSError, SongreelError):
            # What is wrong with it is said when the song is opened.
            return None
        if known is None:
            return None
        before = known.track
        unnamed = before.title == Path(before.file).stem
        title = song.stem if unnamed else before.title
        named = before.model_copy(update={"file": song.name, "title": title})
        return known.model_copy(update={"track": named})

    def keep(
        self,
        analysis: Analysis,
        tracker: str = "songreel",
        octave: str = "as heard",
        tagger: str | None = None,
    ) -> None:
        """Store an analysis. A workspace that cannot be written is no reason to lose a film."""
        ears = heard_by(tracker, octave, tagger)
        self._write(analysis, ears)
        try:
            if (analyses := self._analyses(make=True)) is not None:
                analyses.keep(analysis, ears)
        except SongreelError:
            self._database = None

    def _find(self, digest: str, ears: str) -> Analysis | None:
        try:
            return Analysis.load(self._folder / f"{digest}-{ears}.json")
        except SongreelError:
            pass
        try:
            analyses = self._analyses(make=False)
            known = None if analyses is None else analyses.find(digest, ears)
        except SongreelError:
            self._database = None  # it is not waited for again
            return None
        if known is not None:
            self._write(known, ears)
        return known

    def _write(self, analysis: Analysis, ears: str) -> None:
        path = self._folder / f"{analysis.track.sha256}-{ears}.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            analysis.save(path)
        except (OSError, SongreelError):
            return

    def _analyses(self, *, make: bool) -> "Analyses | None":
        """The database's part; None where there is no database, and it is not to be made."""
        if self._opened is not None or self._database is None:
            return self._opened
        scheme, _, file = self._database.partition(":///")
        if scheme == "sqlite" and not make and not Path(file).is_file():
            return None
        from songreel.store.analyses import Analyses

        self._opened = Analyses(self._database, self._actor)
        return self._opened


def heard_by(tracker: str = "songreel", octave: str = "as heard", tagger: str | None = None) -> str:
    """Who hears: the code's version, so that a better ear hears again, and a mark of other ears.

    Raises:
        InvalidInput: There is no such tracker or tagger.
    """
    version = code_version(*_HEARD_BY)
    if (tracker, octave, tagger) == ("songreel", "as heard", None):
        return version
    listener = f"{tracker} {_version(tracker)} {octave}"
    if tagger is not None:
        listener += f" {tagger} {_tagger_version(tagger)}"
    return f"{version}-{hashlib.sha256(listener.encode()).hexdigest()[:12]}"


def _version(tracker: str) -> str:
    """What changes when the tracker may hear otherwise."""
    if tracker == "songreel":  # the code's version says it all: nothing has to be imported
        return ""
    from songreel.analysis.trackers.registry import look_up

    return look_up(tracker).version()


def _tagger_version(tagger: str) -> str:
    """The same of a tagger."""
    from songreel.analysis.taggers.tagger import version

    return f"{code_version('songreel.analysis.taggers')} {version(tagger)}"
