"""A project's film on its way into another shape: `Reshaper`."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from songreel.models.clip import Clip
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.progress import Progress
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Storyboard
from songreel.models.timeline import Cut, Timeline
from songreel.project import Project

REDRAWN = "builtin"
"""The source whose clips are drawn once more in the new shape: they are free and are composed for
it, which no crop is. All others are cropped."""


class _Clip(NamedTuple):
    """What is to be known of a clip's file."""

    size: tuple[int, int]
    document: Clip | None


class Reshaper:
    """Brings a timeline into another shape.

    Args:
        project: Whose film it is.
        storyboard: Its plan.
        workers: Clips that are looked at or drawn side by side.
        progress: Told what is being done.
    """

    def __init__(
        self, project: Project, storyboard: Storyboard, workers: int, progress: Progress
    ) -> None:
        self._project, self._storyboard = project, storyboard
        self._workers, self._progress = workers, progress

    def worded(self, timeline: Timeline, spec: RenderSpec) -> Timeline:
        """`timeline` in the size of `spec`, its words set for that."""
        from songreel.assembly.overlays.set import overlays

        update: dict[str, object] = {"width": spec.width, "height": spec.height}
        if (timeline.width, timeline.height) != (spec.width, spec.height):
            update["overlays"] = overlays(self._storyboard, spec).overlays
        return timeline.model_copy(update=update)

    def shaped(self, timeline: Timeline, spec: RenderSpec) -> Timeline:
        """`timeline` with clips drawn for its shape where they can be, and crops for the others.

        Raises:
            InvalidInput: A clip is missing or does not decode.
        """
        from songreel.assembly.attention import attentions
        from songreel.assembly.focus import focused, needs_focus

        film = (spec.width, spec.height)
        known = {cut.clip_sha256: self._known(cut) for cut in timeline.cuts}
        drawn = self._redrawn(timeline, known, film)
        cuts = [
            cut.model_copy(update={"clip": f"formats/clips/{new.file}", "clip_sha256": new.sha256})
            if (new := drawn.get(cut.clip_sha256)) is not None
            else cut
            for cut in timeline.cuts
        ]
        timeline = timeline.model_copy(update={"cuts": tuple(cuts)})
        sizes = {mark: clip.size for mark, clip in known.items()}
        sizes |= {new.sha256: (new.width, new.height) for new in drawn.values()}
        cropped = {
            cut.clip_sha256: self._project.folder / cut.clip
            for cut in cuts
            if needs_focus(sizes[cut.clip_sha256], film)
        }
        for mark, path in cropped.items():
            _believe(path, mark)
        seen = attentions(cropped, self._workers, self._progress)
        return focused(timeline, sizes, seen)

    def _known(self, cut: Cut) -> _Clip:
        path = self._project.folder / cut.clip
        try:
            clip = Clip.load(path.with_suffix(".json"))
        except InvalidInput:
            clip = None
        if clip is not None and clip.sha256 == cut.clip_sha256:
            return _Clip((clip.width, clip.height), clip)
        from songreel.generation.shelf import measure

        facts = measure(path)
        return _Clip((facts.width, facts.height), None)

    def _redrawn(
        self, timeline: Timeline, known: Mapping[str, _Clip], film: tuple[int, int]
    ) -> dict[str, Clip]:
        """Clips drawn in the size of `film`, by the sha256 of those that they take the place of."""
        from songreel.assembly.focus import needs_focus

        wanted: dict[str, Clip] = {}
        marks: dict[str, str] = {}
        for cut in timeline.cuts:
            size, clip = known[cut.clip_sha256]
            if clip is None or clip.provider != REDRAWN or cut.clip_sha256 in marks.values():
                continue
            if needs_focus(size, film) or min(size) < min(film):
                wanted[cut.shot], marks[cut.shot] = clip, cut.clip_sha256
        if not wanted:
            return {}
        from songreel.generation.provider import Context
        from songreel.generation.registry import create
        from songreel.generation.reshape import reshaped

        folder = self._project.folder / "formats" / "clips"
        folder.mkdir(parents=True, exist_ok=True)
        context = Context(scratch=folder, workers=self._workers, seed=self._storyboard.seed)
        provider = create(REDRAWN, context)
        try:
            made = reshaped(
                wanted, film, self._storyboard, provider=provider, folder=folder,
                progress=self._progress,
            )  # fmt: skip
        finally:
            provider.close()
        return {marks[shot]: clip for shot, clip in made.items()}


def _believe(path: Path, mark: str) -> None:
    """Check that a clip is the one that the film shows.

    Raises:
        InvalidInput: It is missing or another file.
    """
    try:
        found = sha256_of(path)
    except OSError as error:
        raise InvalidInput(f"the clip {path} cannot be read: {error.strerror or error}") from error
    if found != mark:
        raise InvalidInput(
            f"{path} is not the clip that the film shows (its content has changed); "
            f"generate it again"
        )
