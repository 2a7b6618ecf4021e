"""The order in which each dialect tells the parts of a shot."""

from collections.abc import Callable, Sequence

from songreel.models.storyboard import Parts, Shot
from songreel.prompting.palette import describe
from songreel.prompting.sentences import Phrase, Sentence, capital
from songreel.prompting.tongues import Tongue

Form = Callable[[Shot, Parts, Tongue], Sequence[Sentence]]


def plain(shot: Shot, parts: Parts, tongue: Tongue) -> Sequence[Sentence]:
    """As a director notes it for a crew: what is seen, who does what, camera, light, colours."""
    size = tongue.sizes[shot.size]
    told = parts.subject and parts.action
    first = f"{size}: {parts.seen}" if told else f"{size} {parts.place}: {parts.seen}"
    return [
        [Phrase(first), Phrase(parts.happens)],
        [Phrase(f"{parts.place}, {parts.subject} {parts.action}")] if told else [],
        [
            Phrase(capital(tongue.move(shot))),
            Phrase(parts.lens),
            Phrase(parts.light, joint="; "),
            Phrase(parts.time),
            Phrase(describe(shot.palette), joint="; "),
            Phrase(parts.medium, joint="; "),
            Phrase(parts.mood, joint="; "),
        ],
    ]


FORMS: dict[str, Form] = {"plain": plain}
