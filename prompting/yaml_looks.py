"""A look of the user's own, from YAML: a few lines are enough, the rest is derived.

The least that makes a look:

    about: for slow songs in three
    medium: super 8 film
    light: sun through dusty glass
    place: in a greenhouse by the sea
    subject: a gardener in a straw hat
    palette: [forest green, "#b5653a", cream]
    pictures:
      - rows of tomato plants
      - a broken pane with the sea behind it

Every field of `LookBook` may be given; a picture may be a phrase or have the fields of `Picture`,
of which `motif` alone is needed.
"""

import re
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from songreel.models.errors import InvalidInput
from songreel.prompting.colours import colour
from songreel.prompting.located_yaml import LocatedYaml, Place
from songreel.prompting.looks import LookBook, Picture, Story

LONGEST = 240
"""Characters of a phrase."""
MOST = 24
"""Pictures, or lines of a story's stage."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NEEDED = ("medium", "light", "place", "subject", "palette", "pictures")
_PHRASES = ("about", "medium", "light", "lens", "close_lens", "place", "near", "subject")
_FIELDS = (*_PHRASES, "name", "mood", "palette", "pictures", "negative", "acts", "story")
_OPENERS = frozenset(
    {
        "A", "An", "The", "One", "In", "On", "At", "Under", "Above", "Over", "By", "Near",
        "Inside", "Through", "For", "His", "Her", "Their", "My",
    }
)  # fmt: skip
_MANY = re.compile(
    r"(?:two|three|four|five|six|seven|eight|nine|ten|some|several|many|all)\b", re.I
)
NEGATIVE = "text, captions, watermark, logo, extra limbs, deformed hands"
LENS, CLOSE_LENS = "normal lens at eye level", "long lens with shallow focus"

STORY: dict[str, tuple[str, ...]] = {
    "arrival": ("comes into view from far off", "stands and takes in the place"),
    "search": (
        "walks on slowly, looking from side to side", "stops and looks up",
        "turns back a few steps", "reaches out and touches what is nearest",
    ),
    "gathering": ("walks faster", "leans forward into the wind", "breaks into a run"),
    "release": (
        "runs with both arms wide", "turns round and round", "leaps and seems to hang in the air",
        "dances from one end of the place to the other",
    ),
    "stillness": ("stands quite still", "sits down and closes both eyes"),
    "farewell": ("walks slowly away", "looks back once and is gone"),
}  # fmt: skip
"""What anybody can do anywhere."""
_CALM = (
    "everything nearly still",
    "the light moving across it",
    "small movements coming and going",
)
_RISING = ("movement running through it", "more and more of it stirring", "the light growing")
_WILD = ("everything in full motion", "light and shadow leaping about", "all of it shaking loose")


def read_look(path: Path, taken: Collection[str] = ()) -> tuple[str, LookBook]:
    """Name and prose of the look in a YAML file.

    Args:
        path: The file; its name without the ending is the look's, unless `name` says otherwise.
        taken: Names that it may not have.

    Raises:
        InvalidInput: The file cannot be used; one sentence names file, line and field.
    """
    source = LocatedYaml(path)
    raw = {**source.value}
    if "picture" in raw and "pictures" not in raw:
        raw["pictures"] = raw.pop("picture")
        source.lines |= {
            ("pictures", *p[1:]): n for p, n in source.lines.items() if p[:1] == ("picture",)
        }
    for field in raw:
        _known(source, (field,), _FIELDS)
    missing = [field for field in _NEEDED if field not in raw]
    if missing:
        raise InvalidInput(f"{path}: {', '.join(missing)} missing; a look needs {_and(_NEEDED)}")
    name = raw.get("name", path.stem)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        text = f"{name!r} is no name for a look; use small letters, digits and hyphens"
        raise source.fault(("name",), text)
    if name in taken:
        raise source.fault(("name",), f"{name} is a look that ships; choose another name")
    body: dict[str, Any] = {f: _phrase(source, (f,), raw[f]) for f in _PHRASES if f in raw}
    if _MANY.match(body["subject"]):
        text = f"{body['subject']!r} are many; write one, such as 'a pair of dancers'"
        raise source.fault(("subject",), text)
    body.setdefault("about", f"a look of one's own, {body['place']}")
    body.setdefault("near", body["place"])
    body.setdefault("lens", LENS)
    body.setdefault("close_lens", CLOSE_LENS)
    body["mood"] = raw.get("mood")
    body["negative"] = _phrase(source, ("negative",), raw.get("negative", NEGATIVE))
    body["acts"] = _lines(source, ("acts",), raw["acts"]) if "acts" in raw else ("",)
    body["palette"] = _palette(source, raw["palette"])
    body["story"] = _story(source, raw.get("story", {}))
    body["picture"] = _pictures(source, raw["pictures"])
    try:
        return name, LookBook.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple("pictures" if p == "picture" else p for p in first["loc"])
        raise source.fault(place, first["msg"].removeprefix("Value error, ")) from error


def _known(source: LocatedYaml, place: Place, fields: Collection[str]) -> None:
    name = str(place[-1])
    if name not in fields:
        near = get_close_matches(name, fields, 1)
        hint = f"did you mean {near[0]}?" if near else f"the fields are {', '.join(fields)}"
        raise source.fault(place, f"not a field of a look; {hint}")


def _phrase(source: LocatedYaml, place: Place, value: object) -> str:
    """A phrase without a capital in front and without a full stop."""
    if not isinstance(value, str):
        raise source.fault(place, f"expected words, found {value!r:.60}; put them in quotes")
    text = " ".join(value.split()).rstrip(".; ")
    if not text:
        raise source.fault(place, "no words")
    if len(text) > LONGEST:
        raise source.fault(place, f"{len(text)} characters; at most {LONGEST}")
    if not text.isprintable() or re.search(r"[{}<>\[\]]", text):
        raise source.fault(
            place, "brackets and control characters cannot be spoken; leave them out"
        )
    first = text.split()[0]
    return text[0].lower() + text[1:] if first in _OPENERS else text


def _lines(source: LocatedYaml, place: Place, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_phrase(source, place, value),)
    if not isinstance(value, list) or not 1 <= len(value) <= MOST:
        raise source.fault(place, f"expected a list of 1 to {MOST} lines")
    return tuple(_phrase(source, (*place, i), item) for i, item in enumerate(value))


def _palette(source: LocatedYaml, value: object) -> list[Any]:
    """The colours, dark to light."""
    if not isinstance(value, list) or not 3 <= len(value) <= 8:
        raise source.fault(("palette",), "expected a list of three to eight colours")
    found = []
    for i, item in enumerate(value):
        try:
            found.append(colour(item))
        except ValueError as error:
            raise source.fault(("palette", i), str(error)) from error
    return sorted(found, key=lambda c: (c.lightness, c.chroma, c.hue))


def _story(source: LocatedYaml, value: object) -> Story:
    """The given stages; for the others what anybody can do."""
    if not isinstance(value, dict):
        raise source.fault(("story",), f"expected lines for {_and(tuple(STORY))}")
    told = dict(STORY)
    for stage, lines in value.items():
        _known(source, ("story", stage), STORY)
        told[stage] = _lines(source, ("story", stage), lines)
    return Story(**told)


def _pictures(source: LocatedYaml, value: object) -> list[Picture]:
    if not isinstance(value, list) or not 2 <= len(value) <= MOST:
        raise source.fault(("pictures",), f"expected a list of 2 to {MOST} pictures, calm to wild")
    found: list[Picture] = []
    for i, item in enumerate(value):
        place = ("pictures", i)
        given = {"motif": item} if isinstance(item, str) else item
        if not isinstance(given, dict):
            raise source.fault(place, "expected a phrase, or fields such as `motif` and `wide`")
        for field in given:
            _known(source, (*place, field), Picture.model_fields)
        if "motif" not in given:
            raise source.fault(place, "motif missing: the picture in a few words")
        stage = given.get("stage", True)
        if not isinstance(stage, bool):
            raise source.fault((*place, "stage"), "expected true or false")
        text = {
            f: _phrase(source, (*place, f) if item is given else place, v)
            for f, v in given.items()
            if f != "stage"
        }
        motif = text["motif"]
        if motif in {picture.motif for picture in found}:
            raise source.fault(place, f"the motif {motif!r} stands twice")
        derived = {
            "wide": text.get("medium", motif),
            "medium": motif,
            "close": f"a detail of {text.get('medium', motif)}",
            "calm": _CALM[i % len(_CALM)],
            "rising": _RISING[i % len(_RISING)],
            "wild": _WILD[i % len(_WILD)],
        }
        found.append(Picture(**{**derived, **text}, stage=stage))
    return found


def _and(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
