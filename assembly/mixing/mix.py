"""From a film, sounds and wishes to a mixed file: `mix`."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from songreel.assembly.mixing.bus import Bus, summed
from songreel.assembly.mixing.coder import encode
from songreel.assembly.mixing.duck import Ducking
from songreel.assembly.mixing.film import join
from songreel.assembly.mixing.level import Level, Levelled, find_level, measure
from songreel.assembly.mixing.overshoot import Dips
from songreel.assembly.mixing.picture import Picture, look
from songreel.assembly.mixing.stem import RATE, Block, Feed, Stem
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.mix import Codec, Mixed, MixSpec
from songreel.models.music import Loudness
from songreel.models.progress import Progress, silent
from songreel.sound.decode import Decoder
from songreel.sound.fades import Ends

FILMS: dict[str, tuple[Codec, ...]] = {
    ".mp4": ("aac", "alac", "flac"),
    ".m4v": ("aac", "alac"),
    ".mov": ("aac", "alac", "wav"),
    ".mkv": ("aac", "flac", "alac", "wav"),
}
"""What each kind of film carries, its usual one first."""
SOUNDS: dict[str, tuple[Codec, ...]] = {
    ".wav": ("wav",), ".flac": ("flac",), ".m4a": ("aac", "alac"),
}  # fmt: skip
"""Files of sound alone."""
_ROUNDS = 6
"""Of coding: AAC does not keep a wave's peaks, and what it adds is known only afterwards."""
_CLOSER = 0.1
"""dB that each further round begins lower: what a coder adds comes out otherwise in every round,
and places that were just under the ceiling are over it in the next."""
_PATIENT = 2
"""Rounds after which the whole is turned down too by what it is still over, and the loudness is
left as it is."""
_SHORT = 0.5
"""LU under what was meant from which on it is told."""
_OFF = 0.2
"""LU by which what is heard in the file may be off what was coded: AAC at 192 kbit/s takes 1.6 LU
of white noise, which ends at 18 kHz then, 0.3 of rain, and 0.1 of music."""
_MOST_OFF = 2.0
"""LU that are made up for in one round: more is not the coder's doing."""


def mix(
    video: Path | None,
    stems: Sequence[Stem],
    spec: MixSpec,
    output: Path,
    *,
    seconds: float | Fraction | None = None,
    replace: bool = False,
    progress: Progress = silent,
) -> Mixed:
    """Mix sounds under a film's picture, or by themselves.

    The picture is copied. The sound is stereo at 48 kHz and as long as the picture, to the sample;
    it is brought to `spec.target` and kept under `spec.ceiling` as it is heard in the file.

    Args:
        video: The film; None for sound alone.
        stems: New sounds.
        spec: What becomes of the source's sound, gains, fades, loudness, the sound's form.
        output: File to write; a name of `SOUNDS` leaves the picture out.
        seconds: Length of sound alone; None: to the end of the last sound.
        replace: Write over `output` if it exists.
        progress: Told what is being done.

    Raises:
        InvalidInput: A file cannot be read, the output exists or cannot hold it, or fades that do
            not fit.
        MachineError: The disk is full, or the folder cannot be written.
    """
    _allowed(video, stems, spec, output, replace)
    progress("looking at the film", 0.0)
    picture = look(video) if video is not None else None
    source, new, notices = _feeds(picture, stems, spec)
    total = _samples(picture, new, seconds)
    _begun(new, total)
    ends = _ends(spec, total)
    with TemporaryDirectory(dir=_folder(output), prefix=f".{output.name}.") as folder:
        with Bus(Path(folder) / "mix.f32", total) as bus:
            ducking = None
            if spec.mode == "duck" and source is not None:
                progress("listening to the new sound", 0.0)
                ducking = Ducking(summed(None, new, total), spec.duck_by)
            bus.write(summed(source, new, total, ducking), lambda done: progress("mixing", done))
            level = find_level(bus, spec, ends, lambda done: progress("levelling", done))
            alone = picture is None or output.suffix.lower() in SOUNDS
            coded = output if alone else Path(folder) / f"sound{_ending(spec.codec, output)}"
            made = _coded(bus, level, ends, spec, coded, progress)
        notices += [*made.level.notices, *made.notices]
        if picture is not None and not alone:
            progress("joining picture and sound", 0.0)
            join(picture, coded, total, output)
    for feed in (*new, *((source,) if source else ())):
        notices += feed.notices
        if feed.cut and feed is not source:
            notices.append(f"{feed.stem.name} goes on where the mix ends; it is cut off there")
    done = look(output) if picture is not None and not alone else None
    if picture is not None and done is not None and done.frames != picture.frames:
        raise MachineError(
            f"{output} has {done.frames} frames and {picture.path.name} has {picture.frames}; "
            "choose another kind of file, such as .mkv"
        )
    return Mixed(
        file=str(output),
        mode=spec.mode,
        codec=spec.codec,
        samples=total,
        frames=done.frames if done else None,
        picture=done.codec if done else "",
        same_picture=done.sha256 == picture.sha256 if done and picture else None,
        integrated=made.heard.integrated,
        true_peak=made.heard.true_peak,
        gain=round(made.level.gain, 2),
        reduction=round(made.reduction, 2),
        notices=tuple(dict.fromkeys(notices)),
    )


