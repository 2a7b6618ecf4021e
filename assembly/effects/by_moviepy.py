"""MoviePy's effects on a shot: `maker_of`, `on_shot`, and a live one: `with_effect`."""

from collections.abc import Callable, Mapping
from copy import copy
from importlib.metadata import version
from importlib.util import find_spec
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import numpy as np
from av.video.frame import VideoFrame

from songreel.assembly.fit import fit
from songreel.assembly.pictures import Picture, of_rgb, packed, picture_of, rgb_of
from songreel.models.effect import Beat, EffectCue, PlacedEffect, Setting
from songreel.models.errors import InvalidInput
from songreel.models.timeline import Timeline
from songreel.models.transition import overlaps

if TYPE_CHECKING:
    from moviepy import Effect

PREFIX = "moviepy:"
LIVE = "moviepy:live"
"""An effect given in a program; its setting `key` is its place in `_live`."""

_FLASHING = ("Blink",)
"""They flash as often as their settings say, and a film must not."""
_SIZE = (720, 1280)
_OURS = ("frames", "version", "key")

_live: dict[str, Any] = {}


def with_effect(
    timeline: Timeline, shot: str, effect: "Effect", *, key: str | None = None
) -> Timeline:
    """`timeline` with a MoviePy `Effect` on one of its shots, after those it has.

    The effect sees the shot alone, its first visible frame at t = 0. It lives as long as this
    program: the timeline that comes back is to be rendered by it.

    Args:
        timeline: An edit.
        shot: Id of the shot.
        effect: Changes pictures and not their order; the shot's length stays.
        key: Names what the effect does: rendered again under the same key, the segments that are
            there are used. Without it they are made each time.

    Raises:
        InvalidInput: There is no such shot, MoviePy is not installed, or the effect changes the
            shot's length.
    """
    place = next((i for i, cut in enumerate(timeline.cuts) if cut.shot == shot), None)
    if place is None:
        raise InvalidInput(f"the edit has no shot {shot!r}")
    kind = type(effect)
    named = f"{kind.__module__}.{kind.__qualname__} {key or token_hex(16)}"
    _live[named] = effect
    cut = timeline.cuts[place]
    after = timeline.cuts[place + 1] if place + 1 < len(timeline.cuts) else None
    head = cut.transition_frames // 2 if place and overlaps(cut.transition) else 0
    tail = 0
    if after is not None and overlaps(after.transition):
        tail = after.transition_frames - after.transition_frames // 2
    bare = PlacedEffect(effect=LIVE, strength=1.0, settings={"key": named})
    put = on_shot(bare, -head, cut.end - cut.start + tail, float(timeline.rate))
    changed = cut.model_copy(update={"effects": (*cut.effects, put)})
    cuts = (*timeline.cuts[:place], changed, *timeline.cuts[place + 1 :])
    return timeline.model_copy(update={"cuts": cuts})


def on_shot(bare: PlacedEffect, first: int, last: int, rate: float) -> PlacedEffect:
    """An effect of MoviePy on frames [first, last), counted from the cut.

    Its level tells the place in the shot; its settings tell the length and MoviePy's version, which
    so become part of what decides the pixels.

    Raises:
        InvalidInput: It changes the length of the shot.
    """
    settings: dict[str, Setting] = dict(bare.settings)
    settings |= {"frames": float(last - first), "version": version("moviepy")}
    name = bare.effect.removeprefix(PREFIX)
    OnShot(name, _made(name, settings), last - first).check(rate)
    level = ((first, 0.0), (last, 1.0))
    return bare.model_copy(update={"settings": settings, "level": level})


def refuse_driver(cue: EffectCue) -> None:
    """See that `cue` leaves the music alone.

    Raises:
        InvalidInput: It is put on beats, hits or a curve.
    """
    if cue.on != "shot":
        raise InvalidInput(
            f"{cue.effect} does not answer to the {cue.on} of the music; put it on shot"
        )


def maker_of(name: str) -> Callable[..., "OnShot"]:
    """What makes the effect called `name`, prefix included, from its settings."""
    short = name.removeprefix(PREFIX)

    def make(**settings: Setting) -> OnShot:
        return OnShot(short, _made(short, settings), int(float(settings.get("frames", 1))))  # type: ignore[arg-type]

    return make


