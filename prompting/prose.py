"""The words of a shot: one to three sentences, as a director notes them for a camera crew."""

from songreel.models.music import Section
from songreel.models.storyboard import CameraMove, Look, Palette, ShotSize
from songreel.prompting.looks import LookBook, Picture, Story, books
from songreel.prompting.palette import describe

M, S = CameraMove, ShotSize

_SIZES = {
    S.EXTREME_WIDE: "Extreme wide shot",
    S.WIDE: "Wide shot",
    S.MEDIUM: "Medium shot",
    S.CLOSE: "Close-up",
    S.EXTREME_CLOSE: "Extreme close-up",
}
_MOVES = {
    M.STATIC: "Locked-off camera",
    M.PUSH_IN: "{} push in",
    M.PULL_OUT: "{} pull back",
    M.PAN_LEFT: "{} pan to the left",
    M.PAN_RIGHT: "{} pan to the right",
    M.TILT_UP: "{} tilt upwards",
    M.TILT_DOWN: "{} tilt downwards",
    M.TRACK_LEFT: "{} tracking move to the left",
    M.TRACK_RIGHT: "{} tracking move to the right",
    M.CRANE_UP: "{} crane move upwards",
    M.CRANE_DOWN: "{} crane move downwards",
    M.ORBIT: "{} orbit round the subject",
    M.ROLL: "{} roll about the lens axis",
    M.HANDHELD: "{} handheld camera",
}
_PACE = {"calm": "Slow", "rising": "Steady", "wild": "Fast"}
_HAND = {"calm": "Quietly breathing", "rising": "Loose", "wild": "Restless"}
_MOODS = {
    ("calm", -1): "sombre and still", ("calm", 0): "hushed and attentive",
    ("calm", 1): "tender and unhurried", ("rising", -1): "uneasy, something is coming",
    ("rising", 0): "searching and alert", ("rising", 1): "hopeful, gaining pace",
    ("wild", -1): "fierce and relentless", ("wild", 0): "driving, at full power",
    ("wild", 1): "euphoric and wide open",
}  # fmt: skip


def level(energy: float) -> str:
    """Energy (0 to 1) as one of three words."""
    return "calm" if energy < 0.38 else "rising" if energy < 0.68 else "wild"


def book_of(look: Look) -> LookBook | None:
    """The prose that ships for `look`, if it is one of ours."""
    return books().get(look.name)


def picture_of(look: Look, motif: str) -> Picture:
    """The picture of a motif; for a look from elsewhere the motif's own words serve."""
    book = book_of(look)
    for picture in book.picture if book else ():
        if picture.motif == motif:
            return picture
    return Picture(
        motif=motif,
        wide=f"{motif}, small in a great space",
        medium=motif,
        close=f"a detail of {motif}",
        calm="everything moving slowly",
        rising="movement gathering",
        wild="everything in full motion",
    )


def story_line(story: Story, stage: str, turn: int, last: bool) -> str:
    """What the subject does at `stage` the `turn`-th time; lines come round again.

    The last line of the farewell is kept for the film's last shot.
    """
    lines: tuple[str, ...] = getattr(story, stage)
    if last:
        return lines[-1]
    if stage == "farewell":
        lines = lines[:-1] or lines
    return lines[turn % len(lines)]


def prompt(
    look: Look,
    motif: str,
    size: ShotSize,
    camera: CameraMove,
    palette: Palette,
    energy: float,
    section: Section,
    song: float,
    story: str | None,
) -> str:
    """The prompt of one shot.

    Args:
        look: The film's look.
        motif: One of its motifs.
        size: Shot size.
        camera: Camera move.
        palette: The shot's colours.
        energy: 0 to 1, against the song's own range.
        section: Its mood and function.
        song: Place of the section in the song, 0 to 1.
        story: What the subject does, or None for a picture without it.
    """
    picture, intensity, book = picture_of(look, motif), level(energy), book_of(look)
    seen = {S.EXTREME_WIDE: picture.wide, S.WIDE: picture.wide, S.MEDIUM: picture.medium}.get(
        size, picture.close
    )
    happens = {"calm": picture.calm, "rising": picture.rising, "wild": picture.wild}[intensity]
    name = _SIZES[size]
    if story is not None and book is not None:
        place = book.place[0].upper() + book.place[1:]
        first = f"{name}: {seen}, {happens}. {place}, {book.subject} {story}."
    else:
        where = book.near if book else f"in {look.world}"
        first = f"{name} {where}: {seen}, {happens}."
    tight = size in (S.CLOSE, S.EXTREME_CLOSE)
    lens = book.close_lens if book and tight else look.lens
    pace = _HAND if camera is M.HANDHELD else _PACE
    move = _MOVES[camera].format(pace[intensity])
    act = f", {book.acts[min(int(song * len(book.acts)), len(book.acts) - 1)]}" if book else ""
    return (
        f"{first} {move}, {lens}; {look.light}{act}; {describe(palette)}; {look.medium}; "
        f"{_mood(section, intensity)}."
    )


def _mood(section: Section, intensity: str) -> str:
    if intensity == "calm" and section.label in ("build", "drop", "chorus"):
        return "holding its breath"
    valence = section.mood.valence
    return _MOODS[intensity, -1 if valence < -0.15 else 1 if valence > 0.15 else 0]
