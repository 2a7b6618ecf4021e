"""Which file holds what: by the ending of its name. `ending_of`, `export`."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from songreel.analysis.exports import audacity, lab, tables
from songreel.analysis.exports.jams import jams
from songreel.analysis.exports.tempo_map import tempo_map
from songreel.models.errors import InvalidInput
from songreel.models.files import whole
from songreel.models.music import Analysis


class Kind(NamedTuple):
    """One kind of file."""

    make: Callable[[Analysis], str | bytes]
    holds: str
    """In a few words."""


KINDS: dict[str, Kind] = {
    ".json": Kind(Analysis.to_json, "all that was heard, as songreel keeps it"),
    ".jams": Kind(jams, "all that was heard, as JAMS"),
    ".beats": Kind(lab.beats, "beats with their place in the bar, for mir_eval and MIREX"),
    ".sections.lab": Kind(lab.sections, "the form by function, for mir_eval and MIREX"),
    ".letters.lab": Kind(lab.letters, "the form by letter, for mir_eval and MIREX"),
    ".chords.lab": Kind(lab.chords, "chords in Harte's syntax, for mir_eval and MIREX"),
    ".keys.lab": Kind(lab.keys, "keys and modulations, for mir_eval and MIREX"),
    ".beats.txt": Kind(audacity.beats, "an Audacity label track of beats"),
    ".downbeats.txt": Kind(audacity.downbeats, "an Audacity label track of bars"),
    ".sections.txt": Kind(audacity.sections, "an Audacity label track of sections"),
    ".chords.txt": Kind(audacity.chords, "an Audacity label track of chords"),
    ".keys.txt": Kind(audacity.keys, "an Audacity label track of keys"),
    ".events.txt": Kind(audacity.events, "an Audacity label track of builds, drops and stops"),
    ".onsets.txt": Kind(audacity.onsets, "an Audacity label track of onsets by band"),
    ".beats.csv": Kind(tables.beats, "a table of beats"),
    ".sections.csv": Kind(tables.sections, "a table of sections"),
    ".chords.csv": Kind(tables.chords, "a table of chords"),
    ".keys.csv": Kind(tables.keys, "a table of keys"),
    ".events.csv": Kind(tables.events, "a table of builds, drops and stops"),
    ".onsets.csv": Kind(tables.onsets, "a table of onsets by band"),
    ".curves.csv": Kind(tables.curves, "a table of energy, mood, loudness and more over time"),
    ".mid": Kind(tempo_map, "a tempo map with markers, for a sequencer"),
}
"""By ending. The longest that fits is meant."""


def ending_of(path: Path) -> str:
    """The ending of `path` that says what it holds; a key of `KINDS`.

    Raises:
        InvalidInput: It says nothing, or not enough.
    """
    name = path.name.lower()
    ending = max((e for e in KINDS if name.endswith(e)), key=len, default=None)
    if ending is not None:
        return ending
    alike = [known for known in KINDS if path.suffix and known.endswith(path.suffix.lower())]
    if alike:
        raise InvalidInput(
            f"{path} does not say what it is to hold: end its name in {_either(alike)}"
        )
    ends = sorted({"." + known.rpartition(".")[2] for known in KINDS})
    raise InvalidInput(f"cannot export to {path}: its name must end in {_either(ends)}")


def export(analysis: Analysis, path: Path) -> None:
    """Write what the ending of `path` asks for, whole or not at all; the same bytes each time.

    Raises:
        InvalidInput: The ending says nothing, or that kind cannot hold this song.
        MachineError: The folder cannot be written or the disk is full.
    """
    made = KINDS[ending_of(path)].make(analysis)
    with whole(path) as partial:
        partial.write_bytes(made if isinstance(made, bytes) else made.encode())


def all_names(folder: Path, stem: str) -> list[Path]:
    """One file of every kind in `folder`, named after the song."""
    return [folder / f"{stem}{ending}" for ending in KINDS]


def _either(endings: list[str]) -> str:
    return " or ".join([", ".join(endings[:-1]), endings[-1]] if len(endings) > 1 else endings)
