"""Songs with piano and string quartets of the nineteenth century: `read`, `performed`.

The OpenScore Lieder Corpus and OpenScore String Quartets (both CC0): compressed MusicXML. Beats and
bars are those of the notation; repeats are not played.
"""

import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.feel import curve
from training.score import Note, Part, Score

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
KINDS = ("steady", "drift", "ramp", "rubato")
ODDS = (0.1, 0.45, 0.1, 0.35)
FASTEST, SLOWEST = 200.0, 38.0
"""BPM of the notated beat beyond which another pulse would be tapped."""

Written = tuple[float, float, int]
"""Place and length in quarters, and pitch."""


@dataclass(frozen=True)
class Sheet:
    """A score as it is written; places in quarters."""

    parts: tuple[tuple[str, tuple[Written, ...]], ...]
    """Name and notes of each part."""
    beats: NDArray[np.float64]
    downbeats: NDArray[np.float64]
    tempos: tuple[tuple[float, float], ...]
    """Places and quarters a minute from there on."""
    holds: tuple[float, ...]
    """Places of fermatas."""


@lru_cache(maxsize=4)
def files(folder: Path, held: bool) -> list[Path]:
    """The scores of a folder, one in twenty of them kept."""
    names = sorted(folder.rglob("*.mxl"))
    return [path for i, path in enumerate(names) if (i % 20 == 0) == held]


