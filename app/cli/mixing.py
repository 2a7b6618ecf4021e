"""`songreel mix`: sounds under a picture, at the right loudness."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from songreel.cli.console import note, progress_of
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

if TYPE_CHECKING:
    from songreel.models.mix import Mixed


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(mix)


def mix(
    context: typer.Context,
    video: Annotated[
        Path, typer.Argument(metavar="VIDEO", help="A film; or a sound, to mix without a picture.")
    ],
    sounds: Annotated[
        list[Path] | None, typer.Argument(metavar="SOUND...", help="Music, effects, speech.")
    ] = None,
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="Of the film's own sound: as it is, alone; beside the new; gone; lower while the "
            "new sounds (mix; without SOUND keep).",
        ),
    ] = None,
    at: Annotated[
        list[float] | None,
        typer.Option(metavar="SECONDS", help="Where SOUND begins; once for all, or for each."),
    ] = None,
    gain: Annotated[
        list[float] | None,
        typer.Option(metavar="DB", min=-120, max=24, help="Of SOUND; once for all, or for each."),
    ] = None,
    source_gain: SourceGainOption = 0.0,
    duck_by: DuckByOption = 12.0,
    fade_in: FadeInOption = 0.0,
    fade_out: FadeOutOption = 0.0,
    sound_fade_in: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="At the start of each SOUND.")
    ] = 0.0,
    sound_fade_out: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Where each SOUND ends, or the film.")
    ] = 0.0,
    target: TargetOption = "-14",
    ceiling: Annotated[
        float,
        typer.Option(metavar="DBTP", min=-12, max=0, help="True peak that nothing goes over."),
    ] = -1.0,
    codec: CodecOption = None,
    bitrate: Annotated[int, typer.Option(metavar="KBPS", min=64, max=512, help="Of AAC.")] = 192,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="What to write: .mp4, .mov, .mkv, or .wav, .flac, .m4a for the sound alone "
            "(VIDEO's name with -mix).",
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Mix SOUND under VIDEO: gains, fades, loudness, true peak. The picture is copied.

    The sound is as long as the picture, to the sample. It is measured in the finished file; what
    could not be reached is said.
    """
    from songreel.mixing import Sounds
    from songreel.mixing import mix as mixed

    files = tuple(sounds or ())
    spec = spec_of(
        out, target, codec, mode or (Mode.MIX if files else Mode.KEEP), source_gain=source_gain,
        fade_in=fade_in, fade_out=fade_out, duck_by=duck_by, ceiling=ceiling,
        bitrate=bitrate * 1000,
    )  # fmt: skip
    wanted = Sounds(files, tuple(at or ()), tuple(gain or ()), sound_fade_in, sound_fade_out)
    with progress_of(context) as progress:
        done = mixed(video, wanted, spec, out, force=force, progress=progress)
    for text in done.notices:
        note(text)
    if as_json:
        print_json(done.model_dump(mode="json") | {"seconds": done.seconds})
    else:
        typer.echo(_line(done))


def _line(done: "Mixed") -> str:
    parts = [f"{done.seconds:.3f} s, {done.samples} samples at {done.rate} Hz, {done.codec}"]
    if done.integrated is None or done.true_peak is None:
        parts.append("silent or too short to have a loudness")
    else:
        parts.append(f"{done.integrated:.1f} LUFS, {done.true_peak:.1f} dBTP")
    if done.frames is not None:
        how = "copied" if done.same_picture else "copied, packed anew"
        parts.append(f"{done.frames} frames of {done.picture} {how}")
    return f"{done.file}\n" + "\n".join(f"  {part}" for part in parts)
