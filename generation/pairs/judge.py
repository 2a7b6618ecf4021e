"""What a pair of photos is worth to a shot, and why, in words."""

from collections.abc import Sequence
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from songreel.generation.footage.kinship import Kinship
from songreel.generation.pairs.photos import Candidate
from songreel.generation.pairs.plan import Pair, Scores, Way
from songreel.generation.pairs.relate import Relation
from songreel.models.storyboard import CameraMove, Oklch, Shot

_WEIGHTS = {"relation": 0.4, "quality": 0.15, "composition": 0.2, "palette": 0.1, "move": 0.15}
"""What each is worth; the relation leads, since it decides whether the clip moves or melts."""

_FAR = 0.16
"""Mean distance in OKLab (lightness counted half) of colours that have nothing of a palette."""

_AXES = {
    CameraMove.PAN_LEFT: (-1, 0, 0), CameraMove.PAN_RIGHT: (1, 0, 0),
    CameraMove.TRACK_LEFT: (-1, 0, 0), CameraMove.TRACK_RIGHT: (1, 0, 0),
    CameraMove.TILT_UP: (0, -1, 0), CameraMove.TILT_DOWN: (0, 1, 0),
    CameraMove.CRANE_UP: (0, -1, 0), CameraMove.CRANE_DOWN: (0, 1, 0),
    CameraMove.PUSH_IN: (0, 0, 1), CameraMove.PULL_OUT: (0, 0, -1),
}  # fmt: skip


def agreement(move: CameraMove, planned: CameraMove) -> float:
    """How well a move serves where another one was planned, 0 to 1."""
    if move is planned:
        return 1.0
    if move not in _AXES or planned not in _AXES:
        return 0.5  # an orbit, a held or a still camera asks for no direction
    along = sum(a * b for a, b in zip(_AXES[move], _AXES[planned], strict=True))
    return {1: 0.9, 0: 0.35, -1: 0.0}[along]


def palette_fit(thumb: NDArray[np.float32], palette: Sequence[Oklch]) -> float:
    """How near a photo's colours are to a palette, 0 to 1.

    Args:
        thumb: OKLab, shape (..., 3).
        palette: The shot's.
    """
    colours = np.array(
        [[c.lightness, c.chroma * cos(radians(c.hue)), c.chroma * sin(radians(c.hue))]
         for c in palette]
    )  # fmt: skip
    weight = np.array([0.5, 1.0, 1.0])  # a palette's lightness is the light's to decide
    apart = (thumb.reshape(-1, 1, 3) - colours) * weight
    nearest = np.sqrt((apart**2).sum(axis=2)).min(axis=1)
    return round(float(np.clip(1 - nearest.mean() / _FAR, 0, 1)), 4)


def scores(
    shot: Shot,
    first: Candidate,
    second: Candidate,
    relation: Relation,
    kin: Kinship | None,
    fits: tuple[float, float],
) -> Scores:
    """Of the pair in that order.

    Args:
        shot: For which it would be.
        first: Its start.
        second: Its end.
        relation: Between the two.
        kin: The way from `first` to `second`.
        fits: `palette_fit` of each.
    """
    return Scores(
        relation=relation.worth,
        quality=round(min(first.quality, second.quality), 4),
        composition=round(min(first.photo.composition, second.photo.composition), 4),
        palette=round(sum(fits) / 2, 4),
        move=0.5 if kin is None else agreement(kin.move, shot.camera),
    )


def total(marks: Scores) -> float:
    """All scores in one, 0 to 1."""
    values = marks.model_dump()
    return round(float(sum(weight * values[name] for name, weight in _WEIGHTS.items())), 4)


def described(
    shot: Shot, first: Candidate, second: Candidate, relation: Relation, kin: Kinship | None
) -> Pair:
    """The pair with its reasons; `kin` is the way from `first` to `second`."""
    fits = palette_fit(first.thumb, shot.palette), palette_fit(second.thumb, shot.palette)
    marks = scores(shot, first, second, relation, kin, fits)
    return Pair(
        shot=shot.id,
        start=first.photo,
        end=second.photo,
        kinship="alike" if kin is None else "same place",
        way=None if kin is None else _way(kin),
        move=None if kin is None else kin.move,
        planned=shot.camera,
        score=total(marks),
        scores=marks,
        reasons=(*_related(relation, kin, shot), *_each(first, second), _coloured(marks)),
    )


def _way(kin: Kinship) -> Way:
    return Way(
        overlap=round(kin.overlap, 3),
        zoom=round(kin.zoom, 3),
        across=round(kin.across, 3),
        down=round(kin.down, 3),
        turn=round(kin.turn, 1),
    )


def _related(relation: Relation, kin: Kinship | None, shot: Shot) -> tuple[str, ...]:
    if kin is None:
        close = "much" if relation.likeness > 0.5 else "something"
        likeness = f"{100 * relation.likeness:.0f} %"
        return (
            f"two places that are alike: colours and layout have {close} in common ({likeness})",
            "one will melt into the other: no camera leads from here to there",
        )
    shared = f"the same place: {100 * kin.overlap:.0f} % of the one is seen in the other"
    serves = agreement(kin.move, shot.camera)
    if kin.move is shot.camera:
        word = "as planned"
    elif serves >= 0.9:
        word = f"as good as the planned {shot.camera.value}"
    elif shot.camera not in _AXES:
        word = f"planned is {shot.camera.value}"
    else:
        word = f"planned is {shot.camera.value}: say {kin.move.value} in the plan"
    return (shared, f"the camera {_walked(kin)}: {kin.move.value}, {word}")


def _walked(kin: Kinship) -> str:
    parts = []
    if abs(kin.zoom - 1) > 0.04:
        closer = kin.zoom > 1
        factor = kin.zoom if closer else 1 / kin.zoom
        parts.append(f"comes {factor:.2f}× closer" if closer else f"draws back {factor:.2f}×")
    for value, ways in ((kin.across, ("left", "right")), (kin.down, ("up", "down"))):
        if abs(value) > 0.02:
            parts.append(f"goes {100 * abs(value):.0f} % of the frame {ways[value > 0]}")
    if abs(kin.turn) > 2:
        parts.append(f"turns by {abs(kin.turn):.0f}°")
    return ", ".join(parts) or "hardly moves"


def _each(first: Candidate, second: Candidate) -> tuple[str, ...]:
    words = []
    for name, limits, good, poor in (
        ("sharpness", 0.6, "both are sharp", "soft"),
        ("exposure", 0.6, "both are well exposed", "badly exposed"),
        ("composition", 0.6, "the frame keeps what counts in both", "cut by the frame"),
    ):
        weak = [p for p in (first, second) if getattr(p.photo, name) < limits]
        if not weak:
            words.append(good)
        else:
            are = "is" if len(weak) == 1 else "are"
            words.append(f"{' and '.join(p.name for p in weak)} {are} rather {poor}")
    return tuple(words)


def _coloured(marks: Scores) -> str:
    near = next(
        word
        for limit, word in ((0.7, "close to"), (0.45, "not far from"), (-1.0, "far from"))
        if marks.palette > limit
    )
    return f"their colours are {near} the shot's palette ({100 * marks.palette:.0f} %)"
