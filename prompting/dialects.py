"""A shot's prompt in the language of a model: `words`, `reword`, `known`."""

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Look, Shot, Storyboard, Words
from songreel.prompting.forms import FORMS
from songreel.prompting.sentences import told
from songreel.prompting.tongues import Tongue, tongues

PLAIN = "plain"
"""The dialect of the plan's readers, and of sources that are not told in words."""


def known() -> tuple[str, ...]:
    """Names of all dialects, the plain one first."""
    return tuple(tongues())


def find_dialect(name: str) -> Tongue:
    """The dialect called `name`.

    Raises:
        InvalidInput: There is none; the text lists the names.
    """
    found = tongues().get(name)
    if found is None:
        raise InvalidInput(f"dialect {name!r} is not known; choose one of {', '.join(known())}")
    return found


def words(shot: Shot, look: Look, dialect: str) -> Words:
    """The prompt of `shot` and its negative, worded from its parts in `dialect`.

    The words follow from what the shot shows, and from nothing else: two shots that show the same
    have the same words. A shot without parts, which a person wrote, keeps its words.

    Raises:
        InvalidInput: The dialect is not known.
    """
    tongue = find_dialect(dialect)
    if shot.parts is None:
        return Words(prompt=shot.prompt, negative=shot.negative)
    prompt = told(FORMS[dialect](shot, shot.parts, tongue), tongue.limits)
    if tongue.ending:
        prompt = f"{prompt.removesuffix('.')}, {tongue.ending}"
    return Words(prompt=prompt, negative=tongue.kept_out(look.negative, prompt))


def reword(storyboard: Storyboard, shot: Shot, dialect: str) -> Words:
    """What is to be sent for `shot` of `storyboard` in `dialect`.

    A prompt, or a negative, that is not as the plan's own dialect words it was written by a
    person: it is sent as it stands, whatever the dialect.

    Raises:
        InvalidInput: A dialect is not known.
    """
    planned = words(shot, storyboard.look, storyboard.dialect)
    anew = words(shot, storyboard.look, dialect)
    return Words(
        prompt=anew.prompt if shot.prompt == planned.prompt else shot.prompt,
        negative=anew.negative if shot.negative == planned.negative else shot.negative,
    )
