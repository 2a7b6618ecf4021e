"""The edit as every format is written from it: `Event`, `EditList`, `read_edit`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import floor
from pathlib import Path

from songreel.assembly.exports.markers import Marker, markers_of
from songreel.assembly.exports.media import Media, probe
from songreel.models.music import Event as MusicEvent
from songreel.models.music import Section
from songreel.models.storyboard import Shot, Storyboard
from songreel.models.timeline import Cut, Timeline
from songreel.models.transition import AT_ONCE, Kind, TransitionKind, overlaps


@dataclass(frozen=True)
class Event:
    """One shot: its cut, its file and how it begins.

    A transition into it spans film frames [cut.start − before, cut.start + after). Both are no
    more than the two files have pictures for; a flash or a cut has none.
    """

    cut: Cut
    media: Media
    rate: Fraction
    """The film's."""
    shot: Shot | None
    """Of the plan; None where the plan has changed since the film was cut."""
    section: Section | None
    before: int = 0
    after: int = 0

    @property
    def frames(self) -> int:
        """Length in the film."""
        return self.cut.end - self.cut.start

    @property
    def there(self) -> int:
        """Frames that the file holds, counted at the film's rate."""
        return max(1, floor(self.media.seconds * self.rate))

    @property
    def kind(self) -> Kind:
        """How it begins; a cut where there are no pictures for anything else."""
        if self.cut.transition not in AT_ONCE and not self.before + self.after:
            return TransitionKind.CUT
        return self.cut.transition

    @property
    def dissolves(self) -> bool:
        """Whether both shots are seen at once as it begins."""
        return overlaps(self.kind)

    @property
    def speed(self) -> float:
        """Mean frames of the clip shown for one of the film."""
        if not self.cut.retime:
            return 1.0
        return (self.cut.shown(self.frames) - self.cut.shown(0)) / self.frames

    @property
    def held(self) -> int:
        """Frames at its end for which the file has no picture, so that the last one stands."""
        return sum(self.cut.shown(i) > self.there - 1 + 1e-6 for i in range(self.frames))

    @cached_property
    def about(self) -> dict[str, str]:
        """What it is, for a reader's metadata: text by name."""
        facts = {
            "shot": self.cut.shot,
            "reason": str(self.cut.reason),
            "transition": str(self.cut.transition),
            "provider": self.cut.provider,
            "sha256": self.cut.clip_sha256,
            "substitution": self.cut.substitution or "",
        }
        if self.shot is not None:
            facts |= {
                "at": str(self.shot.at),
                "motif": self.shot.motif,
                "prompt": self.shot.prompt,
                "negative": self.shot.negative,
                "seed": str(self.shot.seed),
                "camera": str(self.shot.camera),
                "size": str(self.shot.size),
            }
        if self.section is not None:
            facts["section"] = f"{self.section.letter} {self.section.label}"
        if self.cut.retime:
            knots = " ".join(f"{o}:{value:g}" for o, value in self.cut.retime)
            facts |= {"retime": knots, "between": self.cut.between}
        if self.cut.effects:
            facts["effects"] = ", ".join(one.effect for one in self.cut.effects)
        return {name: text for name, text in facts.items() if text}


@dataclass(frozen=True)
class Song:
    """The film's sound."""

    path: Path
    samples: int
    sample_rate: int
    channels: int

    @property
    def seconds(self) -> Fraction:
        """Length, exactly."""
        return Fraction(self.samples, self.sample_rate)


@dataclass(frozen=True)
class EditList:
    """A film, ready to be written down for an editor."""

    title: str
    timeline: Timeline
    events: tuple[Event, ...]
    song: Song
    markers: tuple[Marker, ...]
    project: Path
    notices: tuple[str, ...] = ()
    """What an export cannot say as the film shows it, a sentence each."""

    @property
    def rate(self) -> Fraction:
        """Of the film."""
        return self.timeline.rate


def read_edit(
    timeline: Timeline,
    storyboard: Storyboard,
    project: Path,
    song: Path,
    *,
    title: str,
    beats: bool = True,
    music: tuple[MusicEvent, ...] = (),
    look: Callable[[Path, str], Media] = probe,
) -> EditList:
    """Everything that the formats are written from; the heads of the clips are read.

    Args:
        timeline: The edit.
        storyboard: The plan, for what each shot is.
        project: Folder that the cuts' clips are relative to.
        song: The file of the film's sound.
        title: The film's name.
        beats: Whether there is to be a marker on every beat.
        music: Builds, drops and stops, for markers.
        look: Reads the head of a shot's file.

    Raises:
        InvalidInput: A clip is missing or does not decode.
    """
    planned = {shot.id: shot for shot in storyboard.shots}
    known: dict[str, Media] = {}
    events: list[Event] = []
    for cut in timeline.cuts:
        media = known.get(cut.clip) or look(project / cut.clip, cut.shot)
        known[cut.clip] = media
        shot = planned.get(cut.shot)
        section = storyboard.sections[shot.section] if shot else None
        event = Event(cut, media, timeline.rate, shot, section)
        if events and cut.transition not in AT_ONCE:
            event = _with_handles(event, events[-1])
        events.append(event)
    track = storyboard.track
    return EditList(
        title=title,
        timeline=timeline,
        events=tuple(events),
        song=Song(song.resolve(), track.samples, track.sample_rate, track.channels),
        markers=markers_of(storyboard, timeline.rate, timeline.frames, beats=beats, music=music),
        project=project.resolve(),
        notices=tuple(_notices(events)),
    )


def _with_handles(event: Event, last: Event) -> Event:
    """`event` with as long a transition, centred on its cut, as both files have pictures for."""
    cut, end = event.cut, last.frames

    def fits(n: int) -> bool:
        late = last.cut.shown(end + n - n // 2 - 1) <= last.there - 1 + 1e-6
        return late and cut.shown(-(n // 2)) >= -1e-6

    n = max((n for n in range(1, cut.transition_frames + 1) if fits(n)), default=0)
    return replace(event, before=n // 2, after=n - n // 2)


def _notices(events: list[Event]) -> list[str]:
    told = []
    short = [
        event.cut.shot
        for event in events[1:]
        if event.cut.transition not in AT_ONCE
        and event.before + event.after < event.cut.transition_frames
    ]
    if short:
        told.append(
            f"clips too short for their whole transition, which is shorter in the editor: "
            f"{_named(short)}"
        )
    held = [event.cut.shot for event in events if event.held]
    if held:
        told.append(f"clips that end before their shot, whose last picture stands: {_named(held)}")
    done = [event.cut.shot for event in events if event.cut.effects]
    if done:
        told.append(
            f"effects do not travel, the clips come without: {len(done)} of {len(events)} shots"
        )
    return told


def _named(shots: list[str]) -> str:
    return ", ".join(shots[:6]) + (f" and {len(shots) - 6} more" if len(shots) > 6 else "")
