"""What the storyboard asks of the sources of clips: `requests`, `worded`, `drive_under`."""

from collections.abc import Callable, Mapping, Sequence

from songreel.generation.stills import NO_STILLS, ShotStills
from songreel.models.clip import ClipRequest, Drive, Sung
from songreel.models.errors import InvalidInput
from songreel.models.lyrics import Lyrics
from songreel.models.music import Analysis, BeatGrid, Section
from songreel.models.render import RenderSpec
from songreel.models.schedule import ShotFrames, schedule
from songreel.models.storyboard import Shot, Storyboard, Words
from songreel.models.timebase import frame_time

Wording = Callable[[Shot, str], Words]
"""A shot's prompt and negative in a dialect."""


def worded(
    asked: Mapping[str, ClipRequest], storyboard: Storyboard, words: Wording | None, dialect: str
) -> dict[str, ClipRequest]:
    """`asked` with the prompts in `dialect`; as the plan has them where nobody words them."""
    if words is None:
        return dict(asked)
    found = {}
    for shot in storyboard.shots:
        said = words(shot, dialect)
        found[shot.id] = asked[shot.id].model_copy(
            update={"prompt": said.prompt, "negative": said.negative}
        )
    return found


def requests(
    storyboard: Storyboard,
    analysis: Analysis,
    spec: RenderSpec,
    stills: Mapping[str, ShotStills] | None = None,
) -> dict[str, ClipRequest]:
    """A request for every shot, by id, in the film's order; no provider has seen it yet.

    Clip frame 0 is film frame start − head: the music under the clip is cut from there. Beats
    are the storyboard's, which the user may have corrected, the rest is the analysis'.

    Args:
        storyboard: The film.
        analysis: Of the same song.
        spec: Size and rate.
        stills: The pictures that shots begin with, end with and refer to, by shot.

    Raises:
        InvalidInput: The storyboard and the analysis are of different songs, or two shots start
            within one frame.
    """
    if storyboard.track.sha256 != analysis.track.sha256:
        raise InvalidInput(
            f"the storyboard was made for {storyboard.track.file}, the analysis is of "
            f"{analysis.track.file}; plan the song again"
        )
    frames = schedule(storyboard, spec.rate, spec.lead)
    pictures = {shot.id: (stills or {}).get(shot.id, NO_STILLS) for shot in storyboard.shots}
    return {
        shot.id: ClipRequest(
            prompt=shot.prompt,
            negative=shot.negative,
            motif=shot.motif,
            camera=shot.camera,
            size=shot.size,
            palette=shot.palette,
            energy=shot.energy,
            motion=shot.motion,
            seed=shot.seed,
            width=spec.width,
            height=spec.height,
            rate=spec.rate,
            frames=span.clip_frames,
            head=span.head,
            start=pictures[shot.id].start,
            end=pictures[shot.id].end,
            references=pictures[shot.id].references,
            take=shot.take,
            drive=_drive(storyboard, analysis, spec, span, shot.section),
        )
        for shot, span in zip(storyboard.shots, frames, strict=True)
    }


def _drive(
    storyboard: Storyboard, analysis: Analysis, spec: RenderSpec, span: ShotFrames, section: int
) -> Drive:
    first = span.start - span.head
    return drive_under(
        analysis,
        frame_time(first, spec.rate),
        frame_time(first + span.clip_frames, spec.rate),
        grid=storyboard.grid,
        sections=storyboard.sections,
        section=section,
        lyrics=storyboard.lyrics,
        shot=(frame_time(span.start, spec.rate), frame_time(span.end, spec.rate)),
    )


def drive_under(
    analysis: Analysis,
    start: float,
    end: float,
    *,
    grid: BeatGrid,
    sections: Sequence[Section],
    section: int,
    lyrics: Lyrics | None = None,
    shot: tuple[float, float] | None = None,
) -> Drive:
    """The music under a clip of [start, end) seconds of the song.

    Args:
        analysis: Of the song.
        start: Seconds.
        end: Seconds.
        grid: Beats as they are to be shown.
        sections: The song's.
        section: Which of them the shot belongs to.
        lyrics: What is sung.
        shot: Start and end of the shot without its handles, where the clip has any.
    """
    duration = analysis.track.duration
    onsets, here = analysis.onsets, sections[section]
    return Drive(
        beats=_within(grid.beats, start, end),
        downbeats=_within(grid.downbeat_times, start, end),
        kick=onsets.kick.cut(start, end),
        snare=onsets.snare.cut(start, end),
        hat=onsets.hat.cut(start, end),
        energy=analysis.energy.cut(start, end),
        brightness=analysis.brightness.cut(start, end),
        bass=analysis.bass.cut(start, end),
        build=_build(analysis, shot or (start, end), (start, end)),
        section=here.label,
        song_start=min(round(start / duration, 6), 1.0),
        song_end=min(round(end / duration, 6), 1.0),
        melody=onsets.melody.cut(start, end),
        spectrum=analysis.spectrum.cut(start, end) if analysis.spectrum is not None else None,
        words=_sung(lyrics, start, end),
        letter=here.letter,
        turn=sum(one.label == here.label for one in sections[:section]),
        mood=(round(here.mood.valence, 3), round(here.mood.arousal, 3)),
    )


def _sung(lyrics: Lyrics | None, start: float, end: float) -> tuple[Sung, ...]:
    if lyrics is None:
        return ()
    return tuple(
        Sung(
            start=round(word.start - start, 6),
            end=round(word.end - start, 6),
            text=word.text,
            line=word.line,
        )
        for word in lyrics.word_spans()
        if word.start < end and word.end > start
    )


def _within(times: tuple[float, ...], start: float, end: float) -> tuple[float, ...]:
    return tuple(round(t - start, 6) for t in times if start <= t < end)


def _build(
    analysis: Analysis, shot: tuple[float, float], clip: tuple[float, float]
) -> tuple[float, float]:
    """How far the build under `shot` has risen where `clip` starts and ends; 0, 0 without one.

    The shot without its handles says which build is meant: the head of the drop that follows a
    build reaches into it and must not rise.
    """
    best, longest = None, 0.0
    for event in analysis.events:
        shared = min(event.end, shot[1]) - max(event.start, shot[0])
        if event.kind == "build" and shared > longest:
            best, longest = event, shared
    if best is None:
        return (0.0, 0.0)
    length = best.end - best.start

    def risen(time: float) -> float:
        return round(min(max((time - best.start) / length, 0.0), 1.0), 4)

    return (risen(clip[0]), risen(clip[1]))
