"""Pairs from 80 photos of 12 megapixels, beside pairs chosen by their colour histogram alone.

Run it as `python benchmarks/pairs.py`; options: --places, --megapixels, --count, --keep FOLDER. The
photos are drawn in code: places seen from several viewpoints, so that it is known which two show
one place, and which camera move leads from the one to the other; with near-duplicates and files
that cannot serve planted among them. Making them is not timed.
"""

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from songreel.generation.footage.kinship import features_of, kinship
from songreel.generation.footage.photo import read_photo, small_grey
from songreel.generation.pairs.choose import choose_pairs
from songreel.generation.pairs.plan import PairPlan
from songreel.generation.pairs.sheet import sheet
from songreel.models.storyboard import CameraMove

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from support.boards import board
from support.places import Picture, Place, View, save

VIEWS = (View(), View(0.28, 0.02), View(0.03, 0.0, 1.7), View(-0.05, 0.16), View(0.1, -0.05, 1.3))
"""From which every place is photographed: any two of them go together."""


MOVES = (CameraMove.PUSH_IN, CameraMove.PAN_RIGHT, CameraMove.TILT_UP)
"""Planned for the film's shots, in turn."""


@dataclass
class Truth:
    """What is known of the folder because it was made here."""

    place: dict[str, int] = field(default_factory=dict)
    """Of every good photo."""
    bursts: list[set[str]] = field(default_factory=list)
    """Near-duplicates: one of each may stay."""
    unfit: dict[str, str] = field(default_factory=dict)
    """What is planted, and a word that the reason must hold."""


