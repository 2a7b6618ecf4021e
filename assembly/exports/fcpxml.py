"""FCPXML 1.10, as Final Cut Pro from 10.6 and Resolve from 18 read it: `fcpxml`.

1.10 is the newest version that both read. Times are rational seconds; every one on the timeline is
a whole number of the film's frames. Element order follows Apple's DTD, which Final Cut Pro checks
a document against before it looks at anything else.
"""

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as Xml

from songreel.assembly.exports.events import EditList, Event
from songreel.assembly.exports.media import url_of
from songreel.models.transition import TransitionKind

VERSION = "1.10"

_EFFECTS = {
    "Cross Dissolve": "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265",
    "Fade To Color": "FxPlug:F779C565-486D-4633-8035-0374B4DB8F5C",
}
"""Final Cut Pro's own transitions by the id it gives them; the second goes through black."""

_SAMPLING = {"nearest": "nearest-neighbor", "blend": "frame-blending", "flow": "optical-flow"}
_RATES = ("23.98", "24", "25", "29.97", "30", "60", "47.95", "48", "50", "59.94")
_AUDIO_RATES = {32000: "32k", 44100: "44.1k", 48000: "48k", 88200: "88.2k", 96000: "96k",
                176400: "176.4k", 192000: "192k"}  # fmt: skip
_FINE = 1000
"""A moment between two frames of a clip is told to this part of one: times have denominators of
32 bits at most, and 24000 × 1000 stays far below."""


def fcpxml(film: EditList, beside: Path | None = None) -> str:
    """The edit as an FCPXML document: shots on the primary storyline, the song connected to it.

    Sections are chapter markers on the shots; bars, beats, drops are markers on the song.

    Args:
        film: What to write.
        beside: Folder that the media's URLs are relative to; None for absolute file URLs, which
            is what Final Cut Pro expects.
    """
    root = Xml.Element("fcpxml", version=VERSION)
    resources = _add(root, "resources")
    known = _Resources(resources, film, beside)
    event = _add(_add(root, "library"), "event", name=_clean(film.title))
    project = _add(event, "project", name=_clean(film.title))
    options = {}
    if film.song.sample_rate in _AUDIO_RATES:
        options["audioRate"] = _AUDIO_RATES[film.song.sample_rate]
    sequence = _add(
        project, "sequence", format=known.film, tcStart="0s", tcFormat="NDF",
        duration=_time(film.timeline.frames / film.rate),
        audioLayout="mono" if film.song.channels == 1 else "stereo", **options,
    )  # fmt: skip
    spine = _add(sequence, "spine")
    for i, one in enumerate(film.events):
        name = _transition_of(one)
        if name is not None:
            _transition(spine, one, name, known.effect(name))
        clip = _clip(spine, one, film, known)
        if i == 0:
            _song(clip, one, film, known)
        _chapters(clip, one, film)
        _about(clip, one)
    Xml.indent(root, space="  ")
    body = Xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n\n{body}\n'


class _Resources:
    """Formats, assets and effects, each written once and known by its id."""

    def __init__(self, parent: Xml.Element, film: EditList, beside: Path | None) -> None:
        self._parent, self._ids, self._beside = parent, dict[str, str](), beside
        size = (film.timeline.width, film.timeline.height)
        self.film = self._format(film.rate, *size, colorSpace="1-1-1 (Rec. 709)")
        for event in film.events:
            self.clip(event)
        self.song = self._song(film)

    def clip(self, event: Event) -> str:
        """The asset of a shot's file."""
        media = event.media
        key = str(media.path)
        if key not in self._ids:
            form = self._format(media.rate, media.width, media.height)
            self._ids[key] = self._asset(
                media.path, hasVideo="1", format=form, videoSources="1", start="0s",
                duration=_time(media.seconds),
            )  # fmt: skip
        return self._ids[key]

    def effect(self, name: str) -> str:
        """One of Final Cut Pro's transitions."""
        if name not in self._ids:
            self._ids[name] = self._new("effect", name=name, uid=_EFFECTS[name])
        return self._ids[name]

    def _song(self, film: EditList) -> str:
        song = film.song
        return self._asset(
            song.path, hasAudio="1", audioSources="1", audioChannels=str(song.channels),
            audioRate=str(song.sample_rate), start="0s", duration=_time(song.seconds),
        )  # fmt: skip

    def _format(self, rate: Fraction, width: int, height: int, **more: str) -> str:
        key = f"format {rate} {width} {height}"
        if key not in self._ids:
            self._ids[key] = self._new(
                "format", frameDuration=_time(1 / rate), width=str(width), height=str(height),
                **more,
            )  # fmt: skip
        return self._ids[key]

    def _asset(self, path: Path, **fields: str) -> str:
        made = self._new("asset", name=_clean(path.stem), **fields)
        source = url_of(path, self._beside)
        _add(self._parent[-1], "media-rep", kind="original-media", src=source)
        return made

    def _new(self, tag: str, **fields: str) -> str:
        made = f"r{len(self._parent) + 1}"
        _add(self._parent, tag, id=made, **fields)
        return made


