"""The whole of prompting: a storyboard for a song, around what a user has locked."""

from collections.abc import Sequence
from itertools import count

from songreel.models.errors import InvalidInput
from songreel.models.lyrics import Lyrics
from songreel.models.music import Analysis
from songreel.models.storyboard import Look, Shot, Storyboard
from songreel.models.timebase import clock
from songreel.models.transition import overlaps
from songreel.prompting.cutting import Cut, Fixed, cuts, reach_of
from songreel.prompting.dialects import PLAIN, find_dialect, reword
from songreel.prompting.director import direct
from songreel.prompting.effects import SUBTLE, finish, with_cues
from songreel.prompting.looks import LookBook
from songreel.prompting.manual import NEAR, by_hand
from songreel.prompting.moments import Moment
from songreel.prompting.prose import book_of
from songreel.prompting.pulse import GRID_TRUST, Pulse
from songreel.prompting.rules import judge
from songreel.prompting.slots import slots_of
from songreel.prompting.story import arc
from songreel.prompting.styles import Style, find_style, styles
from songreel.prompting.sung import Sung
from songreel.prompting.transitions import transitions


def plan(
    analysis: Analysis,
    look: Look,
    *,
    style: str | Style = "classic",
    seed: int = 0,
    keep: Storyboard | None = None,
    dialect: str = PLAIN,
    book: LookBook | None = None,
    longest: float | None = None,
    effects: float = SUBTLE,
    lyrics: Lyrics | None = None,
    settled: Sequence[Fixed] = (),
) -> Storyboard:
    """Plan the film of a song.

    Args:
        analysis: The song.
        look: The film's look.
        style: A cutting style, or the name of one that ships (`songreel.prompting.styles`).
        seed: Varies pictures and patterns; the same seed gives the same plan, byte for byte.
        keep: An earlier plan, possibly edited. Its locked shots keep id, start, end and
            everything they show, and a cut made by hand stays a cut; the rest is planned anew
            around them.
        dialect: In which the prompts are worded (`songreel.prompting.dialects`).
        book: The look's prose; without it, that of the look that ships under this name, if any.
        longest: Seconds of the longest clip that the film's source makes: no shot but locked ones
            is longer, its cross-fades and two frames for rounding included. None for any length.
        effects: How much is done to the pictures, 0 to 1 (`songreel.prompting.effects`).
        lyrics: What is sung and when. The plan carries them, and no cut falls inside a word
            whose time is known if another moment will do.
        settled: Spans that are one shot each, or, of no length, moments at which there is a cut.
            Locked shots, and cuts made by hand, go before them.

    Raises:
        InvalidInput: The style or dialect is not known, the seed is out of range, `longest` is
            too short for eyes, or a locked shot does not fit this song; the text names the shot
            and the field.
    """
    chosen = find_style(style) if isinstance(style, str) else style
    find_dialect(dialect)
    if not 0 <= seed < 2**31:
        raise InvalidInput(f"seed {seed} is out of range: use 0 to {2**31 - 1}")
    pulse = Pulse(analysis)
    locked = _locked(keep, pulse) if keep is not None else []
    fixed = tuple(span for _, span in locked)
    reach = reach_of(pulse, longest, fixed)
    left_out: list[str] = []
    if keep is not None:
        by_time = [*fixed, *by_hand(keep, pulse, fixed, left_out)]
        fixed = tuple(sorted(by_time, key=lambda span: span.start.time))
    fixed = tuple(sorted([*fixed, *_free(settled, fixed, pulse)], key=lambda s: s.start.time))
    planned = cuts(pulse, style=chosen, seed=seed, fixed=fixed, reach=reach, lyrics=lyrics)
    kept = {span.start.time: shot for shot, span in locked}
    if keep is not None and keep.dialect != dialect:
        kept = {start: _retold(keep, shot, dialect) for start, shot in kept.items()}
    ids = _ids([cut.time for cut in planned], kept)
    notices = _notices(pulse, planned, chosen, Sung(lyrics)) + left_out
    as_they_are = _rhymes_kept(kept, keep, planned, ids, notices)
    prose = book or book_of(look)
    shots = direct(
        pulse,
        planned,
        transitions(pulse, planned, reach, pace=chosen.scale, seed=seed),
        ids,
        look,
        prose,
        seed,
        dialect,
        as_they_are,
    )
    return Storyboard(
        track=analysis.track,
        look=look,
        style=chosen.name,
        cutting=None if styles().get(chosen.name) == chosen else chosen,
        lyrics=lyrics,
        dialect=dialect,
        story=arc(shots, slots_of(pulse, planned), len(analysis.sections)) if prose else (),
        seed=seed,
        beat_locked=pulse.locked,
        sections=analysis.sections,
        shots=with_cues(pulse, shots, effects),
        grid=analysis.grid,
        finish=finish(look, effects),
        effects_amount=effects,
        notices=tuple(notices),
    )


def _free(settled: Sequence[Fixed], fixed: Sequence[Fixed], pulse: Pulse) -> tuple[Fixed, ...]:
    """Of `settled`, what `fixed` leaves: a span that is cut inside is no longer one shot."""

    def ends(span: Fixed) -> tuple[float, float]:
        return span.start.time, span.end.time if span.end else pulse.duration

    taken = [ends(span) for span in fixed]
    found: list[Fixed] = []
    for span in settled:
        start, end = ends(span)
        if any(a - NEAR < start < b - NEAR or abs(a - start) < NEAR for a, b in taken):
            continue
        if any(start < edge < end - NEAR for pair in taken for edge in pair):
            span = Fixed(span.start, span.start)
        if span.start.time > 0 or span.end is not span.start:
            found.append(span)
    return tuple(found)


