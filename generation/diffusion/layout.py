"""A model's folder in diffusers' layout: which files are needed, what is missing, its mark."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from songreel.generation.diffusion.recipe import Recipe
from songreel.models.errors import InvalidInput

INDEX = "model_index.json"
"""What a pipeline is made of; at the folder's top."""

_WEIGHTS = re.compile(r"^[^.]+(\.(?P<variant>[^.]+?))?(-\d{5}-of-\d{5})?\.safetensors$")
_SHARDS = re.compile(r"^[^.]+\.safetensors\.index(\.(?P<variant>[^.]+))?\.json$")
_OTHER = (".json", ".txt", ".model")
"""Configs, vocabularies and sentence pieces."""

_SAMPLES, _SAMPLE = 16, 4096
"""Blocks that are read of each file's weights for its mark, and bytes of each."""


def components(index: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Library and class of each part that a `model_index.json` names."""
    return {
        name: (value[0], value[1])
        for name, value in index.items()
        if not name.startswith("_") and isinstance(value, list) and len(value) == 2 and value[0]
    }


def needed(names: Iterable[str], index: Mapping[str, Any], recipe: Recipe) -> list[str]:
    """The files of a pipeline among `names`: its parts in the variant of the recipe, no more.

    Args:
        names: Of all files, relative to the top, with `/`.
        index: What its `model_index.json` says.
        recipe: Says in which variant each part is wanted; where a part has none, the plain files.

    Returns:
        In order. Single-file checkpoints beside the folders are left out, and so is what would
        have to be unpickled.

    Raises:
        InvalidInput: A part of the recipe has no weights as safetensors.
    """
    wanted = {part.name: part.variant for part in recipe.components}
    found = [INDEX]
    for name in components(index):
        inside = [each for each in names if each.startswith(f"{name}/") and each.count("/") == 1]
        variant = wanted.get(name, "")
        if variant and not any(_variant(each) == variant for each in inside):
            variant = ""
        weights = [each for each in inside if _variant(each) == variant]
        if name in wanted and not any(each.endswith(".safetensors") for each in weights):
            raise InvalidInput(
                f"{recipe.name}: no weights as safetensors in the folder {name}/ "
                "(other formats are not loaded, as they could run code)"
            )
        plain = [
            each for each in inside if _variant(each) is None and each.endswith((*_OTHER, ".jinja"))
        ]
        found += sorted({*weights, *plain})
    return found


def _variant(name: str) -> str | None:
    """Of a file with weights, empty if it is the plain one; None for other files."""
    base = name.rsplit("/", 1)[-1]
    match = _SHARDS.match(base) or _WEIGHTS.match(base)
    return (match["variant"] or "") if match else None


def read_index(folder: Path, kinds: Iterable[str]) -> dict[str, Any]:
    """The `model_index.json` of `folder`.

    Args:
        folder: Of a pipeline.
        kinds: Classes of pipelines that will do.

    Raises:
        InvalidInput: There is none, or it is of another pipeline.
    """
    path = folder / INDEX
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidInput(
            f"{folder} is no model folder: it has no {INDEX} (a folder in the layout of diffusers "
            "is needed, with transformer/, vae/, text_encoder/ … in it)"
        ) from error
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from error
    kind = index.get("_class_name") if isinstance(index, dict) else None
    allowed = tuple(kinds)
    if kind not in allowed:
        raise InvalidInput(f"{folder} holds a {kind}, not a {' or '.join(allowed)}")
    return dict(index)


def missing(folder: Path, index: Mapping[str, Any], recipe: Recipe) -> list[str]:
    """Files that `folder` lacks, as far as it can be told from what is there; empty if whole."""
    lacking = []
    wanted = {part.name: part.variant for part in recipe.components}
    for name, (library, _) in components(index).items():
        inside = folder / name
        if not inside.is_dir() or not any(inside.iterdir()):
            lacking.append(f"{name}/")
            continue
        if name not in wanted:
            continue
        if library in ("diffusers", "transformers") and not (inside / "config.json").is_file():
            lacking.append(f"{name}/config.json")
        lacking += weights_missing(inside, wanted[name])
    return lacking


def variants(folder: Path, recipe: Recipe) -> dict[str, str]:
    """In which variant each part is to be loaded: the recipe's where it is there, else plain."""
    return {
        part.name: part.variant
        for part in recipe.components
        if part.variant and any(
            _variant(each.name) == part.variant for each in (folder / part.name).glob("*.s*")
        )
    }  # fmt: skip


def weights_missing(folder: Path, variant: str = "") -> list[str]:
    """Shards of a part's index that are not there, or the part's weights altogether."""
    names = [each.name for each in folder.iterdir() if each.is_file()]
    variants = {found for each in names if (found := _variant(each)) is not None}
    chosen = variant if variant in variants else ""
    indices = [each for each in names if (m := _SHARDS.match(each)) and _of(m) == chosen]
    for each in indices:
        try:
            shards = set(json.loads((folder / each).read_text("utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, AttributeError):
            return [f"{folder.name}/{each}"]
        return [f"{folder.name}/{shard}" for shard in sorted(shards - set(names))]
    whole = [each for each in names if (m := _WEIGHTS.match(each)) and _of(m) == chosen]
    return [] if whole else [f"{folder.name}/*.safetensors"]


def _of(match: re.Match[str]) -> str:
    return match["variant"] or ""


def mark_of(path: Path) -> str:
    """What tells the content of a file or folder of weights, quickly: 16 hex digits.

    Taken of the names and sizes of all files that count; of small files (configs, vocabularies)
    the bytes; of files with weights the header and 16 blocks of 4 KiB spread evenly over the rest:
    other training changes all weights, so it changes these. Moving or copying changes nothing.

    Raises:
        InvalidInput: It cannot be read.
    """
    digest = hashlib.sha256()
    try:
        files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else []
        if path.is_file():
            files = [path]
        for each in files:
            name = each.relative_to(path).as_posix() if path.is_dir() else ""
            hidden = any(part.startswith(".") for part in Path(name).parts)
            if not hidden and (path.is_file() or each.suffix in (".safetensors", *_OTHER)):
                digest.update(f"{name}\0{each.stat().st_size}\0".encode())
                _sample(each, digest)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()[:16]


def _sample(path: Path, digest: "hashlib._Hash") -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= _SAMPLES * _SAMPLE * 4:
            digest.update(file.read())
            return
        start = 0
        if path.suffix == ".safetensors":
            start = 8 + int.from_bytes(file.read(8), "little")
            start = min(start, size)
            file.seek(0)
            digest.update(file.read(start))
        for index in range(_SAMPLES):
            file.seek(start + (size - start - _SAMPLE) * index // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE))