class _Coded:
    """The sound in its file."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.heard: Loudness
        self.level: Level
        self.reduction = 0.0


def _coded(
    bus: Bus, level: Level, ends: Ends, spec: MixSpec, path: Path, progress: Progress
) -> _Coded:
    """Code the mix, hear what came of it, and do it again where the coder went over the ceiling."""
    made = _Coded()
    dips: Dips | None = None
    for i in range(_ROUNDS):
        run = Levelled(bus, level, ends, dips)
        written = encode(path, _told(run, bus.total, progress), spec.codec, spec.bitrate)
        if written != bus.total:
            raise MachineError(f"{written} samples were coded of {bus.total}: mix again")
        made.level, made.reduction = level, run.reduction
        made.heard = heard = measure(_decoded(path, bus.total))
        over = -1.0 if heard.true_peak is None else heard.true_peak - spec.ceiling
        off = 0.0
        if level.expected is not None and heard.integrated is not None:
            off = level.expected - heard.integrated
        if over <= 0 and (abs(off) <= _OFF or i >= _PATIENT):
            break
        if over > 0:
            least = spec.ceiling - _CLOSER * i
            dips = (dips or Dips(bus.total)).deepened(_decoded(path, bus.total), least)
        if over > 0 and i >= _PATIENT:
            level = level._replace(ceiling=level.ceiling - over)
        level = level._replace(gain=level.gain + min(off, _MOST_OFF))
    return _told_short(made, spec, over)


def _told_short(made: _Coded, spec: MixSpec, over: float) -> _Coded:
    """Say what the coder did not let be reached."""
    found, wanted = made.heard.integrated, made.level.expected
    if found is not None and wanted is not None and found < wanted - _SHORT:
        made.notices.append(
            f"the mix is at {found:.1f} LUFS and not at {spec.target:g}: as {spec.codec} at "
            f"{spec.bitrate // 1000} kbit/s it keeps {spec.ceiling:g} dBTP only so"
        )
    if over > 0:
        made.notices.append(
            f"as {spec.codec} the sound reaches {made.heard.true_peak:.1f} dBTP, over the "
            f"{spec.ceiling:g} that were asked for; alac and flac keep it, or a higher bit rate"
        )
    return made


def _told(run: Levelled, total: int, progress: Progress) -> Iterator[Block]:
    done = 0
    for block in run.blocks():
        progress("coding the sound", done / total)
        done += block.shape[1]
        yield block


def _decoded(path: Path, total: int) -> Iterator[Block]:
    """What is heard in the coded file, without what the coder added at its end."""
    left = total
    for block in Decoder(path).blocks():
        yield block[:, :left]
        left -= block.shape[1]
        if left <= 0:
            return
    if left > 0:
        raise MachineError(f"{path.name} holds {left} samples less than were coded: mix again")


def _feeds(
    picture: Picture | None, stems: Sequence[Stem], spec: MixSpec
) -> tuple[Feed | None, list[Feed], list[str]]:
    """The source's sound, the new ones, and what is to be said of them."""
    new = [Feed(stem, spec.gain) for stem in stems]
    if picture is None:
        return None, new, []
    notices = []
    if picture.others:
        kinds = ", ".join(dict.fromkeys(picture.others))
        notices.append(f"other streams of {picture.path.name} were left out ({kinds})")
    if spec.mode == "replace":
        return None, new, notices
    if not picture.sounds:
        if spec.mode == "keep":
            raise InvalidInput(f"{picture.path} has no sound that could be kept")
        notices.append(f"{picture.path.name} has no sound of its own: the new sound is alone")
        return None, new, notices
    return Feed(Stem(picture.path, gain=spec.source_gain), clock=picture.start), new, notices


