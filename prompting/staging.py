"""Camera and shot size from shot to shot, as a director of photography would keep them apart."""

from collections.abc import Mapping, Sequence

from songreel.models.storyboard import CameraMove, ShotSize
from songreel.prompting.seeds import unit

M, S = CameraMove, ShotSize

STALE_COST = 3.5
"""Steps of size by which a picture is avoided that was seen a moment ago."""
SIZES = tuple(ShotSize)
"""Widest first."""
_PAIRS = (
    (M.PUSH_IN, M.PULL_OUT), (M.PAN_LEFT, M.PAN_RIGHT), (M.TILT_UP, M.TILT_DOWN),
    (M.TRACK_LEFT, M.TRACK_RIGHT), (M.CRANE_UP, M.CRANE_DOWN),
)  # fmt: skip
OPPOSITE = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
_MIRROR = {M.PAN_LEFT: M.PAN_RIGHT, M.TRACK_LEFT: M.TRACK_RIGHT}
_MIRROR |= {b: a for a, b in _MIRROR.items()}
_POOLS = {
    "calm": (M.STATIC, M.PUSH_IN, M.PAN_RIGHT, M.PULL_OUT, M.TILT_UP, M.TRACK_RIGHT),
    "rising": (M.TRACK_RIGHT, M.PUSH_IN, M.ORBIT, M.CRANE_UP, M.PAN_RIGHT, M.TILT_UP),
    "wild": (M.HANDHELD, M.TRACK_RIGHT, M.ORBIT, M.PUSH_IN, M.ROLL, M.CRANE_DOWN),
}
_SCREEN_DIRECTION = frozenset((M.PAN_LEFT, M.PAN_RIGHT, M.TRACK_LEFT, M.TRACK_RIGHT))
RECENT, LONG_AGO = 3, 10
"""Shots for which a move is left alone, and one that draws attention to itself."""
_RARE = frozenset((M.ROLL, M.ORBIT))
_NOT_CLOSE = frozenset((M.CRANE_UP, M.CRANE_DOWN, M.ORBIT))
"""Moves that need a space to move in."""


def mirrored(move: CameraMove) -> CameraMove:
    """`move` with left and right exchanged."""
    return _MIRROR.get(move, move)


def nearness(size: ShotSize) -> int:
    """0 for wide sizes, 1 for the medium, 2 for close ones: sizes that show the same."""
    return (0, 0, 1, 2, 2)[SIZES.index(size)]


def shot_size(
    energy: float,
    along: float,
    entry: bool,
    story: bool,
    before: ShotSize | None,
    stale: Mapping[ShotSize, float],
    key: str,
) -> ShotSize:
    """How near: wide where a section begins, nearer as energy rises and the section goes on.

    Args:
        energy: 0 to 1.
        along: Place in the section, 0 to 1.
        entry: Whether the shot begins a section.
        story: Whether the subject must be seen in full.
        before: Size of the shot before, which is not taken again.
        stale: For each size how lately this picture was seen from there, 0 long ago to 1.
        key: Decides between what is equally good.
    """
    if entry:
        wide = (S.EXTREME_WIDE, S.WIDE)
        first = wide[0] if unit(key, "entry") < 0.5 else wide[1]
        return first if first is not before else wide[1 - wide.index(first)]
    goal = 0.8 + 1.9 * energy + 0.9 * along + 1.4 * (unit(key, "size") - 0.5)
    allowed = [size for size in SIZES if size is not before]
    if story:
        allowed = [size for size in allowed if SIZES.index(size) <= 2]
    # Neighbours that differ by two steps cut better than those that differ by one (the 30 per
    # cent rule of film editing).
    return min(
        allowed,
        key=lambda size: (
            abs(SIZES.index(size) - goal)
            + (0.6 if before is not None and _steps(size, before) < 2 else 0.0)
            + STALE_COST * stale[size]
        ),
    )


def _steps(a: ShotSize, b: ShotSize) -> int:
    return abs(SIZES.index(a) - SIZES.index(b))


def camera_move(
    level: str,
    label: str,
    size: ShotSize,
    place: str,
    earlier: Sequence[CameraMove],
    direction: str,
    key: str,
) -> CameraMove:
    """The camera's move.

    Args:
        level: "calm", "rising" or "wild".
        label: Label of the section.
        size: Shot size.
        place: "opening", "entry" (first of a section), "last" (of the film) or "inside".
        earlier: Moves of the shots before. The last is not repeated, nor reversed without a new
            section; the last few, and the rare ones for longer, are left alone where that can be.
        direction: "left" or "right", the section's screen direction.
        key: Decides between what is equally good.
    """
    before = earlier[-1] if earlier else None
    if place == "opening":
        return M.PUSH_IN
    if place == "last":
        return M.PULL_OUT if before is not M.PULL_OUT else M.CRANE_UP
    if label == "build":
        # One push through the whole build: the pressure adds up from shot to shot.
        return M.PUSH_IN
    if place == "entry" and label == "drop":
        return M.PULL_OUT if before is M.PUSH_IN else M.CRANE_DOWN
    if place == "entry" and label in ("break", "silence"):
        return M.STATIC
    pool = [mirrored(move) if direction == "left" else move for move in _POOLS[level]]
    reversal = OPPOSITE.get(before) if before is not None and place != "entry" else None
    tight = size in (S.CLOSE, S.EXTREME_CLOSE)
    allowed = [
        move
        for move in pool
        if move is not before and move is not reversal and not (tight and move in _NOT_CLOSE)
    ]
    rare = _RARE & set(earlier[-LONG_AGO:])
    allowed = [move for move in allowed if move not in rare] or allowed
    fresh = [move for move in allowed if move not in earlier[-RECENT:]] or allowed
    return fresh[int(unit(key, "move") * len(fresh))]
