"""Which MusicGens there are: those published, the user's own, and folders: `find`, `Model`."""

import json
import re
import tomllib
from difflib import get_close_matches
from math import prod
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from songreel.generation.sound.musicgen import recipe as recipes
from songreel.generation.sound.musicgen.recipe import HOP, RATE, Recipe
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput

PROVIDER = "local"
TABLE = "sound"
"""Table of `local.toml` whose tables are MusicGens, not video models."""
_ID = re.compile(r"^(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?$")


_DEFAULTS: dict[str, dict[str, Any]] = {
    "audio_encoder": {"upsampling_ratios": (8, 5, 4, 2), "sampling_rate": 24_000,
                      "num_filters": 32},
    "decoder": {"audio_channels": 1, "num_hidden_layers": 24, "hidden_size": 1024,
                "ffn_dim": 4096, "num_codebooks": 4, "vocab_size": 2048},
    "text_encoder": {"vocab_size": 32_128, "d_model": 512, "num_layers": 6, "num_heads": 8,
                     "d_kv": 64, "d_ff": 2048},
}  # fmt: skip
"""What `config.json` leaves out where it is as transformers has it by itself (5.23)."""


class Model(Frozen):
    """A model and where its weights are."""

    name: str
    """As the user calls it."""
    recipe: Recipe
    folder: Path | None = None
    """With its weights; None: they come from the hub, or are made here."""

    @property
    def key(self) -> str:
        """`local:name`."""
        return f"{PROVIDER}:{self.name}"


def models(user: Path | None = None) -> dict[str, Model]:
    """All models by name, the published ones first.

    In the user's `local.toml`, each table `[sound.NAME]` is one more: `weights` is a folder or an
    id of the hub (`owner/name`, `owner/name@revision`); `like` names the published model that it
    is a tuning of, which an id of the hub needs; `licence` is told.

    Raises:
        InvalidInput: The file cannot be read, or a model in it does not hold.
    """
    found = {
        each.name: Model(name=each.name, recipe=each)
        for each in (*recipes.published(), *recipes.tiny())
    }
    for name, table in _tables(user).items():
        assert user is not None
        found[name] = _own(name, table, found, user)
    return found


def find(name: str, user: Path | None = None) -> Model:
    """The model called `name`, or in the folder that is called so.

    Args:
        name: `musicgen-stereo-large`, `stereo-large`, `facebook/musicgen-large`, or a folder:
            `~/tuned`, `./tuned`.
        user: The user's `local.toml`.

    Raises:
        InvalidInput: There is none; the text lists near names.
    """
    known = models(user)
    for each in known.values():
        if name in (each.name, each.recipe.hub, each.name.removeprefix("musicgen-")):
            return each
    if name.startswith((".", "~", "/")) or Path(name).is_dir():
        return in_folder(Path(name).expanduser().resolve())
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    text = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    raise InvalidInput(
        f"no local model of music is called {name!r}; {text} (a folder of weights is written "
        "local:./FOLDER)"
    )


def in_folder(folder: Path, name: str = "", licence: str = "") -> Model:
    """The model whose files lie in `folder`, in the layout of transformers.

    Raises:
        InvalidInput: There is no MusicGen in it, or one of another codec.
    """
    path = folder / "config.json"
    try:
        config: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidInput(
            f"{folder} is no folder of a MusicGen: it has no config.json (one in the layout of "
            "transformers is needed, as `save_pretrained` writes it)"
        ) from error
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in ("musicgen", "musicgen_melody"):
        raise InvalidInput(f"{folder} holds a model of type {kind!r}, not a musicgen")
    try:
        codec, decoder, text = (_DEFAULTS[part] | config[part] for part in _DEFAULTS)
        hop, rate = prod(codec["upsampling_ratios"]), codec["sampling_rate"]
        layers, width = decoder["num_hidden_layers"], decoder["hidden_size"]
        # Of a layer: attention to itself, to the words where they stand apart, and what follows.
        square = 8 if kind == "musicgen" else 4
        books = 2 * decoder["num_codebooks"] * decoder["vocab_size"] * width
        reading = text["d_model"] * (4 * text["num_heads"] * text["d_kv"] + 2 * text["d_ff"])
        recipe = Recipe(
            name="folder", kind=kind, channels=decoder["audio_channels"], layers=layers,
            width=width, parameters=books
            + layers * (square * width * width + 2 * width * decoder["ffn_dim"]),
            others=text["vocab_size"] * text["d_model"] + text["num_layers"] * reading
            # 56.9 million at 64 filters, growing as their square.
            + codec["num_filters"] ** 2 * 14_000,
            licence=licence or "of the folder's own",
        )  # fmt: skip
    except (KeyError, TypeError, ValidationError) as error:
        raise InvalidInput(f"{path} does not describe a MusicGen: {error!r}") from error
    if (rate, hop) != (RATE, HOP):
        raise InvalidInput(
            f"{folder}: its codec has {rate} samples a second and {hop} a frame; only "
            f"{RATE} and {HOP}, as the published models have, are made here"
        )
    return Model(name=name or str(folder), recipe=recipe, folder=folder)


def _tables(user: Path | None) -> dict[str, Any]:
    if user is None:
        return {}
    try:
        tables = tomllib.loads(user.read_text(encoding="utf-8")).get(TABLE, {})
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read the local models {user}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{user} is not TOML: {error}") from error
    if not isinstance(tables, dict) or not all(isinstance(each, dict) for each in tables.values()):
        raise InvalidInput(f"{user}: music models are tables [{TABLE}.NAME]")
    return tables


def _own(name: str, table: dict[str, Any], known: dict[str, Model], file: Path) -> Model:
    """The model in the table `name` of the user's file."""
    place = f"{file}: model {TABLE}.{name}"
    left = dict(table)
    weights, like, licence = (left.pop(key, "") for key in ("weights", "like", "licence"))
    if left:
        raise InvalidInput(
            f"{place}: {next(iter(left))} is not known; it has weights, like, licence"
        )
    if not all(isinstance(each, str) for each in (weights, like, licence)):
        raise InvalidInput(f"{place}: weights, like and licence are words in quotes")
    if like and like not in known:
        near = get_close_matches(like, known, n=3, cutoff=0.5) or list(known)
        raise InvalidInput(f"{place}: like = {like!r} is no model; it is one of {', '.join(near)}")
    beside = file.parent / Path(weights).expanduser()
    if weights and beside.is_dir():
        return in_folder(beside.resolve(), name, licence)
    match = _ID.match(weights)
    if match is None:
        raise InvalidInput(
            f"{place}: weights = {weights!r} is neither a folder nor an id of the hub"
        )
    if not like:
        raise InvalidInput(
            f"{place}: weights of the hub need like = the published model that they are tuned from"
        )
    told = {"licence": licence} if licence else {}
    try:
        recipe = Recipe.model_validate(
            known[like].recipe.model_dump() | told | {
                "name": name, "hub": match["repo"], "revision": match["revision"] or "",
                "tiny": False, "quality": 0,
            }
        )  # fmt: skip
    except ValidationError as error:
        raise InvalidInput(f"{place}: {error.errors()[0]['msg']}") from error
    return Model(name=name, recipe=recipe)
