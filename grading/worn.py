"""Effects that last a whole shot, drawn into a picture in place: `Coat`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from songreel.grading.bars import bar_of, draw_bars, ratio_of
from songreel.grading.grain import Film
from songreel.grading.lookup import LookUp
from songreel.grading.lut import Tones, table_of
from songreel.models.effect import EffectCue
from songreel.models.errors import InvalidInput

_Layer = Callable[[Any, Any, Any, int], None]


class Coat:
    """What a clip wears: grade, grain and bars as a film lays them over it, to the code value.

    Args:
        cues: Of `songreel.models.effect.WORN`, in the order in which they are carried out.

    Raises:
        InvalidInput: One is no such effect or has no such setting.
    """

    def __init__(self, cues: Sequence[EffectCue]) -> None:
        self._layers = [_layer(cue) for cue in cues if cue.strength > 0]

    def put_on(self, luma: Any, first: Any, second: Any, frame: int) -> None:
        """Change a picture's planes.

        Args:
            luma: Shape (rows, columns), uint8.
            first: Blue difference, shape (rows / 2, columns / 2), uint8.
            second: Red difference, likewise.
            frame: Of the clip, for what differs from frame to frame.
        """
        for layer in self._layers:
            layer(luma, first, second, frame)


def _layer(cue: EffectCue) -> _Layer:
    settings: Mapping[str, Any] = cue.settings
    try:
        return _LAYERS[cue.effect](cue.strength, **settings)
    except KeyError as error:
        raise InvalidInput(f"a clip cannot wear {cue.effect!r}") from error
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{cue.effect}: {error}") from error


def _grade(strength: float, **settings: Any) -> _Layer:
    look_up = LookUp(table_of(Tones.of_settings(**settings), round(strength, 3)))
    return lambda luma, first, second, _: look_up(luma, first, second, luma, first, second)


def _grain(strength: float, **settings: Any) -> _Layer:
    film = Film(**settings)

    def lay(luma: Any, first: Any, second: Any, frame: int) -> None:  # noqa: ARG001 (one shape)
        if film.shows(strength):
            film.over(luma, frame, strength, luma)

    return lay


def _letterbox(strength: float, **settings: Any) -> _Layer:
    ratio = ratio_of(**settings)

    def close(luma: Any, first: Any, second: Any, frame: int) -> None:  # noqa: ARG001 (one shape)
        height, width = luma.shape
        draw_bars(luma, first, second, bar_of(width, height, ratio, strength))

    return close


_LAYERS: dict[str, Callable[..., _Layer]] = {
    "grade": _grade,
    "grain": _grain,
    "letterbox": _letterbox,
}
