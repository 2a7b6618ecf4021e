"""Low-rank weights added to a model's own: `add`, `refusal`, `mark`."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from songreel.generation.diffusion import hub, layout, weights
from songreel.generation.diffusion.family import Family
from songreel.generation.diffusion.libraries import need
from songreel.generation.diffusion.placement import Placement
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.local import Lora

_ID = re.compile(
    r"^(?P<repo>[\w.-]+/[\w.-]+?)(@(?P<revision>[\w.-]+))?(/(?P<file>[\w./ -]+\.safetensors))?$"
)
_USUAL = "pytorch_lora_weights.safetensors"
"""Name under which diffusers saves LoRAs."""

_SECOND = {"high": "transformer", "low": "transformer_2"}
"""Which of two denoisers a file is for that says so in its name (Wan 2.2: high and low noise)."""


def refusal(recipe: Recipe, placement: Placement) -> str:
    """Why LoRAs cannot be added to `recipe` placed like this, with the next best; empty if so."""
    if "lora" not in recipe.abilities:
        return f"{recipe.name} takes no LoRA (diffusers has no loader for it); leave --lora out"
    if placement.storage in ("nf4", "gguf"):
        return (
            f"LoRAs do not go with {placement.storage} weights; next best are int8 weights, or "
            "group-offload, which takes less of the device at the released precision"
        )
    return ""


def mark(lora: Lora, cache: Path | None) -> str:
    """What tells `lora` from others, scale included, for `ClipRequest.source`.

    Raises:
        InvalidInput: There is no such file, folder or model.
        ProviderError: It is at the hub, which does not answer.
    """
    path = Path(lora.path).expanduser()
    if path.exists():
        return f"lora:{layout.mark_of(path)}×{lora.scale:g}"
    repo, revision, file = _id(lora)
    commit = weights.commit(repo, revision, cache)
    return f"lora:{repo}@{commit}{'/' if file else ''}{file}×{lora.scale:g}"


def add(
    pipe: Any,
    family: Family,
    loras: Sequence[Lora],
    cache: Path | None = None,
    progress: hub.Progress = weights.nothing,
) -> tuple[str, ...]:
    """Load and scale `loras`, all at once; one with scale 0 is checked and leaves all as it is.

    A file for a model with two denoisers (Wan 2.2) goes to both, unless its name says `high` or
    `low`; a folder may hold one of each.

    Returns:
        What the user should know, a sentence each.

    Raises:
        InvalidInput: The model takes none, there is no such file, or it is not for this model.
        ProviderError: It is at the hub, which does not answer.
    """
    if not loras:
        return ()
    recipe = family.recipe
    if "lora" not in recipe.abilities:
        raise InvalidInput(f"{recipe.name} takes no LoRA; leave --lora out")
    need("peft")
    names: dict[str, float] = {}
    notices: list[str] = []
    for index, lora in enumerate(loras):
        for path in files(lora, cache, progress):
            for part in _for(path, pipe, recipe, notices):
                name = f"lora{index}-{part}"
                if _load(pipe, recipe, part, path, name, lora.scale):
                    names[name] = lora.scale
    for part in (each.name for each in recipe.denoisers):
        own = {name: scale for name, scale in names.items() if name.endswith(f"-{part}")}
        if own:
            getattr(pipe, part).set_adapters(list(own), list(own.values()))
    return tuple(notices)


def check(path: Path) -> None:
    """Refuse a file in a format that could run code.

    Raises:
        InvalidInput: It is one.
    """
    if path.is_file() and path.suffix != ".safetensors":
        raise InvalidInput(
            f"{path} is not a .safetensors file: others are not loaded, as they could run code"
        )


def files(lora: Lora, cache: Path | None, progress: hub.Progress) -> list[Path]:
    """The file of `lora`, or two, one for each denoiser; fetched if need be.

    Raises:
        InvalidInput: There is no such file, or which of several is not said.
        MachineError: The disk has no room for it.
        ProviderError: It is at the hub, which does not answer.
    """
    path = Path(lora.path).expanduser()
    if path.is_file():
        check(path)
        return [path]
    if path.is_dir():
        inside = sorted(each.name for each in path.glob("*.safetensors"))
        return [path / name for name in _chosen(str(path), inside)]
    repo, revision, file = _id(lora)
    commit = weights.commit(repo, revision, cache)
    folder = hub.kept(repo, commit)
    if file and (folder / file).is_file():
        return [folder / file]
    inside = sorted(each.name for each in folder.glob("*.safetensors"))
    if hub.offline() and not file and inside:
        return [folder / name for name in _chosen(repo, inside)]
    if hub.offline():
        raise MachineError(
            f"the LoRA {lora.path} is not on this machine, and HF_HUB_OFFLINE forbids fetching it; "
            f"fetch it by: hf download {repo} --revision {commit} {file}".rstrip()
        )
    sizes = hub.listing(repo, commit)
    tops = sorted(each for each in sizes if each.endswith(".safetensors") and "/" not in each)
    chosen = [file] if file else _chosen(repo, tops)
    absent = [each for each in chosen if each not in sizes]
    if absent:
        raise InvalidInput(f"{repo} has no file {absent[0]!r} at {commit[:12]}")
    hub.fetch(repo, commit, {each: sizes[each] for each in chosen}, progress)
    return [folder / each for each in chosen]


def at_hub(text: str) -> bool:
    """Whether `text` can be an id of the hub, with a file in it or not."""
    return not text.startswith(("/", ".", "~")) and _ID.match(text) is not None


def _id(lora: Lora) -> tuple[str, str, str]:
    """Id at the hub, revision and file of a LoRA that is no path here."""
    match = _ID.match(lora.path) if at_hub(lora.path) else None
    if match is None:
        raise InvalidInput(
            f"there is no LoRA {lora.path!r}: a .safetensors file, a folder with one, or an id of "
            "the hub (owner/name, owner/name@revision, owner/name/file.safetensors)"
        )
    return match["repo"], match["revision"] or "", match["file"] or ""


def _chosen(where: str, names: Sequence[str]) -> list[str]:
    """Of the files in a folder: the only one, the usual one, or one each for high and low noise."""
    if len(names) == 1:
        return list(names)
    if _USUAL in names:
        return [_USUAL]
    if len(names) == 2 and {_side(name) for name in names} == set(_SECOND):
        return sorted(names, key=lambda name: _side(name) or "")
    if not names:
        raise InvalidInput(f"{where} holds no .safetensors file: no LoRA")
    raise InvalidInput(
        f"{where} holds {len(names)} LoRAs ({', '.join(names[:4])}{' …' if names[4:] else ''}); "
        f"name one: {where}/{names[0]}"
    )


def _side(name: str) -> str | None:
    words = re.split(r"[^a-z]+", PurePosixPath(name).name.lower())
    said = [side for side in _SECOND if side in words or f"{side}noise" in words]
    return said[0] if len(said) == 1 else None


def _for(path: Path, pipe: Any, recipe: Recipe, notices: list[str]) -> list[str]:
    """The denoisers that a file is added to."""
    parts = [each.name for each in recipe.denoisers if getattr(pipe, each.name) is not None]
    side = _side(path.name)
    if len(parts) == 1:
        return parts
    if side is not None:
        return [_SECOND[side]]
    notices.append(
        f"the LoRA {path.name} was added to both denoisers of {recipe.name}; a file with "
        "high_noise or low_noise in its name goes to one"
    )
    return parts


def _load(pipe: Any, recipe: Recipe, part: str, path: Path, name: str, scale: float) -> bool:
    """Check the file against the denoiser, and add it unless its scale is 0."""
    denoiser = getattr(pipe, part)
    try:
        state = pipe.lora_state_dict(str(path.parent), weight_name=path.name, local_files_only=True)
    except Exception as error:  # converters of foreign formats raise what they like
        raise InvalidInput(f"{path} cannot be read as a LoRA of {recipe.name}: {error}") from error
    _check(path, state[0] if isinstance(state, tuple) else state, denoiser, recipe)
    if scale == 0:
        return False
    second = {"load_into_transformer_2": True} if part == "transformer_2" else {}
    try:
        pipe.load_lora_weights(
            str(path.parent), weight_name=path.name, adapter_name=name, local_files_only=True,
            **second,
        )  # fmt: skip
    except (ValueError, RuntimeError, KeyError) as error:
        line = str(error).strip().splitlines()[0]
        raise InvalidInput(f"{path} is not a LoRA of {recipe.name}: {line}") from error
    return True


def _check(path: Path, state: Mapping[str, Any], denoiser: Any, recipe: Recipe) -> None:
    """See that every layer named is there and of the same size.

    Raises:
        InvalidInput: One is not.
    """
    low_rank = {key: value for key, value in state.items() if ".lora_" in key or ".lokr_" in key}
    if not low_rank:
        raise InvalidInput(f"{path} holds no LoRA: {len(state)} weights, none of low rank")
    modules = dict(denoiser.named_modules())
    for key, value in low_rank.items():
        base, _, rest = key.partition(".lora_")
        name = base.partition(".lokr_")[0].removeprefix("transformer.").removeprefix("unet.")
        layer = modules.get(name)
        if layer is None:
            raise InvalidInput(
                f"{path} is not a LoRA of {recipe.name}: it changes {name}, which the model lacks"
            )
        wide = {"A": "in_features", "B": "out_features"}.get(rest[:1])
        has = getattr(layer, wide, None) if wide and value.ndim == 2 else None
        if has is not None and wide is not None:
            comes = value.shape[1] if wide == "in_features" else value.shape[0]
            if comes != has:
                raise InvalidInput(
                    f"{path} is not a LoRA of {recipe.name}: {name} is {has} wide there, "
                    f"{comes} in the LoRA (it is for another size of model)"
                )
    _check_ranks(path, low_rank)


def _check_ranks(path: Path, state: Mapping[str, Any]) -> None:
    for key, down in state.items():
        up = state.get(key.replace(".lora_A.", ".lora_B."))
        if ".lora_A." not in key or not key.endswith("weight"):
            continue
        if up is None:
            raise InvalidInput(f"{path} is broken: {key} has no second half")
        if down.ndim == 2 and down.shape[0] != up.shape[1]:
            raise InvalidInput(
                f"{path} is broken: {key} has rank {down.shape[0]}, its other half {up.shape[1]}"
            )
