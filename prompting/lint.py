"""What is wrong with the prompts of a plan, shot by shot, each with the way out."""

from itertools import pairwise
from typing import Literal, cast

from songreel.models.document import Frozen
from songreel.models.storyboard import Storyboard, Words
from songreel.prompting.dialects import find_dialect, reword
from songreel.prompting.faults import RULES, Case
from songreel.prompting.sentences import Limits

Severity = Literal["error", "warning"]


class Finding(Frozen):
    """One fault of one shot's words."""

    shot: str
    """Id."""
    rule: str
    text: str
    """One sentence with the way out."""
    severity: Severity
    """An error spoils the clip or is refused; a warning may cost something of it."""


def lint(
    storyboard: Storyboard, dialect: str | None = None, limits: Limits | None = None
) -> tuple[Finding, ...]:
    """Read the prompts of `storyboard` as a model would, in the film's order.

    Args:
        storyboard: The plan, possibly edited.
        dialect: In which the prompts are to be sent; the plan's own by default.
        limits: A model's own limits, where they differ from its dialect's; 0 leaves the dialect's.

    Raises:
        InvalidInput: The dialect is not known.
    """
    name = dialect or storyboard.dialect
    tongue = find_dialect(name)
    own = tongue.limits.model_dump()
    given = limits.model_dump() if limits else {}
    read = Limits(**{key: given.get(key) or value for key, value in own.items()})
    sent = [
        reword(storyboard, shot, name)
        if dialect
        else Words(prompt=shot.prompt, negative=shot.negative)
        for shot in storyboard.shots
    ]
    subjects = frozenset(
        shot.parts.subject.lower() for shot in storyboard.shots if shot.parts and shot.parts.subject
    )
    found: list[Finding] = []
    doubles = _doubles(storyboard, sent)
    for shot, worded in zip(storyboard.shots, sent, strict=True):
        case = Case(shot, worded, name, tongue, read, subjects)
        for rule, (check, severity) in RULES.items():
            found += [
                Finding(shot=shot.id, rule=rule, text=text, severity=cast(Severity, severity))
                for text in check(case)
            ]
        if shot.id in doubles:
            text = (
                f"its prompt is that of {doubles[shot.id]} word for word, so the cut between them "
                "shows nothing new; change one of them, or give both one `take`"
            )
            found.append(Finding(shot=shot.id, rule="duplicate", text=text, severity="warning"))
    return tuple(found)


def _doubles(storyboard: Storyboard, sent: list[Words]) -> dict[str, str]:
    """Shots whose prompt is that of the shot before, which they are not a take with."""
    pairs = pairwise(zip(storyboard.shots, sent, strict=True))
    return {
        b.id: a.id
        for (a, said), (b, says) in pairs
        if _plain(said.prompt) == _plain(says.prompt) and (a.take is None or a.take != b.take)
    }


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")
