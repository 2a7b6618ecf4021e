"""The films of a batch: every song with every variation, in folders that say what they are."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from songreel.batch.sweep import Variation
from songreel.batch.wishes import Wishes
from songreel.models.clip import Sha256
from songreel.models.document import Frozen
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.order import fingerprint

_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
LONGEST = 120
"""Characters of a folder's name; file systems end at 255 bytes."""


class Film(Frozen):
    """One film to be made."""

    name: str
    """Of its folder, in the batch's."""
    song: Path
    sha256: Sha256
    """Of the song's bytes."""
    wishes: Wishes

    @property
    def mark(self) -> str:
        """Of the song, its title and all that is asked: the same is the same film."""
        # What there was no wish for once is left out unsaid, so that films made then are known.
        unsaid = {"grade"} if self.wishes.grade is None else set()
        wishes = self.wishes.model_dump(mode="json", exclude=unsaid)
        song = {"sha256": self.sha256, "title": self.song.stem}
        return fingerprint({"song": song, "wishes": wishes})[:16]


def films(
    songs: Sequence[Path], variations: Sequence[Variation], known: Mapping[str, str]
) -> tuple[Film, ...]:
    """All films: with every song the first variation, then the next one.

    So a song is heard once before its other films want it, and a model that a variation names is
    loaded once for all songs.

    Args:
        songs: The songs.
        variations: What is to be made of each; those that name a song, of that one.
        known: Names of films that an earlier run of this batch made, by their mark; they keep
            them.

    Raises:
        InvalidInput: A variation names a song that is not there, or a song cannot be read.
    """
    for variation in variations:
        if variation.song is not None and not any(_is(song, variation.song) for song in songs):
            names = ", ".join(song.name for song in songs[:8])
            raise InvalidInput(
                f"the sweep names the song {variation.song!r}, which is not among {names}"
            )
    titles = _titles(songs)
    found: list[Film] = []
    taken = set(known.values())
    marks: set[str] = set()
    sha256 = {song: _sha256(song) for song in songs}
    for variation in variations:
        for song in songs:
            if variation.song is not None and not _is(song, variation.song):
                continue
            plain = Film(name="", song=song, sha256=sha256[song], wishes=variation.wishes)
            if plain.mark in marks:
                continue  # asked for twice
            marks.add(plain.mark)
            name = known.get(plain.mark)
            if name is None:
                name = _named(titles[song], variation.told)
                if name in taken:  # an earlier command's, of other options
                    name = _named(titles[song], variation.wishes.given())
                name = _free(name, taken)
                taken.add(name)
            found.append(plain.model_copy(update={"name": name}))
    if not found:
        raise InvalidInput("there is no film to make: no variation of the sweep is for these songs")
    return tuple(found)


def _is(song: Path, name: str) -> bool:
    return name in (song.name, song.stem) or Path(name).resolve() == song.resolve()


def _titles(songs: Sequence[Path]) -> dict[Path, str]:
    """A name for each song: its file's, with the folder's where two are alike."""
    titles = {}
    for song in songs:
        alike = [other for other in songs if other.stem.casefold() == song.stem.casefold()]
        title = song.stem
        if len(alike) > 1:
            endings = {other.suffix.casefold() for other in alike}
            folders = {other.resolve().parent for other in alike}
            if len(endings) == len(alike) and len(folders) == 1:
                title = song.name
            else:
                title = f"{song.stem} ({song.resolve().parent.name})"
        titles[song] = title
    return titles


def _told(name: str, value: Any) -> str:
    """An option as it stands in a folder's name: a look speaks for itself, a seed does not."""
    if isinstance(value, list | tuple):
        value = "+".join(map(str, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if name == "aspect":
        return text.replace(":", "x")
    if name in ("look", "style"):
        return Path(text).stem if text.endswith((".yaml", ".yml", ".toml")) else text
    if name == "size":
        return f"{text}p"
    if isinstance(value, bool):
        return name.replace("_", " ") if value else f"no {name.replace('_', ' ')}"
    return text.replace(":", " ") if name == "visuals" else f"{name.replace('_', ' ')} {text}"


def _named(title: str, told: Mapping[str, Any]) -> str:
    return _fit(" - ".join([title, *(_told(name, value) for name, value in told.items())]))


def _sha256(song: Path) -> str:
    try:
        return sha256_of(song)
    except OSError as error:
        raise InvalidInput(f"cannot read {song}: {error.strerror or error}") from error


def _fit(name: str) -> str:
    """`name` as every file system takes it."""
    text = " ".join(_UNFIT.sub(" ", name).split()).strip(" .")
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 9].rstrip(' .')} {fingerprint(text)[:8]}"
    return text or "film"


def _free(name: str, taken: set[str]) -> str:
    folded = {other.casefold() for other in taken}
    if name.casefold() not in folded:
        return name
    number = 2
    while f"{name} {number}".casefold() in folded:
        number += 1
    return f"{name} {number}"
