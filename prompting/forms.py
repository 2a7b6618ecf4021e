"""The order in which each dialect tells the parts of a shot.

Each form is a function to a list of sentences; what a phrase's rank says is how soon it may be
left out where a model's limit asks for it: 0 never, then what happens around, light, colours,
medium, lens, mood, in the order in which the model misses them least.
"""

import re
from collections.abc import Callable, Sequence

from songreel.models.storyboard import CameraMove, Parts, Shot
from songreel.prompting.palette import describe
from songreel.prompting.sentences import Phrase, Sentence, article, capital
from songreel.prompting.tongues import Tongue

Form = Callable[[Shot, Parts, Tongue], Sequence[Sentence]]

_PREPOSITION = re.compile(
    r"(?:at|in|on|after|before|under|over|during|as|when|while|by|near|just|with|from)\b", re.I
)
_DRAWN = re.compile(r"\b(?:stop-motion |hand-drawn |cel )?animat\w+(?: of)?\s*", re.I)


def plain(shot: Shot, parts: Parts, tongue: Tongue) -> Sequence[Sentence]:
    """As a director notes it for a crew: what is seen, who does what, camera, light, colours."""
    size = tongue.sizes[shot.size]
    first = f"{size}: {parts.seen}" if parts.subject else f"{size} {parts.place}: {parts.seen}"
    return [
        [Phrase(first), Phrase(parts.happens)],
        _story(parts),
        [
            Phrase(tongue.move(shot)),
            _lens(parts, 0),
            Phrase(parts.light, joint="; "),
            _time(parts, 0),
            Phrase(describe(shot.palette), joint="; "),
            Phrase(parts.medium, joint="; "),
            Phrase(parts.mood, joint="; "),
        ],
    ]


def ltx(shot: Shot, parts: Parts, tongue: Tongue) -> Sequence[Sentence]:
    """One literal paragraph: action, what is seen and moves, place, camera, light and colours."""
    size = article(tongue.sizes[shot.size])
    if parts.subject:
        scene = [[Phrase(_who(parts))], _view(parts), [Phrase(f"this is {size} {parts.place}")]]
    else:
        scene = [
            [Phrase(f"{size} shows {parts.seen}"), Phrase(parts.happens)],
            [Phrase(f"the scene is set {parts.place}")],
        ]
    return [
        *scene,
        [Phrase(tongue.move(shot))],
        [_led("everything is lit by", parts.light, 1), _time(parts, 1)],
        [Phrase(f"the colours are {describe(shot.palette)}", 2)],
        [
            _led("the look is", parts.medium, 3),
            _led("seen through", article(parts.lens), 4),
        ],
    ]


def hunyuan(shot: Shot, parts: Parts, tongue: Tongue) -> Sequence[Sentence]:
    """Content, objects, actions; background, light, style and atmosphere; the camera last."""
    return [
        *_scene(parts),
        [Phrase(parts.light, 1), _time(parts, 1)],
        [Phrase(f"colours of {describe(shot.palette)}", 2)],
        [Phrase(parts.medium, 3), _led("the atmosphere", parts.mood, 6, "; ")],
        [Phrase(tongue.sizes[shot.size]), Phrase(tongue.move(shot)), _lens(parts, 5)],
    ]


def mochi(shot: Shot, parts: Parts, tongue: Tongue) -> Sequence[Sentence]:
    """One central subject, from coarse to fine, as a photograph."""
    size = tongue.sizes[shot.size]
    # Paper, ink and clay are filmed, not drawn: the model knows photographs alone.
    medium = _DRAWN.sub("real ", parts.medium)
    if parts.subject:
        scene = [[Phrase(f"{size} {parts.place}: {_who(parts)}")], _view(parts)]
    else:
        scene = [[Phrase(f"{size} {parts.place}: {parts.seen}"), Phrase(parts.happens)]]
    return [
        *scene,
        [Phrase(tongue.move(shot))],
        [Phrase(parts.light, 1), _time(parts, 1), Phrase(describe(shot.palette), 2, "; ")],
        [Phrase("photorealistic"), Phrase(medium, 3), Phrase(parts.lens, 4)],
    ]


