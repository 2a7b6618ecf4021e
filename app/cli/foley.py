"""`songreel foley`: sound for pictures, and sound by itself."""

from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of, table
from songreel.cli.hearing import Force, Json, print_json
from songreel.cli.mixes import (
    CodecOption,
    DuckByOption,
    FadeInOption,
    FadeOutOption,
    Mode,
    SourceGainOption,
    TargetOption,
    spec_of,
)
from songreel.cli.own_settings import SettingOption, own_settings
from songreel.cli.shown import bill_row, tell_paid
from songreel.cli.spending import BudgetOption, InterruptOption, QuoteOption, YesOption, spending
from songreel.models.errors import InvalidInput

if TYPE_CHECKING:
    from songreel.foley import Foley, Sounded
    from songreel.foley_place import Place
    from songreel.models.progress import Progress
    from songreel.models.sound_request import Setting


class Quality(StrEnum):
    """As `songreel.models.foley.Quality`."""

    DRAFT = "draft"
    FINAL = "final"


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(foley)


def foley(
    context: typer.Context,
    film: Annotated[
        str | None,
        typer.Argument(metavar="FILM", help="A video, a project folder or an http(s) address."),
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(metavar="WORDS", help="What is heard; a project's shots say more.")
    ] = None,
    preset: Annotated[
        str, typer.Option(help="How it is wanted; see --list-presets.")
    ] = "cinematic",
    negative: Annotated[
        str | None, typer.Option(metavar="WORDS", help="What is kept out (as the preset says).")
    ] = None,
    voices: Annotated[bool, typer.Option("--voices", help="People may be heard.")] = False,
    music: Annotated[
        bool, typer.Option("--music", help="Music in the picture may be heard.")
    ] = False,
    quality: Annotated[
        Quality, typer.Option(help="draft: fewer steps, quicker; final.")
    ] = Quality.FINAL,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Who makes it: builtin, fal:mmaudio-v2, replicate:mmaudio, fal:mmaudio-text "
            "(builtin).",
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Of the model (by quality).")] = None,
    cfg: Annotated[
        float | None, typer.Option(help="How closely it follows the words (by preset).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Another sound.")] = 0,
    mask_away_clip: Annotated[
        bool,
        typer.Option(
            "--mask-away-clip",
            help="Words alone say what is heard; pictures only when (fal:mmaudio-v2).",
        ),
    ] = False,
    own: SettingOption = None,
    seconds: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Length of sound without a film.")
    ] = None,
    mode: Annotated[
        Mode,
        typer.Option(help="Of the film's own sound: keep it alone, mix, replace, or duck."),
    ] = Mode.MIX,
    gain: Annotated[float, typer.Option(metavar="DB", help="Of the new sound, -120 to 24.")] = 0.0,
    source_gain: SourceGainOption = 0.0,
    duck_by: DuckByOption = 12.0,
    fade_in: FadeInOption = 0.0,
    fade_out: FadeOutOption = 0.0,
    target: TargetOption = "-14",
    codec: CodecOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="(NAME.foley.mp4)")
    ] = None,
    budget: BudgetOption = None,
    yes: YesOption = False,
    cancel_jobs: InterruptOption = False,
    quote: QuoteOption = False,
    list_presets: Annotated[
        bool, typer.Option("--list-presets", help="What there is to choose from.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit status 1 where sound is missing.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Make sound for the pictures of FILM, and deliver it beside the film, which stays as it is.

    Where sound cannot be had, the film is delivered with what came, or as it was, and the reason
    is told (exit status 0; 1 with --strict). Run it again to go on; nothing is bought twice.
    Without FILM, --prompt, --seconds and --out waves.wav make sound by itself.
    """
    from songreel.cli.wiring import foleys
    from songreel.foley import Wish
    from songreel.sound_source import SOURCE

    if list_presets:
        _presets(as_json)
        return
    named: dict[str, Setting | None] = {
        "num_steps": steps, "cfg_strength": cfg, "mask_away_clip": mask_away_clip or None,
    }  # fmt: skip
    if (source or SOURCE) == SOURCE and any(value is not None for value in named.values()):
        raise InvalidInput(
            f"{SOURCE} has no --steps, --cfg or --mask-away-clip; leave them out, or choose "
            "another --source"
        )
    settings = own_settings(own)
    for name, value in named.items():
        if value is not None and name in settings:
            raise InvalidInput(f"{name} is given twice, once by --set; keep one of them")
        settings |= {name: value} if value is not None else {}
    served = foleys(context)
    with progress_of(context) as progress:
        place, length = _place(served, film, out, seconds, progress)
        mix = spec_of(
            place.output, target, codec, mode, gain=gain, source_gain=source_gain,
            duck_by=duck_by, fade_in=fade_in, fade_out=fade_out,
        )  # fmt: skip
        wish = Wish(
            source=source or SOURCE, prompt=prompt or "", preset=preset, negative=negative,
            voices=voices, music=music, quality=quality.value, seed=seed, settings=settings,
            mix=mix,
        )  # fmt: skip
        if quote:
            asked = served.quote(place, wish, length, progress)
        else:
            agreed = spending(budget, yes, cancel_jobs=cancel_jobs)
            done = served.make(
                place, wish, seconds=length, spending=agreed, force=force, progress=progress
            )
    if quote:
        if as_json:
            print_json(asked.row())
        else:
            typer.echo("\n".join(asked.lines()))
        return
    _show(done, as_json)
    if strict and done.failure:
        raise typer.Exit(1)


def _place(
    served: "Foley", film: str | None, out: Path | None, seconds: str | None, progress: "Progress"
) -> "tuple[Place, Fraction | None]":
    """What of and where to; the length, where there is no film."""
    from songreel.foley_place import place_without_film

    if film is not None:
        if seconds is not None:
            raise InvalidInput("the film says how long its sound is: leave --seconds out")
        return served.place(film, out, progress), None
    if out is None:
        raise InvalidInput(
            "say what wants sound: a video, a project or an address; or --prompt, --seconds and "
            "--out waves.wav for sound without a picture"
        )
    return place_without_film(out), _length(seconds)


def _length(seconds: str | None) -> Fraction | None:
    try:
        return Fraction(seconds) if seconds is not None else None
    except (ValueError, ZeroDivisionError) as error:
        raise InvalidInput(f"--seconds {seconds!r} is no length; write it as 12 or 7.5") from error


def _presets(as_json: bool) -> None:
    from songreel.prompting.foley.presets import presets

    found = presets()
    if as_json:
        print_json({name: preset.model_dump() for name, preset in found.items()})
        return
    rows = [(name, preset.about, preset.negative) for name, preset in found.items()]
    typer.echo(table(("preset", "how it sounds", "kept out besides music and voices"), rows))


def _show(done: "Sounded", as_json: bool) -> None:
    """Say where the result is, how much of its sound came, and what is to be known."""
    track, place = done.track, done.place
    if as_json:
        print_json(
            {
                "output": str(place.output),
                "report": str(place.report),
                "takes": str(place.folder),
                "outcome": track.outcome,
                "failure": done.failure or None,
                "source": track.source,
                "seconds": track.samples / track.sample_rate,
                "frames": track.output_frames,
                "samples": track.output_samples,
                "loudness": track.loudness,
                "true_peak": track.true_peak,
                "pieces": len(track.parts),
                "notices": track.notices,
                "cost_usd": bill_row(done.bill),
            }
        )
        return
    came = sum(part.take is not None for part in track.parts)
    note(f"{came} of {len(track.parts)} pieces of sound from {track.source}")
    for text in track.notices:
        note(f"note: {text}")
    if track.loudness is not None and track.true_peak is not None:
        note(f"{track.loudness:.1f} LUFS, true peak {track.true_peak:.1f} dBTP")
    tell_paid(done.bill, "film")
    if done.failure:
        note(f"SOUND IS MISSING: {done.failure}; run the same command again to go on")
    note(f"report: {place.report}")
    typer.echo(str(place.output))