def _made(name: str, settings: Mapping[str, Setting]) -> Any:
    """The MoviePy object. Only what `moviepy.video.fx` holds is ever looked up."""
    if find_spec("moviepy") is None:
        raise InvalidInput(
            f"the effect {PREFIX}{name} needs MoviePy; pip install 'songreel[moviepy]'"
        )
    from moviepy import Effect, vfx

    if name == "live":
        key = str(settings.get("key", ""))
        if key not in _live:
            raise InvalidInput(
                "this edit holds a MoviePy effect that lived in another program; "
                "put it on again (`with_effect`) and render from there"
            )
        return _live[key]
    known = sorted(
        key for key, kind in vars(vfx).items()
        if isinstance(kind, type) and issubclass(kind, Effect) and key not in _FLASHING
    )  # fmt: skip
    if name in _FLASHING:
        raise InvalidInput(f"{PREFIX}{name} flashes, which a film must not; use the effect pulse")
    if name not in known:
        raise InvalidInput(f"MoviePy has no effect {name!r}; it has {', '.join(known)}")
    given = {key: _plain(value) for key, value in settings.items() if key not in _OURS}
    return getattr(vfx, name)(**given)


def _plain(value: Setting) -> Any:
    """A setting as MoviePy means it: whole numbers are counts of pixels."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


class OnShot:
    """A MoviePy effect as an effect of ours, one picture at a time.

    Its strength does not matter; MoviePy has none.

    Args:
        name: For errors.
        effect: The MoviePy object.
        frames: Length of the shot as it is seen.
    """

    moved_by = "level"

    def __init__(self, name: str, effect: Any, frames: int) -> None:
        self._name, self._effect, self._frames = name, effect, max(frames, 1)
        self._clip: Any = None
        self._rgb: Picture | None = None
        self._time = 0.0

    def check(self, rate: float) -> None:
        """See that the shot keeps its length.

        Raises:
            InvalidInput: It does not.
        """
        self._apply(np.zeros((*_SIZE, 3), np.uint8), rate)
        self._clip = None

    def picture(self, picture: Picture, beat: Beat) -> Picture:
        """See `Effect.picture`."""
        rgb = rgb_of(picture)
        if self._clip is None:
            self._apply(rgb, beat.rate)
        self._rgb, self._time = rgb, round(beat.level * self._frames) / beat.rate
        shown = self._asked(self._shown)
        if shown.shape == rgb.shape:
            return of_rgb(shown)
        width, rows = picture.shape[1], picture.shape[0] * 2 // 3
        return picture_of(fit(VideoFrame.from_ndarray(shown, format="rgb24"), width, rows))

    def _shown(self) -> Picture:
        clip = self._clip
        if clip.pos is not None and tuple(clip.pos(self._time)) != (0, 0):
            raise InvalidInput(f"{self._label} moves the shot about the screen; a film has no place"
                               " beside it")  # fmt: skip
        frame = np.asarray(clip.get_frame(self._time), np.float64)
        if clip.mask is not None:  # what a mask takes away is black in a film
            frame = frame * np.asarray(clip.mask.get_frame(self._time))[:, :, None]
        if frame.ndim == 2:
            frame = np.repeat(frame[:, :, None], 3, axis=2)
        return packed(np.clip(np.round(frame[:, :, :3]), 0, 255))

    @property
    def _label(self) -> str:
        kind = type(self._effect).__name__
        return f"the MoviePy effect {kind if self._name == 'live' else self._name}"

    def _apply(self, blank: Picture, rate: float) -> None:
        from moviepy import VideoClip

        length = self._frames / rate
        self._rgb, self._time = blank, -1.0
        shot = VideoClip(self._source, duration=length).with_fps(rate)
        # A copy: some of them keep what they find in the first clip.
        self._clip = self._asked(lambda: copy(self._effect).apply(shot))
        became = self._clip.duration
        if became is None or abs(became - length) > 0.5 / rate:
            told = "no end" if became is None else f"{became:.2f} s"
            raise InvalidInput(
                f"{self._label} gives the shot of {length:.2f} s {told}, and its length belongs to "
                "the music; a speed ramp changes its pace"
            )

    def _source(self, t: float) -> Picture:
        """The shot's picture; only that of the present moment is to be had."""
        assert self._rgb is not None
        if self._time >= 0 and abs(t - self._time) > 1e-6:
            raise InvalidInput(
                f"{self._label} asks at {self._time:.2f} s of a shot for its picture at {t:.2f} s, "
                "and effects change pictures one by one; a speed ramp changes their order"
            )
        return self._rgb

    def _asked(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except InvalidInput:
            raise
        except Exception as error:  # whatever another package's code may raise
            raise InvalidInput(f"{self._label} fails: {error}; correct its settings") from error
