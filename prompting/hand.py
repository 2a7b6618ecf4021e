"""Cuts by hand: `split`, `merge`, `move`, `lock`, `with_transition`, each from a plan to the next.

Nothing is planned anew, and nobody else's shot is touched. A locked shot keeps its start, its end
and its transition: it is unlocked first.
"""

from collections.abc import Collection, Iterable

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import (
    Anchor,
    CameraMove,
    CutReason,
    Shot,
    ShotSize,
    Storyboard,
)
from songreel.models.timebase import clock
from songreel.models.transition import AT_ONCE, Transition
from songreel.prompting.dialects import words
from songreel.prompting.prose import book_of, picture_of
from songreel.prompting.regrid import checked
from songreel.prompting.seeds import seed_for
from songreel.prompting.staging import nearness

LEAST = 0.1
"""Seconds of the shortest shot that can be cut by hand: two frames and a bit of film."""
_M, _S = CameraMove, ShotSize
_AGAINST = {
    _M.STATIC: _M.PUSH_IN, _M.PUSH_IN: _M.PULL_OUT, _M.PULL_OUT: _M.PUSH_IN,
    _M.PAN_LEFT: _M.PAN_RIGHT, _M.PAN_RIGHT: _M.PAN_LEFT, _M.TILT_UP: _M.TILT_DOWN,
    _M.TILT_DOWN: _M.TILT_UP, _M.TRACK_LEFT: _M.TRACK_RIGHT, _M.TRACK_RIGHT: _M.TRACK_LEFT,
    _M.CRANE_UP: _M.CRANE_DOWN, _M.CRANE_DOWN: _M.CRANE_UP, _M.ORBIT: _M.PUSH_IN,
    _M.ROLL: _M.STATIC, _M.HANDHELD: _M.STATIC,
}  # fmt: skip
"""A camera move that tells a shot from the one before it."""
_APART = {
    _S.EXTREME_WIDE: _S.MEDIUM, _S.WIDE: _S.CLOSE, _S.MEDIUM: _S.CLOSE, _S.CLOSE: _S.WIDE,
    _S.EXTREME_CLOSE: _S.MEDIUM,
}  # fmt: skip
"""A size so different that eyes take the change for a cut and not for a jump."""
_BESIDE = {
    _S.EXTREME_WIDE: _S.WIDE, _S.WIDE: _S.EXTREME_WIDE, _S.MEDIUM: _S.MEDIUM,
    _S.CLOSE: _S.EXTREME_CLOSE, _S.EXTREME_CLOSE: _S.CLOSE,
}  # fmt: skip
"""Another size at which the same is seen (`songreel.prompting.staging.nearness`)."""


def split(storyboard: Storyboard, at: Anchor) -> tuple[Storyboard, str]:
    """A new shot that begins at `at`, inside the one that is seen there; and its id.

    It takes over what the other shows with another seed and, unless a person wrote its prompt,
    another camera move and size, so that the two differ.

    Raises:
        InvalidInput: There is no such moment, a shot begins there, or the shot is locked.
    """
    time = _time(storyboard, at)
    index = _at(storyboard, time)
    shot, (start, end) = storyboard.shots[index], storyboard.spans[index]
    where = f"{at} ({clock(time)})"
    if time - start < LEAST or end - time < LEAST:
        raise InvalidInput(
            f"cannot split at {where}: a shot begins {min(time - start, end - time):.3f} s beside "
            f"it; a shot lasts {LEAST} s at least"
        )
    if shot.locked:
        raise InvalidInput(
            f"cannot split at {where}: it lies inside {shot.id}, which is locked; "
            f"--unlock {shot.id} first"
        )
    name = _free_id(storyboard, shot.id)
    new = shot.model_copy(
        update={
            "id": name,
            "at": at,
            "reason": CutReason.MANUAL,
            "transition": Transition(),
            "seed": seed_for(shot.seed, "split", name),
            "rhymes_with": None,
            "take": None,
            "keep": None,
            "start_image": None,
            "locked": False,
        }
    )
    new = _worded(storyboard, shot, new)
    # An end image is the last picture, which is now the new shot's.
    first = shot.model_copy(update={"end_image": None})
    shots = storyboard.shots
    return checked(storyboard, shots=(*shots[:index], first, new, *shots[index + 1 :])), name


