"""An edit with everything an editor's file must carry, its truth known; no clip is on disk."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from songreel.assembly.edit import edit
from songreel.assembly.exports.events import EditList, read_edit
from songreel.assembly.exports.media import Media
from songreel.models.clip import Clip, ClipRequest
from songreel.models.music import BeatGrid, Mood, Section, SectionLabel
from songreel.models.render import RenderSpec
from songreel.models.schedule import schedule
from songreel.models.storyboard import CameraMove, ShotSize, Storyboard
from songreel.models.timeline import Timeline
from songreel.models.transition import Transition, TransitionKind
from support.films import CROSSFADE, CUT, DIP, FLASH, GREYS, song, storyboard

BEAT = 0.487
STARTS = (0.0, *(round(k * BEAT, 6) for k in (3, 7, 8, 12, 16, 24, 28, 32, 40)))
WIPE = Transition(kind=TransitionKind.WIPE, seconds=0.5)
TRANSITIONS = (CUT, CUT, CROSSFADE, CUT, DIP, WIPE, FLASH, CUT, CROSSFADE, CUT)
HANDLE = 30
"""Frames of every clip before its cut and after its shot."""
SOUND = song(24.013)


def plan(
    starts: Sequence[float] = STARTS, transitions: Sequence[Transition] | None = TRANSITIONS
) -> Storyboard:
    """Three sections, beats from the first sample on, four to a bar."""
    board = storyboard(SOUND, starts, transitions)
    length = SOUND.track.duration
    bounds = (0.0, 8 * BEAT, 24 * BEAT, length)
    labels: tuple[SectionLabel, ...] = ("verse", "chorus", "verse")
    sections = tuple(
        Section(start=a, end=b, label=label, letter=letter, energy=0.5,
                mood=Mood(valence=0, arousal=0), trust=1)
        for a, b, label, letter in zip(bounds, bounds[1:], labels, "ABA", strict=False)
    )  # fmt: skip
    beats = tuple(k * BEAT for k in range(int(length / BEAT)))
    grid = BeatGrid(beats=beats, downbeats=tuple(range(0, len(beats), 4)))
    shots = tuple(
        shot.model_copy(
            update={"section": sum(start >= b - 1e-6 for b in bounds[1:-1]),
                    "prompt": f'Nacht & "Nebel" <{i}> à 雨'}
        )
        for i, (shot, start) in enumerate(zip(board.shots, starts, strict=True))
    )  # fmt: skip
    return board.model_copy(update={"sections": sections, "grid": grid, "shots": shots})


def timeline(board: Storyboard, rate: Fraction, handle: int = HANDLE) -> Timeline:
    """The edit of `board`; shot s01 runs 1.2 times as fast, s07 speeds up from 0.8 to 1.25."""
    spec = RenderSpec(width=1280, height=720, rate=rate)
    clips = {}
    for shot in schedule(board, rate):
        frames = 3 * (shot.end - shot.start) + 2 * handle
        request = ClipRequest(
            prompt="x", camera=CameraMove.STATIC, size=ShotSize.WIDE, palette=GREYS, energy=0.5,
            motion=0.5, seed=1, width=1280, height=720, rate=rate, frames=frames, head=handle,
        )  # fmt: skip
        clips[shot.shot] = Clip(
            request=request, provider="test", file=f"{shot.shot} & é雨.mp4", sha256="a" * 64,
            frames=frames, rate=rate, width=1280, height=720,
        )  # fmt: skip
    made = edit(board, clips, spec)
    ramp = {"s01": ((0, 0.0), (10, 12.0)), "s07": ((0, 0.0), (12, 9.6), (24, 24.6))}
    cuts = tuple(
        cut.model_copy(update={"retime": ramp[cut.shot], "between": "flow"})
        if cut.shot in ramp
        else cut
        for cut in made.cuts
    )
    return made.model_copy(update={"cuts": cuts})


def film(rate: Fraction, project: Path, *, handle: int = HANDLE, seconds: int = 20) -> EditList:
    """All of it; the clip of s03 has 25 frames a second and is square, whatever the film's rate."""

    def look(path: Path, shot: str) -> Media:
        if shot == "s03":
            return Media(path, Fraction(25), 25 * seconds, 512, 512)
        return Media(path, rate, round(seconds * rate), 1280, 720)

    board = plan()
    return read_edit(
        timeline(board, rate, handle), board, project, project / "song" / "été & 雨.wav",
        title="été & <雨>", look=look,
    )  # fmt: skip
