"""Sound under a picture: `mix`, what `songreel mix` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from songreel.models.errors import InvalidInput
from songreel.models.mix import Codec, Mixed, MixSpec
from songreel.models.progress import Progress, silent


@dataclass(frozen=True)
class Sounds:
    """New sounds and their places: one value for all, or one for each in their order."""

    files: tuple[Path, ...] = ()
    at: tuple[float, ...] = ()
    """Seconds from the film's start."""
    gains: tuple[float, ...] = ()
    """dB."""
    fade_in: float = 0.0
    """Seconds, of each."""
    fade_out: float = 0.0


def mix(
    video: Path,
    sounds: Sounds,
    spec: MixSpec,
    output: Path | None = None,
    *,
    force: bool = False,
    progress: Progress = silent,
) -> Mixed:
    """Mix sounds under a film, or with each other where `video` has no moving picture.

    Args:
        video: The film, or the first of the sounds.
        sounds: The others.
        spec: What becomes of the film's own sound, loudness, the sound's form.
        output: File to write; None: beside `video`, `-mix` added to its name.
        force: Replace `output` if it exists.
        progress: Told what is being done.

    Raises:
        InvalidInput: A file cannot be read or written so, or the values do not go together.
        MachineError: The disk is full, or the folder cannot be written.
    """
    from songreel.assembly.mixing.mix import mix as mixed
    from songreel.assembly.mixing.picture import has_picture
    from songreel.assembly.mixing.stem import Stem

    shown = has_picture(video)
    files = sounds.files if shown else (video, *sounds.files)
    if not shown and spec.mode == "keep" and not sounds.files:
        spec = spec.model_copy(update={"mode": "mix"})
    if not shown and spec.mode != "mix":
        raise InvalidInput(f"{video} has no moving picture: nothing to {spec.mode} the sound of")
    for option, fade in (
        ("--sound-fade-in", sounds.fade_in),
        ("--sound-fade-out", sounds.fade_out),
    ):
        _each((fade,), 1, option)
    places = _each(sounds.at, len(files), "--at")
    gains = _each(sounds.gains, len(files), "--gain")
    stems = [
        Stem(file, at or 0.0, gain, sounds.fade_in, sounds.fade_out)
        for file, at, gain in zip(files, places, gains, strict=True)
    ]
    return mixed(
        video if shown else None,
        stems,
        spec,
        output or named(video, spec.codec, shown=shown),
        replace=force,
        progress=progress,
    )


def named(video: Path, codec: Codec, *, shown: bool) -> Path:
    """Name of the mix where none was given: beside the source, of its kind where that will do."""
    from songreel.assembly.mixing.mix import FILMS, SOUNDS

    kinds = FILMS if shown else SOUNDS
    own = video.suffix.lower()
    if codec not in kinds.get(own, ()):
        own = next(kind for kind in (*kinds, ".mkv") if codec in kinds.get(kind, ()))
    return video.with_name(f"{video.stem}-mix{own}")


def codec_of(output: Path | None, asked: Codec | None) -> Codec:
    """The sound's form: as asked, or the usual one of the kind of file.

    Raises:
        InvalidInput: A file of that kind does not carry it.
    """
    from songreel.assembly.mixing.mix import FILMS, SOUNDS

    fitting = (FILMS | SOUNDS).get(output.suffix.lower()) if output is not None else None
    if fitting is None:
        return asked or "aac"
    if asked is not None and asked not in fitting:
        name = output.name if output is not None else ""
        raise InvalidInput(
            f"{name} carries {', '.join(fitting)} and not {asked}; name it otherwise with --out"
        )
    return asked or fitting[0]


def _each(values: Sequence[float], count: int, option: str) -> tuple[float | None, ...]:
    for value in values:
        if not isfinite(value):
            raise InvalidInput(f"{option} {value} is no number")
    if not values:
        return (None,) * count
    if len(values) == 1:
        return tuple(values) * count
    if len(values) != count:
        raise InvalidInput(f"{option} was given {len(values)} times for {count} sounds")
    return tuple(values)
