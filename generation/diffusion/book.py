"""Which local models there are: those that ship, and the user's own in `local.toml`."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from songreel.generation.catalogue.entry import WIDEST, Entry, Free, Input, Price, Rate, Rule
from songreel.generation.diffusion.families import family_of, recipes
from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.local import LocalOptions, Lora

PROVIDER = "local"

SEEDS = 2**31
"""Seeds are below it, as the storyboard says."""

_SOUND = "sound"
"""Table of `local.toml` with the models of music."""

_READ = date(2026, 11, 21)
"""When the recipes were read."""


class Model(Frozen):
    """A model with the wishes that belong to it: everything a session needs to know."""

    name: str
    """As the user calls it."""
    recipe: Recipe
    wishes: LocalOptions = LocalOptions()
    own: bool = False
    """Whether it stands in the user's `local.toml`."""
    default: bool = False

    @property
    def key(self) -> str:
        """`local:name`."""
        return f"{PROVIDER}:{self.name}"

    @property
    def steps(self) -> int:
        """Denoising steps of a clip."""
        return self.recipe.steps if self.wishes.steps is None else self.wishes.steps

    @property
    def guidance(self) -> float:
        """How strictly the words are followed."""
        return self.recipe.guidance if self.wishes.guidance is None else self.wishes.guidance

    @property
    def side(self) -> int:
        """Pixels of the short side that are aimed for."""
        return self.wishes.side or self.recipe.short_side

    def family(self) -> Family:
        """Whoever knows how to load and ask it."""
        return family_of(self.recipe)

    def wished(self, wishes: LocalOptions) -> "Model":
        """This model with `wishes` laid over its own, as far as they are given."""
        given = {
            name: value
            for name in LocalOptions.model_fields
            if (value := getattr(wishes, name)) != LocalOptions.model_fields[name].default
        }
        return self.model_copy(update={"wishes": self.wishes.model_copy(update=given)})

    def entry(self) -> Entry:
        """As the catalogue describes models, so that clips are planned as they are for those.

        Raises:
            InvalidInput: The wished size is none that the model can make.
        """
        recipe = self.recipe
        inputs = {
            "prompt": Input(type="string", role="prompt", required=True),
            "seed": Input(type="integer", role="seed", low=0, high=SEEDS - 1),
        }
        if recipe.takes_negative:
            inputs["negative"] = Input(type="string", role="negative")
        if recipe.takes_start:
            inputs["start"] = Input(type="uri", role="start", required=recipe.needs_start)
        if recipe.takes_end:
            inputs["end"] = Input(type="uri", role="end", required=recipe.needs_end)
        both = recipe.takes_end and recipe.end_needs_start
        rules = (Rule(given="end", along=("start",)),) if both else ()
        least = -(-max(16, recipe.multiple) // recipe.multiple) * recipe.multiple
        if self.side < least:
            raise InvalidInput(
                f"{self.key} makes no picture of {self.side} pixels: {least} at least"
            )
        high = max(recipe.largest, recipe.largest * self.side // recipe.short_side)
        if high > WIDEST:
            most = WIDEST * recipe.short_side // recipe.largest // recipe.multiple
            raise InvalidInput(
                f"{self.key} makes no picture of {self.side} pixels: {most * recipe.multiple} at "
                f"most, and {recipe.short_side} is what it was trained for"
            )
        return Entry(
            provider=PROVIDER, name=self.name, ref=recipe.hub or recipe.name, inputs=inputs,
            grid=recipe.grid, fps=recipe.fps,
            free=Free(low=least, high=high // 2 * 2, multiple=recipe.multiple),
            short_side=self.side, rules=rules, dialect=recipe.dialect, licence=recipe.licence,
            licence_name=recipe.licence_name, concurrent=1, quality=recipe.quality,
            price=Price(
                unit="clip", rates=(Rate(usd=Decimal(0)),), read=_READ, source="this machine",
                certain=True,
            ),
            default=self.default, read=_READ, source=recipe.source, certain=True,
            note=recipe.note,
        )  # fmt: skip


class Book(Frozen):
    """All local models, the shipped ones first."""

    models: tuple[Model, ...]

    def find(self, name: str = "") -> Model:
        """The model called `name`; the default one for "".

        Raises:
            InvalidInput: There is none; the text lists near names.
        """
        if not name:
            # Later ones are the user's: theirs is the default where they set one.
            return next((model for model in reversed(self.models) if model.default), self.models[0])
        for model in reversed(self.models):
            if name == model.name or (name == model.recipe.hub and not model.own):
                return model
        names = [model.name for model in self.models]
        near = get_close_matches(name, names, n=3, cutoff=0.5)
        text = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
        raise InvalidInput(f"no local model is called {name!r}; {text}")


def book(user: Path | None = None) -> Book:
    """The shipped models, with those of the user's `local.toml` added.

    In the file each model is a table `[name]`: `like` names the model whose code and sizes it
    shares; `weights`, `revision`, `loras`, `steps`, `guidance`, `side`, `approximate`,
    `placement` and `devices` are its own wishes, which those of the command line overrule;
    `licence` and `note` are told; `default` makes it the one that `local` alone means. Models
    of music stand in the table `sound` (`songreel.generation.sound.musicgen.book`).

    Raises:
        InvalidInput: The file cannot be read, or a model in it does not hold.
    """
    models = {
        recipe.name: Model(name=recipe.name, recipe=recipe, default=recipe.default)
        for recipe in recipes()
    }
    if user is None:
        return Book(models=tuple(models.values()))
    try:
        tables = tomllib.loads(user.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read the local models {user}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{user} is not TOML: {error}") from error
    for name, table in tables.items():
        if name != _SOUND:
            models[name] = _own(name, table, models, user)
    return Book(models=tuple(models.values()))


def lora_of(text: str) -> Lora:
    """A LoRA as the user writes it: a path or hub id, with `:SCALE` behind it or not.

    Raises:
        InvalidInput: Nothing stands before the scale.
    """
    path, colon, scale = text.rpartition(":")
    try:
        found = Lora(path=path, scale=float(scale)) if colon else Lora(path=text)
    except (ValueError, ValidationError):
        found = Lora(path=text)  # a colon of its own: a drive's letter
    if not found.path:
        raise InvalidInput(f"--lora {text!r} names no file, folder or hub id; write PATH[:SCALE]")
    return found


def _own(name: str, table: Any, known: Mapping[str, Model], file: Path) -> Model:
    """The model in the table `name` of the user's file."""
    place = f"{file}: model {name}"
    if not isinstance(table, dict):
        raise InvalidInput(f"{file}: {name} must be a table [{name}]")
    like = table.get("like", name if name in known else None)
    if not isinstance(like, str) or like not in known:
        near = get_close_matches(str(like), known, n=3, cutoff=0.5) or list(known)
        raise InvalidInput(f"{place}: like = {like!r} is no model; it is one of {', '.join(near)}")
    base = known[like]
    left = {key: value for key, value in table.items() if key != "like"}
    told = {key: left.pop(key) for key in ("licence", "note") if key in left}
    if "licence" in told:
        told["licence_name"] = str(told["licence"])[:28]
    default, revision = left.pop("default", False), left.pop("revision", "")
    if revision:
        left["weights"] = f"{left.get('weights') or base.recipe.hub}@{revision}"
    elif "weights" in left:
        left["weights"] = _beside(file, str(left["weights"]))
    if "loras" in left:
        left["loras"] = [_lora(each, file) for each in left["loras"]]
    try:
        wishes = LocalOptions.model_validate(base.wishes.model_dump() | left)
        recipe = Recipe.model_validate(base.recipe.model_dump() | told)
        return Model(name=name, recipe=recipe, wishes=wishes, own=True, default=default)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        raise InvalidInput(f"{place}, {field}: {reason}") from error


def _lora(given: Any, file: Path) -> dict[str, Any]:
    if isinstance(given, str):
        given = lora_of(given).model_dump()
    if isinstance(given, dict) and isinstance(given.get("path"), str):
        return {**given, "path": _beside(file, given["path"])}
    raise InvalidInput(f"{file}: a LoRA is written 'PATH:SCALE' or {{path = …, scale = …}}")


def _beside(file: Path, text: str) -> str:
    """A path in the user's file is seen from there; what is no file or folder is a hub's id."""
    path = file.parent / Path(text).expanduser()
    return str(path.resolve()) if path.exists() else text
