"""`songreel analyze` and `songreel plan`: what is heard, and what is to be shown."""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.wording import (
    ArtistOption,
    CaptionFontOption,
    CaptionPlaceOption,
    CaptionSizeOption,
    CaptionsOption,
    EndCardOption,
    KaraokeOption,
    TitleOption,
    wording,
)
from songreel.ears import Ears, octave_of
from songreel.outputs import free, outputs

if TYPE_CHECKING:
    from songreel.models.storyboard import Storyboard

Song = Annotated[Path, typer.Argument(metavar="SONG", help="Any audio file, or a video.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LookOption = Annotated[
    str | None,
    typer.Option(
        metavar="LOOK",
        help="One look through the film: a name (`songreel looks`), or a YAML file of your own "
        "(by the song's mood).",
    ),
]
LyricsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="LRC, SRT, WebVTT, rows such as '1:23 words', or plain text; pictures follow the "
        "words, which are shown as captions where they have times.",
    ),
]
WriterOption = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="Have a language model write the pictures; OPENAI_BASE_URL and OPENAI_API_KEY say "
        "where.",
    ),
]
DialectOption = Annotated[
    str | None,
    typer.Option(
        help="Word the prompts for these models: plain, ltx, hunyuan, mochi, wan, minimax, haiper "
        "or veo (plain)."
    ),
]
StyleOption = Annotated[
    str | None,
    typer.Option(
        metavar="STYLE",
        help="Cutting style: calm, narrative, classic, driving or hyper; one of your own "
        "(`songreel styles`), or a TOML file (classic).",
    ),
]
DensityOption = Annotated[
    float | None,
    typer.Option(metavar="FACTOR", help="Cut more or less than the style does, 0.5 to 2 (1)."),
]
ShortestOption = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="No shot shorter than this.")
]
LongestOption = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="No shot longer than this, where the music allows."),
]
EffectsOption = Annotated[
    str | None,
    typer.Option(
        "--effects",
        metavar="AMOUNT",
        help="How much is done to the pictures: none, subtle, full, or 0 to 1 (subtle).",
    ),
]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Another film of the same kind (0).")]
TrackerOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Who hears the beats: songreel, librosa, essentia, madmom, beat_this, or ensemble of "
        "all that are installed (songreel).",
    ),
]
TaggerOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Who puts words to the song besides: clap (with songreel[clap]), or a tagger that "
        "another package brings (nobody).",
    ),
]
HalfOption = Annotated[
    bool, typer.Option("--half", help="Count the beats half as fast as they are heard.")
]
DoubleOption = Annotated[
    bool, typer.Option("--double", help="Count the beats twice as fast as they are heard.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that exists.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(analyze)
    app.command()(plan)


def analyze(
    context: typer.Context,
    song: Song,
    export: Annotated[
        list[str] | None,
        typer.Option(
            "--export",
            "-e",
            metavar="FILE",
            help="Write data for other tools; the ending says what: .jams, .beats, .mid (tempo "
            "map), .json; .sections, .letters, .chords or .keys before .lab; .beats, .sections, "
            ".chords, .keys, .events or .onsets before .csv (also .curves) or .txt (Audacity "
            "labels, also .downbeats). DIR/ gets one of each. Repeatable.",
        ),
    ] = None,
    clicks: Annotated[
        Path | None,
        typer.Option(metavar="FILE.wav", help="The song with clicks on its beats; .wav or .flac."),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html", help="A page to hear and see it all, with the song inside."
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw what was heard; .png, .svg or .pdf."),
    ] = None,
    tracker: TrackerOption = None,
    tagger: TaggerOption = None,
    half: HalfOption = False,
    double: DoubleOption = False,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Hear SONG: tempo, beats, bars, chords, keys, loudness, sections, drops, mood, trust."""
    from songreel.cli.heard import summary
    from songreel.cli.wiring import listening

    wanted = outputs(song, exports=export or (), clicks=clicks, page=page, plot=plot, force=force)
    ears = Ears(tracker or "songreel", octave_of(half, double) or "as heard", tagger)
    use = listening(context)
    with progress_of(context) as progress:
        found = use.analyze(song, progress, ears)
        written = list(wanted.write(found, cache(lambda: use.sound(song, progress)), progress))
    typer.echo(found.to_json() if as_json else summary(found), nl=not as_json)
    for path in written:
        note(f"written: {path}")


def amount(text: str | None) -> float | None:
    """The number behind `--effects`; None where it was not given."""
    if text is None:
        return None
    from songreel.prompting.effects import amount_of

    return amount_of(text)


def plan(
    context: typer.Context,
    song: Song,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.json", help="Write the plan.")
    ] = None,
    look: LookOption = None,
    style: StyleOption = None,
    density: DensityOption = None,
    shortest: ShortestOption = None,
    longest: LongestOption = None,
    seed: SeedOption = None,
    effects: EffectsOption = None,
    dialect: DialectOption = None,
    lyrics: LyricsOption = None,
    title: TitleOption = None,
    artist: ArtistOption = None,
    end_card: EndCardOption = None,
    captions: CaptionsOption = None,
    karaoke: KaraokeOption = None,
    caption_size: CaptionSizeOption = None,
    caption_place: CaptionPlaceOption = None,
    caption_font: CaptionFontOption = None,
    writer: WriterOption = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="A plan whose locked shots stay.")
    ] = None,
    tracker: TrackerOption = None,
    half: HalfOption = False,
    double: DoubleOption = False,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Plan a film for SONG: every shot's place in bars and beats, picture, camera and colours.

    Edit the file as you like, set "locked": true on shots that must stay, and film it with
    `songreel make SONG --plan FILE`.
    """
    from songreel.cli.wiring import services
    from songreel.models.storyboard import Storyboard
    from songreel.planning import Direction

    if output is not None:
        free(output, force)
    kept = Storyboard.load(keep) if keep else None
    ears = Ears(tracker or "songreel", octave_of(half, double) or "as heard")
    words = wording(
        title, artist, end_card, captions, karaoke, caption_size, caption_place, caption_font
    )
    with progress_of(context) as progress:
        direction = Direction(
            look, style, seed, dialect, lyrics, writer, amount(effects), words,
            density, shortest, longest,
        )  # fmt: skip
        planned = services(context).plan(song, direction, kept, progress, ears)
    for text in planned.notices:
        note(f"note: {text}")
    if output is not None:
        planned.save(output)
        note(f"{len(planned.shots)} shots: {output}")
    if as_json:
        typer.echo(planned.to_json(), nl=False)
    elif output is None:
        typer.echo(_shots(planned))


def _shots(planned: "Storyboard") -> str:
    from songreel.prompting.text import Row, rows

    return table(Row._fields, rows(planned))


def print_json(value: object) -> None:
    """Print plain data as JSON on stdout."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
