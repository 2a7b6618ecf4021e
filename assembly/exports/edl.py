"""CMX 3600 edit decision lists, as Premiere and Resolve read them: `edl`, `marker_list`.

One video track and the song. What the format cannot say stands in comments. Record timecode
starts at 01:00:00:00, as editing programs expect, so 01:02:03:04 is 2:03 into the song. An EDL
does not carry its frame rate: whoever opens it is asked, and a comment says it.
"""

import re
import unicodedata
from itertools import chain, count

from songreel.assembly.exports.events import EditList, Event
from songreel.assembly.exports.markers import MarkerKind
from songreel.assembly.exports.timecode import Timecode
from songreel.models.errors import InvalidInput
from songreel.models.timebase import rate_name
from songreel.models.transition import AT_ONCE

MOST = 999
"""Events: CMX 3600 numbers them with three digits."""

_REEL = 8
_LOCATORS: dict[MarkerKind, str] = {
    "section": "GREEN", "event": "RED", "downbeat": "CYAN", "beat": "WHITE",
}  # fmt: skip
"""Colours that Avid and OpenTimelineIO know in `LOC` comments."""
_RESOLVE: dict[MarkerKind, str] = {
    "section": "Green", "event": "Red", "downbeat": "Blue", "beat": "Cream",
}  # fmt: skip


def edl(film: EditList, *, drop: bool = False) -> str:
    """The edit as a CMX 3600 EDL.

    A dissolve is the `D` event in which the new shot begins, `before` frames ahead of its cut, so
    that it is centred there as in the film. A retimed shot has its mean speed in an `M2` line and
    the frames it consumes in its source timecode, which counts from 0 at the film's rate.

    Args:
        film: What to write.
        drop: Count in drop frame; for 29.97 fps.

    Raises:
        InvalidInput: There are more than 999 events, or drop frame does not go with the rate.
    """
    code = Timecode(film.rate, drop)
    if len(film.events) + 1 > MOST:
        raise InvalidInput(
            f"an EDL holds {MOST} events, this film has {len(film.events)} shots and a song; "
            "export .otio or .fcpxml"
        )
    reels = _reels(film)
    lines = [
        f"TITLE: {_ascii(film.title)[:70] or 'FILM'}",
        f"FCM: {'DROP FRAME' if drop else 'NON-DROP FRAME'}",
        "",
    ]
    for i, event in enumerate(film.events):
        following = film.events[i + 1] if i + 1 < len(film.events) else None
        last = film.events[i - 1] if i else None
        lines += _event(i + 1, event, last, following, film, code, reels)
        if not i:
            lines.append(f"* FRAME RATE: {rate_name(film.rate)}")
        ahead = event.before if event.dissolves else 0
        stop = _end(event, following)
        lines += [
            f"* LOC: {code.text(code.hour + m.frame)} {_LOCATORS[m.kind]:<7} {_line(m.name)}"
            for m in film.markers
            if event.cut.start - ahead <= m.frame < stop
        ]
    frames = film.timeline.frames
    span = f"{code.text(0)} {code.text(frames)} "
    span += f"{code.text(code.hour)} {code.text(code.hour + frames)}"
    lines += [
        f"{len(film.events) + 1:03d}  {'SONG':<{_REEL}} AA    C        {span}",
        f"* FROM CLIP NAME: {_line(film.song.path.name)}",
        f"* SOURCE FILE: {_line(str(film.song.path))}",
    ]
    return "\n".join(lines) + "\n"