def _retold(keep: Storyboard, shot: Shot, dialect: str) -> Shot:
    """A shot of `keep` in another dialect; what a person has edited stays as it is."""
    worded = reword(keep, shot, dialect)
    return shot.model_copy(update={"prompt": worded.prompt, "negative": worded.negative})


def _ids(starts: list[float], kept: dict[float, Shot]) -> list[str]:
    """Ids in order, `s01` and on, around those of locked shots."""
    taken = {shot.id for shot in kept.values()}
    width = max(2, len(str(len(starts))))
    free = (name for n in count(1) if (name := f"s{n:0{width}d}") not in taken)
    return [kept[start].id if start in kept else next(free) for start in starts]


def _locked(keep: Storyboard, pulse: Pulse) -> list[tuple[Shot, Fixed]]:
    """Locked shots of an earlier plan with their spans on this song."""
    analysis = pulse.analysis
    found: list[tuple[Shot, Fixed]] = []
    reached, before = 0.0, ""
    for i, shot in enumerate(keep.shots):
        if not shot.locked:
            continue
        if keep.track.sha256 != analysis.track.sha256:
            raise InvalidInput(
                f"shot {shot.id} is locked in a plan for another song: track.sha256 is "
                f"{keep.track.sha256[:12]} ({keep.track.title!r}) there and "
                f"{analysis.track.sha256[:12]} ({analysis.track.title!r}) here; "
                "unlock it, or plan the song it was made for"
            )
        if shot.section >= len(analysis.sections):
            raise InvalidInput(
                f"shot {shot.id}, section: it is locked in section {shot.section}, and the song "
                f"now has {len(analysis.sections)} (counted from 0); correct it or unlock the shot"
            )
        start = _moment(shot, shot, pulse)
        following = keep.shots[i + 1] if i + 1 < len(keep.shots) else None
        end = _moment(following, shot, pulse) if following else None
        end_time = end.time if end else pulse.duration
        if start.time < reached - 1e-6:
            raise InvalidInput(
                f"shot {shot.id}, at: it is locked at {shot.at} ({clock(start.time)}), before the "
                f"end of {before} ({clock(reached)}); unlock one of them"
            )
        if not start.time < end_time <= pulse.duration:
            raise InvalidInput(
                f"shot {shot.id}, at: it is locked from {clock(start.time)} to "
                f"{clock(end_time)}, which the song ({clock(pulse.duration)}) does not have; "
                "unlock it or move it"
            )
        fades = overlaps(shot.transition.kind)
        found.append((shot, Fixed(start, end, shot.transition.seconds if fades else 0.0)))
        reached, before = end_time, shot.id
    return found


def _moment(shot: Shot, locked: Shot, pulse: Pulse) -> Moment:
    """Start of `shot`, which is `locked` itself or the shot that ends it, on this song's grid."""
    try:
        time = max(0.0, shot.at.resolve(pulse.grid))
    except ValueError as error:
        role = "" if shot is locked else f", where the locked shot {locked.id} ends"
        raise InvalidInput(
            f"shot {shot.id}, at: {shot.at}{role}: {error}; move it or unlock {locked.id}"
        ) from error
    return Moment(time, pulse.position(time), shot.at, shot.reason, must=True)


def _rhymes_kept(
    kept: dict[float, Shot],
    keep: Storyboard | None,
    planned: tuple[Cut, ...],
    ids: list[str],
    notices: list[str],
) -> dict[float, Shot]:
    """Locked shots by start; a rhyme whose partner is no longer where it was is let go."""
    here = {name: cut.time for name, cut in zip(ids, planned, strict=True)}
    before = dict(zip((s.id for s in keep.shots), keep.starts, strict=True)) if keep else {}
    settled: dict[float, Shot] = {}
    for start, shot in kept.items():
        partner = shot.rhymes_with
        if partner is not None and (
            partner not in here
            or here[partner] >= start
            or abs(here[partner] - before[partner]) > 0.05
        ):
            notices.append(
                f"shot {shot.id}: {partner}, with which it rhymed, is not there any more"
            )
            shot = shot.model_copy(update={"rhymes_with": None})
        settled[start] = shot
    return settled


def _notices(pulse: Pulse, planned: tuple[Cut, ...], style: Style, sung: Sung) -> list[str]:
    """What the reader of the plan should know."""
    found: list[str] = []
    if not pulse.locked:
        trust = pulse.analysis.trust.grid
        why = (
            f"the beat grid cannot be trusted ({trust:.2f}, {GRID_TRUST} is needed)"
            if trust < GRID_TRUST
            else f"there are only {len(pulse.analysis.beats)} beats"
        )
        found.append(f"{why}: shots follow phrases and energy, and no cut claims a beat")
    found += [
        f"not met: {measure.name} is {measure.value:g}, wanted {measure.limit}"
        for measure in judge(pulse, [cut.time for cut in planned], style, sung)
        if measure.holds is False
    ]
    inside = [clock(cut.time) for cut in planned[1:] if sung.cuts_word(cut.time)]
    if inside:
        times = ", ".join(inside[:8]) + (" and others" if len(inside) > 8 else "")
        found.append(f"cut inside a sung word, as nothing else would do: {times}")
    return found