def _samples(picture: Picture | None, new: Sequence[Feed], seconds: float | Fraction | None) -> int:
    if picture is not None:
        return max(1, round(picture.seconds * RATE))
    if seconds is not None:
        return max(1, round(Fraction(seconds) * RATE))
    return max(1, *(feed.end for feed in new))


def _begun(new: Sequence[Feed], total: int) -> None:
    for feed in new:
        if round(feed.stem.start * RATE) >= total:
            raise InvalidInput(
                f"{feed.stem.name} is to begin at {feed.stem.start:g} s, and the mix ends at "
                f"{total / RATE:.2f} s"
            )


def _ends(spec: MixSpec, total: int) -> Ends:
    rising, falling = round(spec.fade_in * RATE), round(spec.fade_out * RATE)
    try:
        return Ends(total, rising, falling)
    except InvalidInput as error:
        raise InvalidInput(
            f"fades of {spec.fade_in:g} s and {spec.fade_out:g} s do not fit a mix of "
            f"{total / RATE:.2f} s"
        ) from error


def _allowed(
    video: Path | None, stems: Sequence[Stem], spec: MixSpec, output: Path, replace: bool
) -> None:
    """Refuse what can be refused before anything is read."""
    if spec.mode == "keep" and (stems or video is None):
        raise InvalidInput(
            "mode keep leaves the film's own sound alone and takes no new one; choose mix, duck "
            "or replace" if stems else "mode keep needs a film whose sound is kept"
        )  # fmt: skip
    if spec.mode != "keep" and not stems:
        raise InvalidInput(f"mode {spec.mode} needs a sound to mix; without one choose keep")
    ending = output.suffix.lower()
    kinds = SOUNDS if video is None or ending in SOUNDS else FILMS
    if ending not in kinds:
        raise InvalidInput(
            f"{output.name}: a {'film' if video else 'sound'} is written to a name that ends in "
            f"{', '.join((*FILMS, *SOUNDS) if video else SOUNDS)}"
        )
    if spec.codec not in kinds[ending]:
        raise InvalidInput(
            f"{ending} does not carry {spec.codec}; it carries {', '.join(kinds[ending])}"
        )
    for path in (video, *(stem.sound for stem in stems)):
        if isinstance(path, Path) and path.exists() and output.exists() and path.samefile(output):
            raise InvalidInput(f"{output} is what is mixed; give the result another name")
    if output.is_dir():
        raise InvalidInput(f"{output} is a folder; give the name of a file")
    if output.exists() and not replace:
        raise InvalidInput(f"{output} exists; choose another name, or add --force to replace it")


def _folder(output: Path) -> Path:
    folder = output.parent
    if not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder} to write {output.name} in")
    return folder


def _ending(codec: Codec, output: Path) -> str:
    if codec == "wav":
        return ".wav"
    # Matroska says how many samples AAC needs to begin in a field that only its own files give.
    return ".mka" if output.suffix.lower() == ".mkv" else ".mp4"
