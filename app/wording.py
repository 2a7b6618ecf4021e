"""Words over the picture as a person asks for them, and the plan that has them: `Wording`."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from songreel.changing import changing
from songreel.history import History
from songreel.models.errors import InvalidInput
from songreel.models.overlay import CaptionStyle, Place, Title
from songreel.models.storyboard import Storyboard
from songreel.project import Project

if TYPE_CHECKING:
    from songreel.models.lyrics import Lyrics

WAY_OUT = "an LRC or SRT file has them, or rows such as '1:23 words' (`--lyrics FILE`)"


@dataclass(frozen=True)
class Wording:
    """None leaves it as the plan has it; by default lyrics with times are shown, and no cards."""

    captions: bool | None = None
    karaoke: bool | None = None
    size: float | None = None
    """Of captions, percent of the picture's short side."""
    place: Place | None = None
    font: Path | None = None
    title: str | None = None
    """Empty: none."""
    artist: str | None = None
    end_card: str | None = None

    @property
    def asked(self) -> bool:
        """Whether anything is."""
        return any(getattr(self, field.name) is not None for field in fields(self))


UNSAID = Wording()
"""Nothing is asked for."""


def worded(
    storyboard: Storyboard,
    wording: Wording,
    keep: Storyboard | None = None,
    fresh: bool = False,
) -> Storyboard:
    """`storyboard` with the words that are asked for, and those that `keep` had.

    Args:
        storyboard: With its lyrics.
        wording: What is asked for.
        keep: The plan before.
        fresh: The lyrics are new: they are shown if they have times and nobody says otherwise.

    Raises:
        InvalidInput: Captions are asked for without lyrics or of lyrics without times, or the
            font cannot be used.
    """
    if not wording.asked and keep is None and not fresh:
        return storyboard
    before = keep or storyboard
    style, told = _style(storyboard.lyrics, wording, before.captions, fresh)
    bare = storyboard.model_copy(update={"captions": style, "titles": ()})
    titles, said = _titles(bare, wording, before.titles)
    new = [text for text in (*told, *said) if text not in storyboard.notices]
    update = {"titles": titles, "notices": (*storyboard.notices, *new)}
    return bare.model_copy(update=update)


def _style(
    lyrics: "Lyrics | None", wording: Wording, before: CaptionStyle | None, fresh: bool
) -> tuple[CaptionStyle | None, list[str]]:
    """How captions are set, None for none; and notices."""
    asked = {
        "karaoke": wording.karaoke,
        "size": None if wording.size is None else wording.size / 100,
        "place": wording.place,
        "font": None if wording.font is None else _font(wording.font),
    }
    update = {name: value for name, value in asked.items() if value is not None}
    if wording.captions is False:
        return None, []
    style = CaptionStyle.model_validate((before or CaptionStyle()).model_dump() | update)
    if lyrics is not None and lyrics.timed:
        shown = wording.captions or bool(update) or fresh or before is not None
        return (style if shown else None), []
    if wording.captions or update:
        if lyrics is None:
            raise InvalidInput(f"there are no words to show as captions: {WAY_OUT}")
        raise InvalidInput(
            f"{lyrics.source} has no times, so nobody knows when its words are sung; captions need "
            f"them: {WAY_OUT}"
        )
    if lyrics is not None and fresh:
        told = (
            f"no captions: {lyrics.source} has no times, and where its lines are sung is guessed; "
        )
        return None, [told + WAY_OUT]
    return None, []


def _font(path: Path) -> str:
    from songreel.fonts.faces import own

    return own(path).file


def _titles(
    storyboard: Storyboard, wording: Wording, before: tuple[Title, ...]
) -> tuple[tuple[Title, ...], tuple[str, ...]]:
    """Title and end card; texts that change keep their place."""
    from songreel.prompting.titles import end_card, title_card

    kept = [card for card in before if card.start < storyboard.track.duration]
    notices: tuple[str, ...] = ()
    title = next((card for card in kept if card.kind == "title"), None)
    if wording.title is not None or wording.artist is not None:
        kept = [card for card in kept if card.kind != "title"]
        text = title.text if title else storyboard.track.title
        text = _text(wording.title if wording.title is not None else text)
        detail = title.detail if title else ""
        detail = _text(wording.artist if wording.artist is not None else detail)
        if text and title is not None:
            kept.append(title.model_copy(update={"text": text, "detail": detail}))
        elif text:
            placed = title_card(storyboard, text, detail)
            kept.append(placed.title)
            notices += placed.notices
    if wording.end_card is not None:
        end = next((card for card in kept if card.kind == "end"), None)
        kept = [card for card in kept if card.kind != "end"]
        if text := _text(wording.end_card):
            first, _, rest = text.partition("\n\n")
            placed = end_card(storyboard, first, rest)
            moved = {"start": end.start, "seconds": end.seconds} if end else {}
            kept.append(placed.title.model_copy(update=moved))
            notices += placed.notices if end is None else ()
    return tuple(sorted(kept, key=lambda card: card.start)), notices


def _text(written: str) -> str:
    r"""Rows of a card: `\n` as typed in a shell is a line break, two are a smaller line below."""
    rows = written.replace("\\n", "\n").split("\n")
    return "\n".join(" ".join(row.split()) for row in rows).strip()


def change(folder: Path, wording: Wording, lyrics: Path | None) -> Storyboard:
    """Change the words of a project's plan; its shots stay.

    Raises:
        InvalidInput: As `worded`; or the lyrics cannot be read.
    """
    from songreel.planning import planned

    project = Project.open(folder)
    with changing(project.folder):
        before = planned(project)
        storyboard = before
        if lyrics is not None:
            from songreel.prompting.lyric_files import read_lyrics

            found = read_lyrics(lyrics, before.track.duration)
            old = before.lyrics.notices if before.lyrics else ()
            notices = [text for text in before.notices if text not in old]
            notices.extend(text for text in found.notices if text not in notices)
            update = {"lyrics": found, "notices": tuple(notices)}
            storyboard = before.model_copy(update=update)
        after = worded(storyboard, wording, fresh=lyrics is not None)
        if after != before:
            History(project).keep("captions", _said(wording, lyrics), after, project.state.grid)
            after.save(project.plan)
        return after


def _said(wording: Wording, lyrics: Path | None) -> str:
    """What was asked for, for the list of changes."""
    asked = {field.name: getattr(wording, field.name) for field in fields(wording)}
    asked["lyrics"] = lyrics.name if lyrics else None
    return ", ".join(f"{name}: {value}" for name, value in asked.items() if value is not None)


def export(storyboard: Storyboard, files: tuple[Path, ...], force: bool) -> None:
    """Write the lyrics of a plan as soft captions, beside a film or elsewhere.

    Raises:
        InvalidInput: There are none with times, an ending is not known, or a file exists.
        MachineError: A file cannot be written.
    """
    from songreel.assembly.overlays.soft import soft_captions
    from songreel.models.files import whole
    from songreel.outputs import free

    lyrics = storyboard.lyrics
    if lyrics is None or not lyrics.timed:
        name = f"{lyrics.source} has no times" if lyrics else "the plan has no lyrics"
        raise InvalidInput(f"{name}, so there are no captions to export: {WAY_OUT}")
    texts = [(path, soft_captions(lyrics, storyboard.track, path.suffix)) for path in files]
    for path, _ in texts:
        free(path, force)
    for path, text in texts:
        with whole(path) as partial:
            partial.write_text(text, encoding="utf-8")