def marker_list(film: EditList, *, drop: bool = False) -> str:
    """The markers as Resolve imports them: Timelines > Import > Timeline Markers from EDL.

    Resolve keeps one marker a frame: of those on one frame the weightiest is written.

    Raises:
        InvalidInput: There are more than 999, or drop frame does not go with the rate.
    """
    code = Timecode(film.rate, drop)
    single = {marker.frame: marker for marker in reversed(film.markers)}
    if len(single) > MOST:
        raise InvalidInput(
            f"an EDL holds {MOST} markers, this film has {len(single)}; leave the beats out "
            "with --no-beats"
        )
    lines = [f"TITLE: {_ascii(film.title)[:70] or 'FILM'}"]
    lines += [f"FCM: {'DROP FRAME' if drop else 'NON-DROP FRAME'}", ""]
    for i, (frame, marker) in enumerate(sorted(single.items()), start=1):
        first, last = code.text(code.hour + frame), code.text(code.hour + frame + 1)
        lines += [
            f"{i:03d}  {'001':<{_REEL}} V     C        {first} {last} {first} {last}",
            f" |C:ResolveColor{_RESOLVE[marker.kind]} |M:{_line(marker.name)} |D:1",
            "",
        ]
    return "\n".join(lines)


def _event(
    number: int,
    event: Event,
    last: Event | None,
    following: Event | None,
    film: EditList,
    code: Timecode,
    reels: dict[str, str],
) -> list[str]:
    cut, ahead = event.cut, event.before if event.dissolves else 0
    first, stop = cut.start - ahead, _end(event, following)
    source = round(cut.shown(-ahead))
    used = stop - first if not cut.retime else max(1, round(cut.shown(stop - cut.start)) - source)
    times = " ".join(
        code.text(frame) for frame in (source, source + used, code.hour + first, code.hour + stop)
    )
    reel = reels[cut.clip]
    lines = []
    if event.dissolves and last is not None:
        gone = round(last.cut.shown(first - last.cut.start))
        there = " ".join(code.text(f) for f in (gone, gone, code.hour + first, code.hour + first))
        lines.append(f"{number:03d}  {reels[last.cut.clip]:<{_REEL}} V     C        {there}")
        length = event.before + event.after
        lines.append(f"{number:03d}  {reel:<{_REEL}} V     D    {length:03d} {times}")
        names = [last.media.path.name, event.media.path.name]
        lines += [f"* FROM CLIP NAME: {_line(names[0])}", f"* TO CLIP NAME: {_line(names[1])}"]
    else:
        lines.append(f"{number:03d}  {reel:<{_REEL}} V     C        {times}")
        lines.append(f"* FROM CLIP NAME: {_line(event.media.path.name)}")
    if cut.retime:
        speed = float(film.rate) * event.speed
        lines.insert(
            2 if event.dissolves and last is not None else 1,
            f"M2   {reel:<{_REEL}}       {speed:05.1f}                {code.text(source)}",
        )
    lines.append(f"* SOURCE FILE: {_line(str(event.media.path))}")
    if event.media.rate != film.rate:
        lines.append(f"* SOURCE RATE: {float(event.media.rate):.3f}")
    if cut.transition not in AT_ONCE and not event.dissolves:
        lines.append(f"* TRANSITION: {str(cut.transition).upper()} {cut.transition_frames} FRAMES")
    if cut.retime and len(cut.retime) > 2:
        lines.append(f"* SPEED RAMP: {event.about['retime']}")
    about = event.about
    lines += [
        f"* {name.upper()}: {_line(about[name])}"
        for name in ("shot", "section", "motif", "prompt", "seed", "provider")
        if name in about
    ]
    return lines


def _end(event: Event, following: Event | None) -> int:
    """Film frame at which the next event takes over."""
    return event.cut.end - (following.before if following and following.dissolves else 0)


def _reels(film: EditList) -> dict[str, str]:
    """A reel of at most eight capitals and digits for each clip's file, its own for each."""
    reels: dict[str, str] = {}
    taken = {"SONG", "AX", "BL", "BLACK", "BARS"}
    for event in film.events:
        if event.cut.clip in reels:
            continue
        plain = re.sub(r"[^A-Z0-9]", "", _ascii(event.cut.shot).upper()) or "CLIP"
        names = (plain[: _REEL - len(end)] + end for end in chain([""], map(str, count(2))))
        reels[event.cut.clip] = next(name for name in names if name not in taken)
        taken.add(reels[event.cut.clip])
    return reels


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _line(plain)


def _line(text: str) -> str:
    """`text` on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