def read(path: Path) -> Sheet | None:
    """A score, or None where its metre leaves open what the beat is."""
    with zipfile.ZipFile(path) as store:
        name = next(n for n in store.namelist() if n.endswith("xml") and "META" not in n)
        root = ElementTree.fromstring(store.read(name))
    titles = {
        entry.get("id", ""): entry.findtext("part-name", "") for entry in root.iter("score-part")
    }
    measures = [list(part.iter("measure")) for part in root.iter("part")]
    if not measures or len({len(row) for row in measures}) != 1:
        return None
    readers = [_Reader() for _ in measures]
    place = Fraction(0)
    fill = Fraction(0)
    beats: list[Fraction] = []
    bars: list[Fraction] = []
    for number, row in enumerate(zip(*measures, strict=True)):
        length = max(reader.measure(part, place) for reader, part in zip(readers, row, strict=True))
        metre = readers[0].metre
        unit = _unit(metre, readers[0].tempos)
        if unit is None:
            return None
        nominal = Fraction(4 * metre[0], metre[1])
        if number == 0 and length < nominal:
            fill = nominal - length
        if fill == 0:
            bars.append(place)
        first = -(-fill // unit) * unit
        inside = int((fill + length - first - Fraction(1, 64)) // unit) + 1
        beats += [place + first - fill + k * unit for k in range(inside)]
        fill = (fill + length) % nominal if fill + length < nominal else Fraction(0)
        place += length
    parts = tuple(
        (titles.get(part.get("id", ""), ""), tuple(reader.notes))
        for part, reader in zip(root.iter("part"), readers, strict=True)
        if reader.notes
    )
    if len(beats) < 24 or not parts:
        return None
    return Sheet(
        parts, np.array([float(b) for b in beats]), np.array([float(b) for b in bars]),
        tuple(sorted({t for reader in readers for t in reader.tempos})),
        tuple(sorted({h for reader in readers for h in reader.holds})),
    )  # fmt: skip


class _Reader:
    """Reads a part measure by measure."""

    def __init__(self) -> None:
        self.divisions = 1
        self.metre = (4, 4)
        self.notes: list[Written] = []
        self.tempos: list[tuple[float, float]] = []
        self.holds: list[float] = []
        self.tied: dict[int, int] = {}

    def measure(self, element: ElementTree.Element, start: Fraction) -> Fraction:
        """Read a measure that begins at `start`; returns its length in quarters."""
        at, reach, last = Fraction(0), Fraction(0), Fraction(0)
        for item in element:
            if item.tag == "attributes":
                self._attributes(item)
            elif item.tag in ("backup", "forward"):
                step = Fraction(int(item.findtext("duration", "0")), self.divisions)
                at += step if item.tag == "forward" else -step
            elif item.tag == "note" and item.find("grace") is None:
                length = Fraction(int(item.findtext("duration", "0")), self.divisions)
                if item.find("chord") is not None:
                    self._note(item, start + last, length)
                else:
                    self._note(item, start + at, length)
                    last, at = at, at + length
            sound = item if item.tag == "sound" else item.find("sound")
            if sound is not None and sound.get("tempo"):
                self.tempos.append((float(start + at), float(sound.get("tempo", "0"))))
            reach = max(reach, at)
        return reach

    def _attributes(self, item: ElementTree.Element) -> None:
        self.divisions = int(item.findtext("divisions", str(self.divisions)))
        time = item.find("time")
        if time is not None and (time.findtext("beats") or "").isdigit():
            self.metre = (int(time.findtext("beats", "4")), int(time.findtext("beat-type", "4")))

    def _note(self, item: ElementTree.Element, at: Fraction, length: Fraction) -> None:
        pitch = item.find("pitch")
        if item.find("notations/fermata") is not None:
            self.holds.append(float(at))
        if pitch is None or length == 0:
            return
        key = 12 * (int(pitch.findtext("octave", "4")) + 1) + STEPS[pitch.findtext("step", "C")]
        key += round(float(pitch.findtext("alter", "0")))
        ties = {tie.get("type") for tie in item.findall("tie")}
        if "stop" in ties and key in self.tied:
            begun, so_far, _ = self.notes[self.tied[key]]
            self.notes[self.tied[key]] = (begun, so_far + float(length), key)
        else:
            self.tied[key] = len(self.notes)
            self.notes.append((float(at), float(length), key))
        if "start" not in ties:
            self.tied.pop(key, None)


def _unit(metre: tuple[int, int], tempos: list[tuple[float, float]]) -> Fraction | None:
    """Quarters in a beat of this metre; None where that is not plain."""
    count, kind = metre
    quarters = tempos[-1][1] if tempos else 90.0
    if kind == 4 and count in (2, 3, 4, 5):
        return Fraction(1)
    if kind == 8 and count in (6, 9, 12):
        return Fraction(3, 2)
    if kind == 2 and count in (2, 3):
        return Fraction(2) if quarters >= 100 else Fraction(1)
    return None


def performed(rng: np.random.Generator, sheet: Sheet, seconds: float, name: str) -> Score | None:
    """A span of a score as players would play it; None where its beat is too fast or slow."""
    given = np.array(sheet.tempos or ((0.0, 90.0),))
    steps = np.diff(sheet.beats, append=2 * sheet.beats[-1] - sheet.beats[-2])
    rate = given[np.maximum(np.searchsorted(given[:, 0], sheet.beats + 1e-6) - 1, 0), 1]
    spans = steps * 60 / np.clip(rate, 20, 400) * np.exp(rng.uniform(-0.2, 0.2))
    bpm = 60 / float(np.median(spans))
    if not SLOWEST <= bpm <= FASTEST:
        return None
    size = min(int(seconds * bpm / 60 * 1.1), sheet.beats.size - 2)
    first = int(rng.integers(0, sheet.beats.size - size - 1))
    spans = spans[first : first + size + 1].copy()
    kind = str(rng.choice(KINDS, p=ODDS))
    spans *= np.diff(curve(rng, kind, 60.0, spans.size, 3))
    for hold in sheet.holds:
        place = int(np.searchsorted(sheet.beats, hold + 1e-6)) - 1 - first
        if 0 <= place < spans.size and rng.random() < 0.7:
            spans[place] *= rng.uniform(1.2, 2)
    times = np.concatenate([[0.0], np.cumsum(spans)]) + rng.uniform(0.05, 1.5)
    places = np.append(sheet.beats[first : first + size + 1],
                       sheet.beats[first + size] + steps[first + size])  # fmt: skip
    loose = float(rng.uniform(0.003, 0.014))
    whole = "quartet" if len(sheet.parts) > 2 else "song"
    parts = tuple(
        part
        for title, notes in sheet.parts
        if (part := _play(rng, title, notes, places, times, loose)).notes
    )
    start, stop = places[0] - 1e-6, places[-2] - 1e-6
    bars = sheet.downbeats[(sheet.downbeats >= start) & (sheet.downbeats < stop)]
    return Score(f"openscore {whole} {name}", parts, times[:-2], np.interp(bars, places, times),
                 float(times[-1]) + 0.5)  # fmt: skip


def _play(
    rng: np.random.Generator, title: str, notes: tuple[Written, ...],
    places: NDArray[np.float64], times: NDArray[np.float64], loose: float,
) -> Part:  # fmt: skip
    word = title.lower()
    role = "bowed" if any(w in word for w in ("viol", "cello", "string")) else "voice"
    role = "piano" if "pian" in word else role
    swell = rng.uniform(0.45, 0.9, 64)
    found = []
    for at, length, pitch in notes:
        if not places[0] - 1e-6 <= at < places[-1] - 1e-6:
            continue
        start, stop = np.interp((at, at + length), places, times)
        loud = float(np.interp(at % 256, np.arange(0, 256, 4), swell))
        loud *= 1.1 if at % 1 == 0 else 0.95
        shift = float(rng.normal(0, loose))
        found.append(Note(max(float(start) + shift, 0.0), max(float(stop - start) * 0.97, 0.05),
                          pitch, float(np.clip(loud, 0.1, 1))))  # fmt: skip
    return Part(role, tuple(sorted(found, key=lambda note: note.start)))
