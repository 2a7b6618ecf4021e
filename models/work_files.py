"""Work that gives files of a film that is there: reports, previews, exports, other shapes."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from songreel.models.work_wishes import Aspect, Name, Seed, Size, Wished
from songreel.models.workspace import ProjectId

At = Annotated[float, Field(ge=0, lt=1e6)]
"""Seconds of the song; the nearest bar is meant."""

ExportForm = Literal[
    "otio", "fcpxml", "edl", "markers.edl", "chapters.txt", "ffmeta",
    "srt", "vtt", "lrc",
    "clicks.wav", "page.html", "heard.png",
    "json", "jams", "beats", "mid",
    "sections.lab", "letters.lab", "chords.lab", "keys.lab",
    "beats.txt", "downbeats.txt", "sections.txt", "chords.txt", "keys.txt", "events.txt",
    "onsets.txt",
    "beats.csv", "sections.csv", "chords.csv", "keys.csv", "events.csv", "onsets.csv",
    "curves.csv",
]  # fmt: skip
"""The edit for editors; chapters; captions; the song with clicks, as a page, drawn; and what was
heard, for other tools."""


class OnProject(Wished):
    """Base of work on a project."""

    project: ProjectId


class Report(OnProject):
    """Measure the film again on the decoded file, and write its report."""

    kind: Literal["report"] = "report"


class Preview(OnProject):
    """The plan as an animatic, before any clip is made or paid for."""

    kind: Literal["preview"] = "preview"
    beeps: bool = True
    """On the beats, higher on downbeats."""


class ContactSheet(OnProject):
    """All shots on one sheet: a picture, A4 pages, or a web page."""

    kind: Literal["contact-sheet"] = "contact-sheet"
    form: Literal["png", "pdf", "html"] = "png"


class Export(OnProject):
    """The edit and the music for other programs; cuts, clips, speeds and dissolves travel."""

    kind: Literal["export"] = "export"
    forms: Annotated[tuple[ExportForm, ...], Field(min_length=1)]
    beats: bool = True
    """Mark each beat; bars, sections and drops always are."""
    relative: bool = False
    """Point to clips by paths relative to the file, so that it can be moved with the project."""
    drop_frame: bool = False
    """Drop-frame timecode in EDLs, for 29.97 fps."""


class Formats(OnProject):
    """The film in other shapes, cut on the same frames; nothing is bought."""

    kind: Literal["formats"] = "formats"
    aspects: Annotated[tuple[Aspect, ...], Field(min_length=1, max_length=4)]
    size: Size | None = None


class Excerpt(OnProject):
    """The best stretches of the film, from phrase to phrase."""

    kind: Literal["excerpt"] = "excerpt"
    seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """Length at most."""
    at: At | None = None
    count: Annotated[int, Field(ge=1, le=20)] = 1
    """How many, best first."""
    aspect: Aspect | None = None
    size: Size | None = None
    only_list: bool = False
    """Only say which stretches are best, and why."""


class Loop(OnProject):
    """A few bars of the film that lead back into themselves."""

    kind: Literal["loop"] = "loop"
    least: Annotated[float, Field(gt=0, le=600)] = 3.0
    """Seconds."""
    most: Annotated[float, Field(gt=0, le=600)] = 8.0
    at: At | None = None
    aspect: Aspect | None = None
    size: Size | None = None
    silent: bool = False


class ShowScene(Wished):
    """A built-in scene: a contact sheet, and five seconds of it with music."""

    kind: Literal["scene"] = "scene"
    scene: Name
    """Key or name."""
    project: ProjectId | None = None
    """Whose song it moves to; otherwise the one that songreel plays itself."""
    at: At | None = None
    """Where the clip begins; otherwise a bar before the strongest drop."""
    looks: Annotated[tuple[Name, ...], Field(max_length=2)] = ()
    energy: Annotated[float, Field(ge=0, le=1)] | None = None
    section: Name | None = None
    seed: Seed = 1
    camera: Name = "push in"
    framing: Name = "wide"
    settings: Mapping[Name, Name] = {}
    words: Annotated[str, Field(max_length=500)] | None = None
    prompt: Annotated[str, Field(max_length=2_000)] = ""
    aspect: Aspect = "16:9"
    size: Size = 720