def merge(storyboard: Storyboard, shot_id: str) -> Storyboard:
    """The shot is gone, and the one before it lasts until its end.

    Raises:
        InvalidInput: There is no such shot, it is the first, or it or the one before is locked.
    """
    index = _index(storyboard, shot_id)
    if index == 0:
        raise InvalidInput(f"cannot merge {shot_id}: it is the first shot, there is none before it")
    gone, before = storyboard.shots[index], storyboard.shots[index - 1]
    _unlocked(f"cannot merge {shot_id} into {before.id}", (before, gone))
    shots = [
        shot.model_copy(update={"rhymes_with": gone.rhymes_with})
        if shot.rhymes_with == shot_id
        else shot
        for shot in storyboard.shots
        if shot.id != shot_id
    ]
    return checked(storyboard, shots=tuple(shots))


def move(storyboard: Storyboard, shot_id: str, at: Anchor) -> Storyboard:
    """The shot begins at `at`; the one before lasts until then.

    Raises:
        InvalidInput: There is no such shot or moment, it is the first, the moment is not between
            the shots around it, or it or the one before is locked.
    """
    index = _index(storyboard, shot_id)
    if index == 0:
        raise InvalidInput(f"cannot move {shot_id}: the first shot begins with the song")
    shot, before = storyboard.shots[index], storyboard.shots[index - 1]
    time = _time(storyboard, at)
    _unlocked(f"cannot move {shot_id}", (before, shot))
    low, high = storyboard.spans[index - 1][0], storyboard.spans[index][1]
    if not low + LEAST <= time <= high - LEAST:
        after = storyboard.shots[index + 1].id if index + 1 < len(storyboard.shots) else "the end"
        raise InvalidInput(
            f"cannot move {shot_id} to {at} ({clock(time)}): it has to begin between {before.id} "
            f"({clock(low)}) and {after} ({clock(high)}), {LEAST} s from both"
        )
    moved = shot.model_copy(update={"at": at, "reason": CutReason.MANUAL})
    return _with(storyboard, moved)


def lock(storyboard: Storyboard, ids: Iterable[str], *, locked: bool) -> Storyboard:
    """The shots are locked, or not.

    Raises:
        InvalidInput: There is no such shot.
    """
    chosen = {storyboard.shots[_index(storyboard, shot)].id for shot in ids}
    shots = tuple(
        shot.model_copy(update={"locked": locked}) if shot.id in chosen else shot
        for shot in storyboard.shots
    )
    return checked(storyboard, shots=shots)


def with_transition(
    storyboard: Storyboard, shot_id: str, transition: Transition, known: Collection[str]
) -> Storyboard:
    """The shot begins with `transition`.

    Raises:
        InvalidInput: There is no such shot or kind, the shot is locked, or nothing is before it.
    """
    index = _index(storyboard, shot_id)
    shot = storyboard.shots[index]
    if str(transition.kind) not in known:
        raise InvalidInput(
            f"no transition is called {str(transition.kind)!r}; known: {', '.join(sorted(known))}"
        )
    if index == 0 and transition.kind not in AT_ONCE:
        raise InvalidInput(
            f"{shot_id} is the first shot: there is nothing before it for a {transition.kind}"
        )
    _unlocked(f"cannot change how {shot_id} begins", (shot,))
    return _with(storyboard, shot.model_copy(update={"transition": transition}))


def named(storyboard: Storyboard, text: str) -> tuple[str, ...]:
    """Ids of `s03,s05-s09` or `all`, in the film's order.

    Raises:
        InvalidInput: There is no such shot, or a range runs backwards.
    """
    ids = [shot.id for shot in storyboard.shots]
    if text.strip() == "all":
        return tuple(ids)
    chosen: set[str] = set()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        first, dash, last = part.partition("-")
        if part in ids or not dash:
            chosen.add(ids[_index(storyboard, part)])
            continue
        a, b = _index(storyboard, first.strip()), _index(storyboard, last.strip())
        if b < a:
            raise InvalidInput(f"{part} runs backwards: {last} comes before {first}")
        chosen |= set(ids[a : b + 1])
    if not chosen:
        raise InvalidInput(f"{text!r} names no shot; write s03,s05-s09 or all")
    return tuple(shot for shot in ids if shot in chosen)