def blurred(picture: Picture, share: float) -> Picture:
    """A photo out of focus, by `share` of its width."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), share * picture.shape[1]), dtype=np.uint8)


def make(folder: Path, places: int, megapixels: float) -> Truth:
    """Draw the photos."""
    truth = Truth()
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5 / 16) * 16
    width = height * 4 // 3
    grain = np.random.default_rng(5).normal(0, 3.5, (height, width, 3)).astype(np.int16)
    number = 0

    def add(picture: Picture, quality: int = 90) -> str:
        nonlocal number
        number += 1
        name = f"IMG_{number * 37 % 1009:04d}.jpg"
        # The grain of a sensor, which makes a file as large to decode as a camera's.
        high, wide = picture.shape[:2]
        grainy = cv2.add(
            picture, np.roll(grain, number * 101, axis=1)[:high, :wide], dtype=cv2.CV_8U
        )
        save(folder / name, grainy, quality)
        return name

    for index in range(places):
        place = Place(index + 1, 360 * index / places * 2.4, 0.7 + 0.3 * (index % 3) / 2)
        for view in VIEWS:
            truth.place[add(place.photo(view, width, height))] = index
        if index % 2 == 0:  # a burst: a little moved, the second one soft
            first = list(truth.place)[-len(VIEWS)]
            near = add(blurred(place.photo(View(0.004, 0.002), width, height), 0.0015))
            again = add(place.photo(View(0.0, 0.003, 1.004), width, height), 80)
            truth.bursts.append({first, near, again})
            truth.place |= {near: index, again: index}
    other = Place(99, 100).photo(View(), width, height)
    truth.unfit[add(blurred(other, 0.012))] = "blurred"
    truth.unfit[add((other * 0.06).astype(np.uint8))] = "dark"
    truth.unfit[add(cv2.resize(other, (160, 120)))] = "small"
    truth.unfit[add(cv2.resize(other, (width, height // 5)))] = "panorama"
    (folder / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"\0" * 5000)
    (folder / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 5000)
    (folder / "notes.txt").write_text("beach, second day")
    shot = np.full((1334, 750, 3), 250, np.uint8)
    cv2.putText(shot, "Monday", (40, 200), cv2.FONT_HERSHEY_SIMPLEX, 3, (30, 30, 30), 4)
    save(folder / "IMG_9001.png", shot)
    truth.unfit |= {"logo.svg": "SVG", "broken.jpg": "decoded", "phone.heic": "export it as JPEG",
                    "notes.txt": "no photo", "IMG_9001.png": "screenshot"}  # fmt: skip
    return truth


def by_histogram(folder: Path, truth: Truth, count: int) -> list[tuple[str, str]]:
    """The baseline: the most alike colour histograms, greedily, of the good photos alone.

    It is spared the files that cannot serve, which is more than it could tell by itself.
    """
    names = sorted(truth.place)
    rows = []
    for name in names:
        hsv = cv2.cvtColor(read_photo(folder / name, least=480), cv2.COLOR_RGB2HSV)
        found = cv2.calcHist([hsv], [0, 1, 2], None, [12, 6, 6], [0, 180, 0, 256, 0, 256])
        rows.append(np.sqrt(found.ravel() / found.sum()))
    alike = np.stack(rows) @ np.stack(rows).T
    order = np.dstack(np.unravel_index(np.argsort(-np.triu(alike, 1), axis=None), alike.shape))[0]
    pairs: list[tuple[str, str]] = []
    for i, j in order:
        taken = {name for pair in pairs for name in pair}
        if i < j and names[i] not in taken and names[j] not in taken and len(pairs) < count:
            pairs.append((names[i], names[j]))
    return pairs


def usable(folder: Path, truth: Truth, pairs: list[tuple[str, str]]) -> tuple[int, int]:
    """Pairs of one place, and those of them between which the camera visibly moves."""
    same = [pair for pair in pairs if truth.place[pair[0]] == truth.place[pair[1]]]
    moving = 0
    for pair in same:
        if any(set(pair) <= burst for burst in truth.bursts):
            continue
        kin = kinship(*(features_of(small_grey(read_photo(folder / n, 480), 640)) for n in pair))
        moving += kin is not None and kin.way > 0.05
    return len(same), moving


def report(plan: PairPlan, folder: Path, truth: Truth, seconds: float, cpu: float) -> None:
    pairs = [(pair.start.file, pair.end.file) for pair in plan.pairs]
    names = [name for pair in pairs for name in pair]
    same, moving = usable(folder, truth, pairs)
    reasons = {item.file: item.reason for item in plan.left_out}
    told = sum(word in reasons.get(name, "") for name, word in truth.unfit.items())
    bursts = sum(len(burst - set(reasons)) == 1 for burst in truth.bursts)
    wrongly = sum(name in reasons for name in set(truth.place) - set().union(*truth.bursts))
    print(f"songreel: {seconds:.1f} s ({cpu:.1f} s of CPU), {len(pairs)} pairs, "
          f"{len(set(names))} different photos")  # fmt: skip
    print(f"  of one place {same}, with a move to see {moving}")
    print(f"  unfit files told with the right reason {told} of {len(truth.unfit)}")
    print(f"  bursts of which one photo stays {bursts} of {len(truth.bursts)}; "
          f"good photos left out {wrongly}")  # fmt: skip
    agree = sum(pair.move is pair.planned for pair in plan.pairs)
    print(f"  moves as planned {agree} of {len(pairs)}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Pairs from 80 photos, against the known truth.")
    parser.add_argument("--places", type=int, default=12)
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--count", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="folder for the photos and the contact sheet")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        base = options.keep or Path(temporary)
        folder = base / "photos"
        folder.mkdir(parents=True, exist_ok=True)
        truth = make(folder, options.places, options.megapixels)
        files = list(folder.iterdir())
        size = sum(path.stat().st_size for path in files) / 1e6
        print(f"{len(files)} files, {size:.0f} MB")
        starts = tuple(8.0 * i / options.count for i in range(options.count))
        film = board(starts, **{f"s{i:02d}": {"camera": MOVES[i % 3]} for i in range(len(starts))})
        names = [shot.id for shot in film.shots]
        start, cpu = time.perf_counter(), time.process_time()
        plan = choose_pairs(film, folder, options.count, shots=names)
        spent = time.perf_counter() - start, time.process_time() - cpu
        report(plan, folder, truth, *spent)
        start = time.perf_counter()
        pairs = by_histogram(folder, truth, options.count)
        same, moving = usable(folder, truth, pairs)
        print(f"by colour histogram: {time.perf_counter() - start:.1f} s, {len(pairs)} pairs, "
              f"of one place {same}, with a move to see {moving}")  # fmt: skip
        if options.keep:
            sheet(plan, folder, base / "pairs.png")
            plan.save(base / "pairs.json")


if __name__ == "__main__":
    main()
