"""Where a model's files are, fetched if need be: `find`, `mark`."""

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from songreel.generation.diffusion import hub, layout
from songreel.generation.diffusion.families import family_of
from songreel.generation.diffusion.family import Family, Weights
from songreel.generation.diffusion.libraries import need
from songreel.generation.diffusion.recipe import Recipe
from songreel.models.errors import InvalidInput, MachineError, ProviderError
from songreel.models.files import code_version
from songreel.models.local import LocalOptions

_ID = re.compile(r"^(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?$")
_COMMIT = re.compile(r"^[0-9a-f]{40}$")
SINGLE = (".gguf", ".safetensors")
"""Ends of files that hold a denoiser alone."""


def nothing(_done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def find(
    recipe: Recipe,
    options: LocalOptions,
    cache: Path | None,
    progress: hub.Progress = nothing,
    tell: Callable[[str], None] | None = None,
) -> Weights:
    """The files of `recipe`, or of what `options.weights` names in its place; fetched if need be.

    Args:
        recipe: The model.
        options: `weights` is a folder in the layout of diffusers, an id of the hub
            (`owner/name`, `owner/name@revision`), or a single file with the denoiser alone, GGUF
            or safetensors: the rest is then the recipe's own.
        cache: The workspace's folder: commits, licences told and tiny models are kept there.
        progress: Of a download, in bytes; may raise to stop.
        tell: Takes a sentence as it comes: the licence, before anything is fetched.

    Raises:
        InvalidInput: No such folder or model, another kind of pipeline, or a gated one.
        MachineError: The disk is too small, or a library is missing.
        ProviderError: The files are not here and cannot be fetched now.
    """
    family = family_of(recipe)
    notices: list[str] = []

    def say(text: str) -> None:
        notices.append(text)
        if tell is not None:
            tell(text)

    single = _single(options)
    if single is not None and len(recipe.denoisers) > 1:
        raise InvalidInput(
            f"{recipe.name} has two denoisers, {single.name} is one: give a folder with --weights"
        )
    if recipe.tiny and not options.weights:
        path, mark = _built(family, cache), _tiny_mark(recipe)
    elif options.weights and single is None and _is_folder(options.weights):
        path = Path(options.weights).expanduser().resolve()
        lacking = layout.missing(path, layout.read_index(path, family.pipelines), recipe)
        if lacking:
            raise InvalidInput(f"{path} is not whole: {_listed(lacking)} missing")
        mark = f"folder:{layout.mark_of(path)}"
    else:
        repo, revision = _repo(recipe, options if single is None else LocalOptions())
        pinned = commit(repo, revision, cache, say)
        path = _fetched(recipe, family, repo, pinned, cache, progress, say)
        mark = f"{repo}@{pinned}"
    if single is not None:
        mark = f"{mark}+file:{layout.mark_of(single)}"
    return Weights(
        path=path, single=single, mark=mark, notices=tuple(notices),
        variants=layout.variants(path, recipe),
    )  # fmt: skip


def mark(recipe: Recipe, options: LocalOptions, cache: Path | None) -> str:
    """What tells these weights from others, for `ClipRequest.source`; cheap, nothing is fetched.

    The hub is asked once where a model has no commit pinned, and its answer kept in `cache`.

    Raises:
        InvalidInput: No such folder or model.
        ProviderError: The commit is not known, and the hub does not answer.
    """
    single = _single(options)
    if recipe.tiny and not options.weights:
        return _tiny_mark(recipe)
    if options.weights and single is None and _is_folder(options.weights):
        return f"folder:{layout.mark_of(Path(options.weights).expanduser())}"
    repo, revision = _repo(recipe, options if single is None else LocalOptions())
    base = f"{repo}@{commit(repo, revision, cache)}"
    return base if single is None else f"{base}+file:{layout.mark_of(single)}"


def _is_folder(text: str) -> bool:
    """Whether `text` names a folder here rather than an id of the hub."""
    return Path(text).expanduser().is_dir() or not _ID.match(text)


def _single(options: LocalOptions) -> Path | None:
    """The file with a denoiser alone that `options.weights` names."""
    if not options.weights.endswith(SINGLE):
        return None
    path = Path(options.weights).expanduser().resolve()
    if not path.is_file():
        raise InvalidInput(f"there is no file {path} (--weights)")
    return path


def _repo(recipe: Recipe, options: LocalOptions) -> tuple[str, str]:
    """Id at the hub and revision."""
    if not options.weights:
        if not recipe.hub:
            raise InvalidInput(f"{recipe.name} is built here: a file has no rest to go with it")
        return recipe.hub, recipe.revision
    match = _ID.match(options.weights)
    assert match is not None
    return match["repo"], match["revision"] or (
        recipe.revision if match["repo"] == recipe.hub else ""
    )


def commit(
    repo: str,
    revision: str,
    cache: Path | None,
    say: Callable[[str], None] = lambda _text: None,
    way: str = hub.WAY,
) -> str:
    """The commit to use: pinned, or as first found, which is then kept.

    Args:
        repo: Id at the hub.
        revision: Branch, tag or commit; empty for `main`.
        cache: The workspace's folder, where it is kept.
        say: Takes a sentence where it was found now.
        way: How a folder is given instead, for messages.

    Raises:
        InvalidInput: There is no such model or revision.
        ProviderError: It is not known, and the hub does not answer.
    """
    if _COMMIT.match(revision):
        return revision
    note = None
    if cache is not None:
        name = f"{repo}@{revision or 'main'}".replace("/", "--")
        note = cache / "models" / "commits" / f"{name}.txt"
        with suppress(OSError):
            return note.read_text("ascii").strip()
    need("huggingface_hub")
    named = way == hub.WAY  # a commit can be, too
    if hub.offline():
        other = f"name the commit: --weights {repo}@COMMIT" if named else f"give a folder {way}"
        raise ProviderError(
            f"which commit of {repo} is meant is not known yet, and HF_HUB_OFFLINE forbids asking; "
            f"run once without it, or {other}",
            provider="local",
        )
    found = hub.commit_of(repo, revision, way)
    if note is not None:
        found = _once(note, found)
        say(
            f"{repo}: commit {found[:12]} was found and is used from now on "
            f"(another {f'with --weights {repo}@REVISION, or ' if named else ''}by deleting {note})"
        )
    return found


def _fetched(
    recipe: Recipe,
    family: Family,
    repo: str,
    commit: str,
    cache: Path | None,
    progress: hub.Progress,
    say: Callable[[str], None],
) -> Path:
    """The folder with the files of `commit`, all of them."""
    need("huggingface_hub")
    folder = hub.kept(repo, commit)
    if (folder / layout.INDEX).is_file():
        index = layout.read_index(folder, family.pipelines)
        if not layout.missing(folder, index, recipe):
            _tell_licence(recipe, cache, say)
            return folder
    if hub.offline():
        parts = " ".join(f"'{part.name}/*'" for part in recipe.components)
        raise ProviderError(
            f"{repo} is not on this machine, or not all of it, and HF_HUB_OFFLINE forbids fetching "
            f"it; run once without it, or fetch it by: hf download {repo} --revision {commit} "
            f"--include {layout.INDEX} 'scheduler/*' 'tokenizer*/*' {parts}",
            provider="local",
        )
    _tell_licence(recipe, cache, say)
    files = hub.listing(repo, commit)
    if layout.INDEX not in files:
        raise InvalidInput(
            f"{repo} has no {layout.INDEX}: a model in the layout of diffusers is needed "
            "(often named …-diffusers at the hub)"
        )
    hub.fetch(repo, commit, {layout.INDEX: files[layout.INDEX]}, nothing)
    index = layout.read_index(folder, family.pipelines)
    wanted = layout.needed(files, index, recipe)
    hub.fetch(repo, commit, {name: files[name] for name in wanted}, progress)
    lacking = layout.missing(folder, index, recipe)
    if lacking:
        raise InvalidInput(f"{repo} is not whole at the hub: {_listed(lacking)} missing")
    return folder


def _tell_licence(recipe: Recipe, cache: Path | None, say: Callable[[str], None]) -> None:
    if recipe.licence_note:
        text = f"{recipe.name} is under {recipe.licence_name}: {recipe.licence_note}"
        tell_licence(recipe.name, text, cache, say)


def tell_licence(name: str, text: str, cache: Path | None, say: Callable[[str], None]) -> None:
    """Say once a workspace under which terms the weights of the model called `name` are had."""
    if cache is None:
        say(text)
        return
    note = cache / "models" / "licences" / f"{name}.txt"
    if not note.exists():
        say(text)
        _once(note, text)


def _built(family: Family, cache: Path | None) -> Path:
    """The folder of a tiny model, built if it is not there."""
    for library in ("torch", "diffusers", "transformers", "tokenizers"):
        need(library)
    name = _tiny_mark(family.recipe).replace(":", "-")
    return build_once(cache, name, layout.INDEX, family.build_tiny)


def build_once(cache: Path | None, name: str, index: str, build: Callable[[Path], None]) -> Path:
    """The folder of a model that is made here, built if it is not there; whole or not at all.

    Args:
        cache: The workspace's folder; None: a folder that goes with the process.
        name: Of the folder.
        index: A file that is there once it is whole.
        build: Writes the model's files.

    Raises:
        MachineError: It cannot be written.
    """
    if cache is None:
        cache = Path(tempfile.mkdtemp(prefix="songreel-"))
        atexit.register(shutil.rmtree, cache, ignore_errors=True)
    folder = cache / "models" / name
    if (folder / index).is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        under_way = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise MachineError(f"cannot write {folder.parent}: {error.strerror}") from error
    try:
        build(under_way)
        # Another process may have been first: then its folder stays, equal to this one.
        with suppress(OSError):
            under_way.rename(folder)
    finally:
        shutil.rmtree(under_way, ignore_errors=True)
    if not (folder / index).is_file():
        raise MachineError(f"cannot write {folder}")
    return folder


def _tiny_mark(recipe: Recipe) -> str:
    """Of a tiny model: its name, and what its random weights follow from."""
    made_by = [code_version("songreel.generation.diffusion.families")]
    for library in ("torch", "diffusers", "transformers"):
        with suppress(PackageNotFoundError):
            made_by.append(version(library).split("+")[0])
    return f"{recipe.name}:{'-'.join(made_by)}"


def _once(note: Path, text: str) -> str:
    """Keep `text`, unless another process was first: then what it kept."""
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=note.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            os.link(name, note)
        except FileExistsError:
            return note.read_text("utf-8").strip()
        except OSError:  # no links on this disk
            Path(name).replace(note)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise MachineError(f"cannot write {note}: {error.strerror}") from error
    return text


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