def wan(shot: Shot, parts: Parts, tongue: Tongue) -> Sequence[Sentence]:
    """Style first; subject, scene and motion; light and tone; one sentence for the camera."""
    still = shot.camera is CameraMove.STATIC
    return [
        [Phrase(parts.medium, 3), Phrase(tongue.sizes[shot.size])],
        *_scene(parts),
        [_led("lit by", parts.light, 1), _time(parts, 1)],
        [Phrase(f"the tones are {describe(shot.palette)}", 2)],
        [Phrase(tongue.move(shot))],
        [Phrase(parts.lens, 4)] if still else [],
    ]


def minimax(shot: Shot, parts: Parts, tongue: Tongue) -> Sequence[Sentence]:
    """A command in brackets, then plain prose."""
    size = tongue.sizes[shot.size]
    move = tongue.move(shot)
    command = f"{move} " if move.startswith("[") else ""
    first = f"{size}: {parts.seen}" if parts.subject else f"{size} {parts.place}: {parts.seen}"
    return [
        [Phrase(f"{command}{capital(first)}"), Phrase(parts.happens)],
        _story(parts),
        [] if command else [Phrase(move)],
        [Phrase(parts.light, 1), _time(parts, 1)],
        [Phrase(f"colours of {describe(shot.palette)}", 2)],
        [Phrase(parts.medium, 3), Phrase(parts.lens, 4)],
    ]


def haiper(shot: Shot, parts: Parts, tongue: Tongue) -> Sequence[Sentence]:
    """Two sentences: who or what does what, then how it is filmed."""
    happens = Phrase(parts.happens, 1)
    if parts.subject:
        first = [*_story(parts), Phrase(parts.seen, 1, "; "), happens]
    else:
        first = [Phrase(f"{parts.place}, {parts.seen}"), happens]
    return [
        first,
        [
            Phrase(tongue.sizes[shot.size]),
            Phrase(tongue.move(shot)),
            Phrase(parts.light, 3),
            Phrase(describe(shot.palette), 4, "; "),
            Phrase(parts.medium, 2, "; "),
        ],
    ]


def veo(shot: Shot, parts: Parts, tongue: Tongue) -> Sequence[Sentence]:
    """Subject, context and action; style; camera and lens; ambiance; and that it is silent."""
    return [
        *_scene(parts),
        [Phrase(parts.medium, 3)],
        [Phrase(tongue.sizes[shot.size]), Phrase(tongue.move(shot)), _lens(parts, 4)],
        [
            Phrase(parts.light, 1),
            _time(parts, 1),
            Phrase(describe(shot.palette), 2, "; "),
            Phrase(parts.mood, 5, "; "),
        ],
        [Phrase("silent footage", 6)],
    ]


FORMS: dict[str, Form] = {
    "plain": plain, "ltx": ltx, "hunyuan": hunyuan, "mochi": mochi, "wan": wan,
    "minimax": minimax, "haiper": haiper, "veo": veo,
}  # fmt: skip


def _who(parts: Parts) -> str:
    return f"{parts.subject} {parts.action}".strip()


def _story(parts: Parts) -> list[Phrase]:
    """Where somebody does something; nothing in a shot without them."""
    return [Phrase(f"{parts.place}, {_who(parts)}")] if parts.subject else []


def _view(parts: Parts) -> list[Phrase]:
    """What else there is to see where somebody does something."""
    return [Phrase(f"in view, {parts.seen}"), Phrase(parts.happens)]


def _scene(parts: Parts) -> list[list[Phrase]]:
    """Who does what where, and what is seen; or what is seen where."""
    if parts.subject:
        return [_story(parts), _view(parts)]
    return [[Phrase(f"{parts.place}, {parts.seen}"), Phrase(parts.happens)]]


def _led(opening: str, text: str, rank: int, joint: str = ", ") -> Phrase:
    """`text` behind its opening; nothing where there is no text."""
    return Phrase(f"{opening} {text}" if text else "", rank, joint)


def _lens(parts: Parts, rank: int) -> Phrase:
    """After a camera move: `with a fast 50 mm lens`."""
    return _led("with", article(parts.lens), rank, " ")


def _time(parts: Parts, rank: int) -> Phrase:
    """After the light: `with the rain just beginning`, but `at dawn` as it is."""
    own = _PREPOSITION.match(parts.time) is not None
    return Phrase(parts.time, rank) if own else _led("with", parts.time, rank)
