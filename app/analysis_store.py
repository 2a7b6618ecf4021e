"""Analyses kept in the workspace, by the song's content and by who heard it."""

import hashlib
from pathlib import Path

from songreel.models.errors import SongreelError
from songreel.models.files import code_version, sha256_of
from songreel.models.music import Analysis, Track

_HEARD_BY = ("songreel.analysis", "songreel.analysis.trackers", "songreel.sound", "songreel.models")


class AnalysisStore:
    """A folder of analyses. Losing it costs hearing the songs again, nothing else."""

    def __init__(self, workspace: Path) -> None:
        self._folder = workspace / "analyses"

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
        path = self._path(track.sha256, tracker, octave, tagger)
        try:
            known = Analysis.load(path)
        except SongreelError:
            return None
        return known.model_copy(update={"track": track})

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
            known = Analysis.load(self._path(digest, tracker, octave, tagger))
        except (OSError, SongreelError):
            # What is wrong with it is said when the song is opened.
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
        path = self._path(analysis.track.sha256, tracker, octave, tagger)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            analysis.save(path)
        except (OSError, SongreelError):
            return

    def _path(self, digest: str, tracker: str, octave: str, tagger: str | None) -> Path:
        # The version of the code is in the name, so that a better ear hears again.
        version = code_version(*_HEARD_BY)
        if (tracker, octave, tagger) == ("songreel", "as heard", None):
            return self._folder / f"{digest}-{version}.json"
        listener = f"{tracker} {_version(tracker)} {octave}"
        if tagger is not None:
            listener += f" {tagger} {_tagger_version(tagger)}"
        mark = hashlib.sha256(listener.encode()).hexdigest()[:12]
        return self._folder / f"{digest}-{version}-{mark}.json"


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
