"""What is laid over a film's pictures: effects and words: read and changed."""

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from songreel.models.board import Board
from songreel.models.clip import Sha256
from songreel.models.document import Frozen
from songreel.models.effect import EffectCue
from songreel.models.errors import InvalidInput
from songreel.models.lyrics import Line
from songreel.models.names import fit_name
from songreel.models.overlay import CaptionStyle, Place, Title
from songreel.models.storyboard import Storyboard
from songreel.models.work_wishes import FileName, Words
from songreel.project import Project
from songreel.web.errors import Refused
from songreel.web.routes.here import SHOT, Entry, Here, Opened
from songreel.web.routes.plans import plan_of
from songreel.web.safety.names import safe_name

router = APIRouter(prefix="/api/projects/{project}", tags=["editing"])

Cue = Annotated[str, Field(min_length=1, max_length=300)]


class ShotEffect(Frozen):
    """An effect of a shot."""

    shot: str
    """Its id; `film` for what lies over all of it."""
    cue: EffectCue
    words: str
    """The same as it is written: `punch-in on kick 0.6`."""


class EffectChange(Frozen):
    """Effects that go and come."""

    shot: Annotated[str, Field(pattern=SHOT)]
    """A shot's id, or `film`."""
    add: Annotated[tuple[Cue, ...], Field(max_length=20)] = ()
    """As they are written: `punch-in on kick 0.6`; after those that stay."""
    remove: Annotated[tuple[Annotated[str, Field(max_length=60)], ...], Field(max_length=20)] = ()
    """Names; all cues of that name go."""
    clear: bool = False
    """Whether all that are there go first."""


class WordsShown(Frozen):
    """Words over a film."""

    captions: CaptionStyle | None
    """How captions are set; None: none are shown."""
    titles: tuple[Title, ...]
    lines: tuple[Line, ...]
    """What is sung."""


class WordsChange(Frozen):
    """What is to be other; None leaves it as it is."""

    captions: bool | None = None
    karaoke: bool | None = None
    size: Annotated[float, Field(ge=2, le=15)] | None = None
    """Of captions, percent of the picture's short side."""
    place: Place | None = None
    font: Sha256 | None = None
    """A font, the asset it was uploaded as."""
    title: Words | None = None
    """Empty: none."""
    artist: Words | None = None
    end_card: Words | None = None
    lyrics: Annotated[str, Field(max_length=400_000)] | None = None
    """Other words, LRC, SRT, WebVTT or plain; the shots stay as they are planned."""
    lyrics_name: FileName = "lyrics.txt"


@router.get("/effects")
def get_effects(project: Opened) -> tuple[ShotEffect, ...]:
    """The effects of a project's plan, shot by shot, then those over the whole film."""
    from songreel.effects import FILM, cues_of, told

    plan = plan_of(project)
    return tuple(
        ShotEffect(shot=name, cue=cue, words=told(cue))
        for name in (*(shot.id for shot in plan.shots), FILM)
        for cue in cues_of(plan, name)
    )


@router.post("/effects")
def change_effects(here: Here, entry: Entry, project: Opened, wanted: EffectChange) -> Board:
    """Change the effects of a shot, or of the film; the board afterwards."""
    from songreel.effects import change, cue_of

    plan_of(project)
    cues = [cue_of(text) for text in wanted.add]
    plan = change(project.folder, wanted.shot, add=cues, remove=wanted.remove, clear=wanted.clear)
    return _board(here, entry.id, plan, f"effects {wanted.shot}")


@router.get("/captions")
def get_words(project: Opened) -> WordsShown:
    """The words over a project's film."""
    plan = plan_of(project)
    lines = plan.lyrics.lines if plan.lyrics is not None else ()
    return WordsShown(captions=plan.captions, titles=plan.titles, lines=lines)


@router.post("/captions")
def change_words(here: Here, entry: Entry, project: Opened, wanted: WordsChange) -> WordsShown:
    """Change the words over a project's film; nothing is planned or generated anew."""
    from songreel.wording import Wording, change

    plan_of(project)
    font = _font(here, project, wanted.font)
    wording = Wording(
        wanted.captions, wanted.karaoke, wanted.size, wanted.place, font, wanted.title,
        wanted.artist, wanted.end_card,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        lyrics: Path | None = None
        if wanted.lyrics is not None:
            lyrics = Path(folder) / safe_name(wanted.lyrics_name)
            lyrics.write_text(wanted.lyrics, encoding="utf-8")
        try:
            plan = change(project.folder, wording, lyrics)
        except InvalidInput as error:
            raise InvalidInput(str(error).replace(f"{folder}/", "")) from error
    _board(here, entry.id, plan, "captions")
    return get_words(project)


def _font(here: Here, project: Project, sha256: str | None) -> Path | None:
    """A font that was uploaded, in the project's folder, where the film needs it for good."""
    from songreel.queue.bench import fetched

    if sha256 is None:
        return None
    try:
        entry = here.assets.get(sha256)
    except InvalidInput as error:
        raise Refused(422, str(error), "body.font") from error
    if not entry.media_type.startswith("font/"):
        raise Refused(422, f"{entry.name} is no font: it is {entry.media_type}", "body.font")
    return fetched(here, sha256, project.folder / "fonts", fit_name(entry.name))


def _board(here: Here, project: str, plan: Storyboard, what: str) -> Board:
    here.plans.record(project, plan, what, here.actor)
    return here.editing.board(project)