def _clip(spine: Xml.Element, event: Event, film: EditList, known: _Resources) -> Xml.Element:
    points = _time_map(event)
    start = points[0][0] if points else Fraction(event.cut.source)
    clip = _add(
        spine, "asset-clip", ref=known.clip(event), name=_clean(event.cut.shot),
        offset=_time(event.cut.start / film.rate), duration=_time(event.frames / film.rate),
        start=_time((-start if points else start) / film.rate), srcEnable="video",
        tcFormat="NDF",
    )  # fmt: skip
    if event.shot is not None:
        _add(clip, "note").text = _clean(event.shot.prompt)
    if event.media.rate != film.rate:
        named = f"{float(event.media.rate):.2f}".removesuffix(".00")
        fields = {"srcFrameRate": named} if named in _RATES else {}
        _add(clip, "conform-rate", scaleEnabled="0", **fields)
    if points:
        sampling = _SAMPLING[event.cut.between]
        curve = _add(clip, "timeMap", frameSampling=sampling)
        for at, shown in points:
            _add(
                curve, "timept", time=_time((at - start) / film.rate),
                value=_time(shown / film.rate), interp="linear",
            )  # fmt: skip
    film_ratio = Fraction(film.timeline.width, film.timeline.height)
    if Fraction(event.media.width, event.media.height) != film_ratio:
        _add(clip, "adjust-conform", type="fill")
    return clip


def _time_map(event: Event) -> list[tuple[Fraction, Fraction]]:
    """(frames after the cut, frame of the clip shown) at the knots, handles included.

    Empty where the clip plays as it is and has all pictures it needs. The clip's own time begins
    at the first knot, which is a whole frame.
    """
    cut = event.cut
    if not cut.retime and not event.held:
        return []
    first = -event.before
    while first > -_MOST_HEAD and cut.shown(first - 1) >= 0 and cut.shown(first - 1) < cut.shown(0):
        first -= 1
    last = event.frames + _TAIL
    knots = sorted({first, last, *(o for o, _ in cut.retime if first < o < last)})
    ceiling = event.there - 1
    held = next((o for o in range(first, last + 1) if cut.shown(o) > ceiling), None)
    if held is not None:
        knots = sorted({o for o in knots if o < held} | {max(first, held - 1), held, last})
    points = [(Fraction(o), _fine(min(max(cut.shown(o), 0.0), float(ceiling)))) for o in knots]
    return points if len(points) > 1 else []


_MOST_HEAD, _TAIL = 240, 24
"""Frames of a retimed clip kept before and after its shot, for an editor to slip it."""


def _transition_of(event: Event) -> str | None:
    """Final Cut Pro's transition that comes nearest; None where nothing does."""
    if not event.before + event.after:
        return None
    if event.kind == TransitionKind.DIP:
        return "Fade To Color"
    return "Cross Dissolve" if event.dissolves else None


def _transition(spine: Xml.Element, event: Event, name: str, effect: str) -> None:
    first, length = event.cut.start - event.before, event.before + event.after
    made = _add(
        spine, "transition", name=name, offset=_time(first / event.rate),
        duration=_time(length / event.rate),
    )  # fmt: skip
    _add(made, "filter-video", ref=effect, name=name)


def _song(parent: Xml.Element, first: Event, film: EditList, known: _Resources) -> None:
    clip = _add(
        parent, "asset-clip", ref=known.song, lane="-1", name=_clean(film.song.path.stem),
        offset=parent.get("start", "0s"), start="0s", duration=_time(film.song.seconds),
        audioRole="music",
    )  # fmt: skip
    for marker in film.markers:
        if marker.kind != "section":
            _add(
                clip, "marker", start=_time(marker.frame / first.rate),
                duration=_time(1 / first.rate), value=_clean(marker.name),
            )  # fmt: skip


def _chapters(clip: Xml.Element, event: Event, film: EditList) -> None:
    own = Fraction(clip.get("start", "0s").removesuffix("s"))
    cut = event.cut
    for marker in film.markers:
        if marker.kind == "section" and cut.start <= marker.frame < cut.end:
            _add(
                clip, "chapter-marker", start=_time(own + (marker.frame - cut.start) / film.rate),
                duration=_time(1 / film.rate), value=_clean(marker.name), posterOffset="0s",
            )  # fmt: skip
    soft = cut.transition_frames and _transition_of(event) is None
    if soft:
        _add(
            clip, "marker", start=_time(own), duration=_time(1 / film.rate),
            value=f"{cut.transition}, {cut.transition_frames} frames",
        )  # fmt: skip


def _about(clip: Xml.Element, event: Event) -> None:
    metadata = _add(clip, "metadata")
    for name, text in event.about.items():
        _add(metadata, "md", key=f"songreel.{name}", value=_clean(text), type="string")


def _add(parent: Xml.Element, tag: str, **fields: str) -> Xml.Element:
    return Xml.SubElement(parent, tag, fields)


def _fine(frames: float) -> Fraction:
    return Fraction(round(frames * _FINE), _FINE)


def _time(value: Fraction | int) -> str:
    value = Fraction(value)
    if value.denominator == 1:
        return f"{value.numerator}s"
    return f"{value.numerator}/{value.denominator}s"


def _clean(text: str) -> str:
    """`text` without what XML 1.0 cannot hold."""
    return "".join(c if c.isprintable() or c in "\n\t" else " " for c in text).strip()
