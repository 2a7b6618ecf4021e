"""Projects made in code, whose song, plan and grid are known: for corrections and cuts by hand."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from songreel.models.grid_change import GridChange
from songreel.models.music import Analysis
from songreel.models.render import RenderSpec
from songreel.models.storyboard import Storyboard
from songreel.project import Project, ProjectFile
from songreel.prompting.looks import choose_look
from songreel.prompting.plan import plan
from support.analyses import Part, Score, write

SPEC = RenderSpec(width=128, height=72, rate=Fraction(24))


def change(kind: str, **fields: object) -> GridChange:
    """A correction."""
    return GridChange.model_validate({"kind": kind} | fields)


def short_song(bpm: float = 120.0, **score: object) -> Analysis:
    """Half a minute in 4/4: verse, chorus, verse."""
    parts = [Part("verse", "A", 4, 0.4), Part("chorus", "B", 8, 0.85), Part("verse", "A", 4, 0.4)]
    return write(Score(parts, bpm=bpm, **score))  # type: ignore[arg-type]


def planned(analysis: Analysis, **wishes: object) -> Storyboard:
    """Its film as it is planned."""
    return plan(analysis, choose_look(analysis)[0], **wishes)  # type: ignore[arg-type]


def project_of(
    folder: Path, analysis: Analysis, storyboard: Storyboard, **state: object
) -> Project:
    """A project with a plan, as `songreel make` leaves it, whose song is no sound."""
    (folder / "song").mkdir(parents=True)
    (folder / "song" / "song.wav").write_bytes(b"not heard here")
    fields = {
        "title": "song", "song": "song/song.wav", "song_sha256": analysis.track.sha256,
        "spec": SPEC,
    }  # fmt: skip
    ProjectFile.model_validate(fields | {"id": "af" * 16} | state).save(folder / "project.json")
    project = Project.open(folder)
    analysis.save(project.analysis)
    storyboard.save(project.plan)
    return project


def at(storyboard: Storyboard) -> list[str]:
    """The anchors of all shots."""
    return [str(shot.at) for shot in storyboard.shots]


def contents(storyboard: Storyboard) -> Sequence[tuple[object, ...]]:
    """Everything of the shots that a correction of the grid must leave alone."""
    timed = {"at", "rhymes_with", "keep"}
    names = [name for name in type(storyboard.shots[0]).model_fields if name not in timed]
    return [tuple(getattr(shot, name) for name in names) for shot in storyboard.shots]