def moment(text: str) -> Anchor:
    """The moment that `text` says: `17:3`, `17:3+1/2` or `12.5s`.

    Raises:
        InvalidInput: It says none.
    """
    try:
        return Anchor.model_validate(text.strip())
    except ValueError as error:
        raise InvalidInput(
            f"{text!r} is no moment; write 17:3 (bar 17, beat 3), 17:3+1/2 (half a beat later) or "
            "12.5s"
        ) from error


def _time(storyboard: Storyboard, at: Anchor) -> float:
    """Seconds of a moment inside the song."""
    try:
        time = at.resolve(storyboard.grid)
    except ValueError as error:
        raise InvalidInput(f"{at} is not in the song: {error}") from error
    duration = storyboard.track.duration
    if not 0 <= time < duration:
        raise InvalidInput(
            f"{at} ({time:.2f} s) is not in the song, which lasts {duration:.2f} s "
            f"({clock(duration)})"
        )
    return time


def _at(storyboard: Storyboard, time: float) -> int:
    """Index of the shot that is seen at `time`."""
    return max(i for i, start in enumerate(storyboard.starts) if start <= time)


def _index(storyboard: Storyboard, shot_id: str) -> int:
    ids = [shot.id for shot in storyboard.shots]
    if shot_id not in ids:
        known = ", ".join(ids) if len(ids) <= 12 else f"{ids[0]} to {ids[-1]}"
        raise InvalidInput(f"the plan has no shot {shot_id!r}; it has {known}")
    return ids.index(shot_id)


def _unlocked(what: str, shots: Iterable[Shot]) -> None:
    held = [shot.id for shot in shots if shot.locked]
    if held:
        is_are = "is" if len(held) == 1 else "are"
        raise InvalidInput(
            f"{what}: {' and '.join(held)} {is_are} locked; --unlock {','.join(held)} first"
        )


def _with(storyboard: Storyboard, changed: Shot) -> Storyboard:
    shots = tuple(changed if shot.id == changed.id else shot for shot in storyboard.shots)
    return checked(storyboard, shots=shots)


def _free_id(storyboard: Storyboard, shot_id: str) -> str:
    """`s07b` for a part of `s07`, and so on."""
    taken = {shot.id for shot in storyboard.shots}
    stem = shot_id.rstrip("bcdefghijklmnopqrstuvwxyz") or shot_id
    letters = "bcdefghijklmnopqrstuvwxyz"
    for name in (*(stem + x for x in letters), *(stem + x + y for x in letters for y in letters)):
        if name not in taken:
            return name
    raise InvalidInput(f"{shot_id} was split too often; give its parts names of their own")


def _worded(storyboard: Storyboard, old: Shot, new: Shot) -> Shot:
    """The new shot seen otherwise, and worded so; a prompt of a person's stays as it is."""
    was = words(old, storyboard.look, storyboard.dialect)
    if old.parts is None or old.prompt != was.prompt:
        return new
    new = new.model_copy(update={"camera": _AGAINST[old.camera]} | _resized(storyboard, old))
    now = words(new, storyboard.look, storyboard.dialect)
    negative = now.negative if old.negative == was.negative else old.negative
    return new.model_copy(update={"prompt": now.prompt, "negative": negative})


def _resized(storyboard: Storyboard, old: Shot) -> dict[str, object]:
    """Size and parts of a shot that shows the same from elsewhere.

    What fills the frame is known at every size where the look's prose, and no lyric or writer, has
    told it; elsewhere only sizes at which the same is seen will do.
    """
    picture = picture_of(book_of(storyboard.look), old.motif)
    seen = (picture.wide, picture.medium, picture.close)
    parts = old.parts
    if parts is None or parts.seen != seen[nearness(old.size)]:
        return {"size": _BESIDE[old.size]}
    size = _APART[old.size]
    return {"size": size, "parts": parts.model_copy(update={"seen": seen[nearness(size)]})}
