"""Where a MusicGen's files are, fetched if need be: `find`, `mark`."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from songreel.generation.diffusion import hub, layout
from songreel.generation.diffusion.libraries import need
from songreel.generation.diffusion.weights import build_once, commit, nothing, tell_licence
from songreel.generation.sound.musicgen.book import Model
from songreel.generation.sound.musicgen.recipe import LICENCE, NON_COMMERCIAL
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.files import code_version

CONFIG = "config.json"
_WAY = "as local:./FOLDER"
"""How a folder of weights is given."""
_SHARD = re.compile(r"^model(-\d{5}-of-\d{5})?\.safetensors$")
_BESIDE = (
    CONFIG, "generation_config.json", "preprocessor_config.json", "model.safetensors.index.json",
    "special_tokens_map.json", "spiece.model", "tokenizer.json", "tokenizer_config.json",
)  # fmt: skip


def find(
    model: Model,
    cache: Path | None,
    progress: hub.Progress = nothing,
    tell: Callable[[str], None] = lambda _text: None,
) -> Path:
    """The folder with the files of `model`; fetched, or built, if need be.

    Args:
        model: Which.
        cache: The workspace's folder: commits, licences told and tiny models are kept there.
        progress: Of a download, in bytes; may raise to stop.
        tell: Takes a sentence as it comes: the licence, before anything is fetched.

    Raises:
        InvalidInput: No such model at the hub, a gated one, or one that is not whole.
        MachineError: The disk is too small, or a library is missing.
        ProviderError: The files are not here and cannot be fetched now.
    """
    recipe = model.recipe
    if model.folder is not None:
        if lacking := missing(model.folder):
            raise InvalidInput(f"{model.folder} is not whole: {', '.join(lacking[:3])} missing")
        return model.folder
    if recipe.tiny:
        for library in ("torch", "transformers", "tokenizers"):
            need(library)
        from songreel.generation.sound.musicgen.tiny import build

        return build_once(
            cache, mark(model).replace(":", "-"), CONFIG, lambda folder: build(folder, recipe)
        )
    need("huggingface_hub")
    pinned = _commit(model, cache, tell)
    folder = hub.kept(recipe.hub, pinned)
    if not missing(folder):
        return folder
    if hub.offline():
        raise ProviderError(
            f"{recipe.hub} is not on this machine, or not all of it, and HF_HUB_OFFLINE forbids "
            f"fetching it; run once without it, or fetch it by: hf download {recipe.hub} "
            f"--revision {pinned}",
            provider="local",
        )
    if recipe.licence == LICENCE:
        tell_licence(recipe.name, f"{recipe.name}: {NON_COMMERCIAL}", cache, tell)
    files = hub.listing(recipe.hub, pinned, _WAY)
    wanted = needed(files)
    if not any(_SHARD.match(each) for each in wanted) or CONFIG not in wanted:
        raise InvalidInput(
            f"{recipe.hub} has no MusicGen as safetensors in the layout of transformers (other "
            "formats are not loaded, as they could run code)"
        )
    hub.fetch(recipe.hub, pinned, {name: files[name] for name in wanted}, progress, _WAY)
    if lacking := missing(folder):
        raise InvalidInput(f"{recipe.hub} is not whole at the hub: {lacking[0]} missing")
    return folder


def mark(model: Model) -> str:
    """What tells these weights from others, for `SoundRequest.source`; asks nobody.

    Raises:
        InvalidInput: The folder cannot be read.
    """
    if model.folder is not None:
        return f"folder:{layout.mark_of(model.folder)}"
    if model.recipe.tiny:
        made_by = [code_version("songreel.generation.sound.musicgen")]
        for library in ("torch", "transformers"):
            with suppress(PackageNotFoundError):
                made_by.append(version(library).split("+")[0])
        return f"{model.name}:{'-'.join(made_by)}"
    return f"{model.recipe.hub}@{model.recipe.revision or 'main'}"


def needed(names: Iterable[str]) -> list[str]:
    """The files among `names` that a model is loaded from: safetensors, words, configurations.

    Weights for other programs and what would have to be unpickled are left out.
    """
    found = sorted(each for each in names if _SHARD.match(each) or each in _BESIDE)
    if any("-of-" in each for each in found):
        return [each for each in found if each != "model.safetensors"]
    return found


def missing(folder: Path) -> list[str]:
    """Files that `folder` lacks, as far as can be told; empty if it is whole."""
    if not folder.is_dir():
        return [str(folder)]
    lacking = [] if (folder / CONFIG).is_file() else [CONFIG]
    if not any((folder / each).is_file() for each in ("tokenizer.json", "spiece.model")):
        lacking.append("tokenizer.json")
    return lacking + layout.weights_missing(folder)


def _commit(model: Model, cache: Path | None, tell: Callable[[str], None]) -> str:
    """The commit to use; offline, the one that the hub's own cache took for it last."""
    recipe = model.recipe
    if not recipe.revision or len(recipe.revision) != 40:
        folder = hub.kept(recipe.hub, "").parent
        note = folder / "refs" / (recipe.revision or "main")
        with suppress(OSError):
            return note.read_text("ascii").strip()
    return commit(recipe.hub, recipe.revision, cache, tell, _WAY)
