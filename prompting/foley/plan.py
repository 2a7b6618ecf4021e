"""The sound of a film, planned: `foley_plan`, and shots for it: `shots_of`."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor

from songreel.models.errors import InvalidInput
from songreel.models.foley import FoleyCue, FoleyPlan, FoleyShot, Quality
from songreel.models.sound_request import Setting
from songreel.models.storyboard import Storyboard
from songreel.models.timebase import clock, frame_at, frames_for
from songreel.prompting.foley.chunks import Atom, atoms, divide
from songreel.prompting.foley.presets import USUAL, find_preset
from songreel.prompting.foley.words import Told, kept_out, stated, told, worded
from songreel.prompting.seeds import seed_for

LONGEST = 30.0
"""Seconds that MMAudio's hosts make at a time (fal: `duration` 1 to 30)."""


def foley_plan(
    shots: Sequence[FoleyShot],
    *,
    rate: Fraction,
    preset: str = USUAL,
    quality: Quality = "final",
    seed: int = 0,
    longest: float = LONGEST,
    throughout: str = "",
    voices: bool = False,
    music: bool = False,
    settings: Mapping[str, Setting] | None = None,
    title: str = "",
) -> FoleyPlan:
    """Divide a film at its cuts into chunks, and word what is heard in each.

    Args:
        shots: They tile the film from frame 0 on.
        rate: Frames a second.
        preset: By name (`songreel.prompting.foley.presets`).
        quality: A draft takes fewer steps.
        seed: Of the film. A chunk whose shots stay the same keeps its own.
        longest: Seconds of a chunk; less where the source makes less, or fades need room.
        throughout: What is heard under every picture, in a person's words.
        voices: Whether people may be heard.
        music: Whether music in the picture may be heard.
        settings: A person's own, over the preset's.
        title: Of the film.

    Returns:
        Cues that tile the film to the frame. None is longer than `longest`; none is under 3 s
        that could be joined.

    Raises:
        InvalidInput: Shots do not tile, the preset is not known, or `longest` is under a second.
    """
    chosen = find_preset(preset)
    most = floor(Fraction(longest) * rate)
    if longest < 1 or most < 1:
        raise InvalidInput(f"chunks of {longest:g} s at most are too short; give 1 s or more")
    _tile(shots)
    sounds = [told(shot, chosen, voices=voices, music=music) for shot in shots]
    pieces = atoms([(shot.start, shot.end) for shot in shots], most)
    change = [_change(sounds[a.shot], sounds[b.shot]) for a, b in pairwise(pieces)]
    everywhere, denied = stated(throughout)
    cues = []
    for n, (first, last) in enumerate(
        divide(pieces, change, longest=most, rate=float(rate)), start=1
    ):
        chunk = pieces[first:last]
        inside = list(dict.fromkeys(piece.shot for piece in chunk))
        lengths = [_frames(chunk, shot) / float(rate) for shot in inside]
        kept = [*denied, *(d for shot in inside for d in sounds[shot].denied)]
        names = tuple(shots[shot].id for shot in inside)
        part = chunk[0].start - shots[inside[0]].start
        prompt = worded([sounds[shot] for shot in inside], lengths, (*everywhere, chosen.adds))
        asked = ", ".join(
            [*everywhere, *(p for n in inside if shots[n].sound for p in sounds[n].phrases)]
        )
        cues.append(
            FoleyCue(
                id=f"f{n:03d}",
                start=chunk[0].start,
                end=chunk[-1].end,
                shots=names,
                prompt=prompt,
                negative=kept_out(chosen, kept, prompt, asked, voices=voices, music=music),
                seed=seed_for(seed, "foley", *names, part) % 2**16,
                settings={**chosen.settings(quality), **(settings or {})},
                splits_shot=chunk[0].inside,
            )
        )
    return FoleyPlan(
        title=title,
        rate=rate,
        preset=preset,
        quality=quality,
        seed=seed,
        cues=tuple(cues),
        reasons=_reasons(shots, sounds, cues, rate, longest),
    )


def shots_of(
    storyboard: Storyboard,
    rate: Fraction,
    spans: Mapping[str, tuple[int, int]] | None = None,
    own: Mapping[str, str] | None = None,
) -> tuple[FoleyShot, ...]:
    """A storyboard's shots for `foley_plan`; those that no frame shows are left out.

    Args:
        storyboard: As planned.
        rate: Frames a second.
        spans: Frames [start, end) of each shot in the finished film, by id, where they are known
            (`Cut.start`, `Cut.end`); None takes the storyboard's own moments.
        own: What a person says a shot sounds like, by id.
    """
    if spans is None:
        end = frames_for(storyboard.track.samples, storyboard.track.sample_rate, rate)
        starts = [frame_at(start, rate) for start in storyboard.starts]
        edges = pairwise((*starts, end))
        spans = {s.id: edge for s, edge in zip(storyboard.shots, edges, strict=True)}
    return tuple(
        FoleyShot(
            id=shot.id,
            start=spans[shot.id][0],
            end=spans[shot.id][1],
            sound=(own or {}).get(shot.id, ""),
            prompt=shot.prompt,
            motif=shot.motif,
            parts=shot.parts,
            motion=shot.motion,
        )
        for shot in storyboard.shots
        if shot.id in spans and spans[shot.id][1] > spans[shot.id][0]
    )


def _tile(shots: Sequence[FoleyShot]) -> None:
    if not shots:
        raise InvalidInput("there are no shots to make sound for")
    if shots[0].start != 0:
        raise InvalidInput(f"shot {shots[0].id} must start at frame 0, not at {shots[0].start}")
    for shot in shots:
        if shot.end <= shot.start:
            raise InvalidInput(f"shot {shot.id} must end after frame {shot.start}, not {shot.end}")
    for a, b in pairwise(shots):
        if a.end != b.start:
            raise InvalidInput(
                f"shot {b.id} must start where {a.id} ends, at frame {a.end}, not at {b.start}"
            )


def _change(a: Told, b: Told) -> float:
    """How unlike two shots sound: the share of their sources that only one of them has."""
    if a is b or not a.names | b.names:
        return 0.0
    return 1 - len(a.names & b.names) / len(a.names | b.names)


def _frames(chunk: Sequence[Atom], shot: int) -> int:
    return sum(piece.end - piece.start for piece in chunk if piece.shot == shot)


def _reasons(
    shots: Sequence[FoleyShot],
    sounds: Sequence[Told],
    cues: Sequence[FoleyCue],
    rate: Fraction,
    longest: float,
) -> tuple[str, ...]:
    found = []
    unknown = [shot.id for shot, each in zip(shots, sounds, strict=True) if not each.known]
    if unknown:
        found.append(
            f"{_some(unknown)}: the words name nothing that sounds, so the preset's bed is heard; "
            "say what it sounds like to change that"
        )
    split = [cue for cue in cues if cue.splits_shot]
    if split:
        at = ", ".join(clock(float(cue.start / rate)) for cue in split[:5])
        found.append(
            f"a shot longer than {longest:g} s is divided into equal pieces, at {at}"
            + (" …" if len(split) > 5 else "")
        )
    joined = sum(len(cue.shots) > 1 for cue in cues)
    if joined:
        found.append(
            f"{joined} of {len(cues)} chunks hold several shots, as those are short or sound alike"
        )
    return tuple(found)


def _some(ids: Sequence[str]) -> str:
    head = ", ".join(ids[:6])
    return head + (f" and {len(ids) - 6} more" if len(ids) > 6 else "")
