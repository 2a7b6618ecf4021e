"""Which songs a batch is of: files, folders and patterns. `find_songs`."""

from collections.abc import Iterable, Iterator
from glob import has_magic
from pathlib import Path

from songreel.models.errors import InvalidInput

SUFFIXES = (
    ".aac", ".aif", ".aiff", ".alac", ".ape", ".caf", ".flac", ".m4a", ".mka", ".mp2", ".mp3",
    ".mpc", ".oga", ".ogg", ".opus", ".wav", ".wma", ".wv",
)  # fmt: skip
"""What is taken for a song in a folder; a file that is named is taken as it is, a video too."""


def find_songs(given: Iterable[Path]) -> tuple[Path, ...]:
    """The songs that the arguments name, each once, in their order; those of a folder by name.

    Raises:
        InvalidInput: An argument names nothing, or a folder holds no song.
    """
    found: dict[Path, Path] = {}
    for path in given:
        for song in _named(path):
            found.setdefault(song.resolve(), song)
    if not found:
        raise InvalidInput(
            "no song is named; give files, folders or patterns such as 'album/*.mp3'"
        )
    return tuple(found.values())


def _named(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if path.is_dir():
        inside = sorted(item for item in path.rglob("*") if _is_song(item, path))
        if not inside:
            raise InvalidInput(
                f"the folder {path} holds no song ({', '.join(SUFFIXES)} are looked for)"
            )
        yield from inside
        return
    text = str(path)
    matches: list[Path] = []
    if has_magic(text):
        root = Path(path.anchor or ".")
        matches = sorted(root.glob(str(path.relative_to(path.anchor))))
    if not matches:
        what = "no file matches" if has_magic(text) else "there is no file or folder"
        raise InvalidInput(f"{what} {text}")
    for match in matches:
        if match.is_dir():
            yield from sorted(item for item in match.iterdir() if _is_song(item, match))
        else:
            yield match


def _is_song(path: Path, folder: Path) -> bool:
    """Whether it is one, and no part of a project or hidden."""
    inner = path.relative_to(folder).parts
    if path.suffix.lower() not in SUFFIXES or any(part.startswith(".") for part in inner):
        return False
    return not any(
        (up / "project.json").is_file() for up in path.parents if up.is_relative_to(folder)
    )
