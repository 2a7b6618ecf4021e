"""The pictures of a scene's contact sheet: drawn here, laid out by the sheet: `scene_sheet`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songreel.assembly.sheet.scenes import Picture, Row, SceneSheet, colour_of
from songreel.models.clip import ClipRequest
from songreel.models.progress import Progress, silent
from songreel.models.storyboard import Palette
from songreel.scene_trial import RATE, STRUCK, Trial, groove, study, wide

if TYPE_CHECKING:
    from songreel.generation.visuals.scene import Scene

Rgb = NDArray[np.uint8]
Draw = Callable[[ClipRequest, Sequence[int]], list[Rgb]]

ENERGIES = ((0.25, "verse"), (0.55, "pre-chorus"), (0.92, "chorus"))
"""Energy and function of the three columns."""
_MORE = ((0.2, "intro", 0), (0.45, "bridge", 0), (0.92, "chorus", 1), (0.25, "outro", 0))
_SHOWN = 27
"""Frame of the stills: one and an eighth second in, one frame after a beat."""
_STRIP = range(STRUCK - 1, STRUCK + 5)
_AFTER = range(STRUCK, STRUCK + 8)
"""Frames in which a hit's effect is looked for at its strongest."""
_GAIN = 4
"""On the differences, so that small ones are seen."""
_TALL = 520
"""Pixels that portraits may be tall."""
_LARGE, _SMALL = 540, 360
"""Short side that pictures are drawn at, before they are made small."""


def scene_sheet(
    key: str,
    scene: "type[Scene]",
    trial: Trial,
    *,
    origin: str,
    aspect: Fraction,
    detail: float = 1.0,
    workers: int = 1,
    progress: Progress = silent,
) -> SceneSheet:
    """Draw everything that a contact sheet shows of one scene.

    Args:
        key: Of the scene.
        scene: Its class.
        trial: What it is seen with.
        origin: Where it comes from.
        aspect: Of the pictures, width over height.
        detail: Factor on the size that pictures are drawn at.
        workers: Pictures drawn at once.
        progress: Told what is being done.

    Raises:
        InvalidInput: The scene fails, or draws what is no light.
    """
    large, small = (wide(aspect, _even(side * detail)) for side in (_LARGE, _SMALL))
    energy, section = trial.energy or 0.8, trial.section or "chorus"
    wanted: list[tuple[ClipRequest, Sequence[int]]] = []

    def still(
        of: float, within: str, size: tuple[int, int], *, turn: int = 0, seed: int | None = None,
        palette: Palette | None = None, settings: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        drive = groove(trial, of, within, frames=2 * _SHOWN, turn=turn)
        asked = trial.request(
            key, drive, energy=of, frames=2 * _SHOWN, size=size, palette=palette,
            settings=settings, seed=seed,
        )  # fmt: skip
        wanted.append((asked, (_SHOWN,)))

    def struck(part: str | None) -> None:
        drive = study(trial, 0.6, section, part, frames=STRUCK + 10)
        asked = trial.request(key, drive, energy=0.6, frames=STRUCK + 10, size=small, still=True)
        wanted.append((asked, range(STRUCK + 10)))

    for palette in list(trial.palettes.values())[:2]:
        for of, within in ENERGIES:
            still(of, within, large, palette=palette)
    for of, within, turn in _MORE:
        still(of, within, small, turn=turn)
    for setting in scene.settings:
        for option in setting.options:
            still(energy, section, small, settings={setting.name: option})
    short = min(small)
    for shape in (Fraction(9, 16), Fraction(4, 5), Fraction(1)):
        still(energy, section, wide(shape, short))
    for seed in (trial.seed + 1, trial.seed + 2):
        still(energy, section, wide(Fraction(16, 9), short), seed=seed)
    parts = ("kick", "snare", "hat", "bass", "melody", "build")
    for part in (None, *parts):
        struck(part)

    drawn = _drawn(scene, wanted, workers, progress)
    tall = aspect < 1
    rows = [
        *_functions(trial, drawn, tall),
        Row("The other sections", "", tuple(
            Picture(next(drawn)[0], name, f"energy {of:.2f}")
            for name, (of, _, _) in zip(
                ("intro", "bridge", "second chorus", "outro"), _MORE, strict=True)
        )),
    ]  # fmt: skip
    for setting in scene.settings:
        pictures = tuple(
            Picture(next(drawn)[0], name, ", ".join(option.words) or "no words")
            for name, option in setting.options.items()
        )
        rows.append(Row(f"Setting: {setting.name}", f"{section}, energy {energy:.2f}", pictures))
    names = ("9:16", "4:5", "1:1", *(f"16:9, seed {trial.seed + i}" for i in (1, 2)))
    shaped = tuple(Picture(next(drawn)[0], name, "") for name in names)
    rows.append(Row("Shapes and seeds", "", shaped, tallest=330))
    rows += _hits(scene, drawn)
    if tall:
        rows = [replace(row, tallest=max(row.tallest, _TALL)) for row in rows]
    return SceneSheet(
        name=scene.name,
        about=scene.about,
        facts=f"{key}  ·  {origin}  ·  seed {trial.seed}, {trial.camera}, {trial.framing}",
        words="words: " + ", ".join(scene.words),
        rows=tuple(rows),
    )


def poster(key: str, scene: "type[Scene]", trial: Trial, size: tuple[int, int] = (960, 540)) -> Rgb:
    """One picture of a scene in a chorus.

    Raises:
        InvalidInput: The scene fails, or draws what is no light.
    """
    energy, section = trial.energy or 0.85, trial.section or "chorus"
    drive = groove(trial, energy, section, frames=2 * _SHOWN)
    asked = trial.request(key, drive, energy=energy, frames=2 * _SHOWN, size=size)
    return pictures(scene, asked, (_SHOWN,))[0]


def _functions(trial: Trial, drawn: Iterator[list[Rgb]], tall: bool) -> Iterator[Row]:
    """A row for each palette; tall pictures stand in one."""
    shown = list(trial.palettes.items())[:2]
    heading = "The same scene through a song"
    rows = [
        tuple(Picture(next(drawn)[0], within, f"energy {of:.2f}") for of, within in ENERGIES)
        for _ in shown
    ]
    colours = [tuple(map(colour_of, palette)) for _, palette in shown]
    if tall:
        names = " and ".join(name for name, _ in shown)
        yield Row(heading, "", (*rows[0], *rows[1]), names, (*colours[0], *colours[1]), _TALL)
        return
    for number, (name, _) in enumerate(shown):
        yield Row("" if number else heading, "", rows[number], name, colours[number])


def _hits(scene: "type[Scene]", drawn: Iterator[list[Rgb]]) -> Iterator[Row]:
    """What a kick does frame by frame, then what each other part does at its strongest."""
    calm, kicked = next(drawn), next(drawn)
    told = scene.drives._asdict()
    strip = tuple(
        Picture(kicked[i], _after(i), "", under=_apart(kicked[i], calm[i])) for i in _STRIP
    )
    yield Row(
        "A kick, frame by frame", f"{scene.drives.kick} (grey: what changes, ×{_GAIN})", strip
    )
    found = []
    for part in ("snare", "hat", "bass", "melody", "build"):
        frames = next(drawn)
        at = max(_AFTER, key=lambda i: float(_apart(frames[i], calm[i]).mean()))
        under = _apart(frames[at], calm[at])
        title = part if part in ("bass", "build") else f"{part}, {_after(at)}"
        if not under.any():
            title = f"{part}: changes nothing"
        found.append(Picture(frames[at], title, told[part], under=under))
    yield Row("The other parts of the music", "each where it shows most", tuple(found))


def _after(frame: int) -> str:
    since = frame - STRUCK
    if since == 0:
        return "the hit"
    return f"{since:+d}".replace("-", "−") + f" ({abs(since) * 1000 / float(RATE):.0f} ms)"


def _apart(one: Rgb, other: Rgb) -> Rgb:
    """How far two pictures are apart, in greys and amplified: shape (height, width, 3)."""
    far = np.abs(one.astype(np.int16) - other).max(axis=2)
    grey = (far.clip(0, 255 // _GAIN) * _GAIN).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _drawn(
    scene: "type[Scene]",
    wanted: Sequence[tuple[ClipRequest, Sequence[int]]],
    workers: int,
    progress: Progress,
) -> Iterator[list[Rgb]]:
    """The wanted frames of each request, in order; drawn side by side."""
    with ThreadPoolExecutor(workers, thread_name_prefix="songreel-sheet") as pool:
        running = [pool.submit(pictures, scene, asked, indices) for asked, indices in wanted]
        try:
            found = []
            for number, one in enumerate(running):
                progress(f"drawing {scene.name}", number / len(running))
                found.append(one.result())
        finally:
            for one in running:
                one.cancel()
    return iter(found)


def pictures(scene: "type[Scene]", asked: ClipRequest, indices: Sequence[int]) -> list[Rgb]:
    """Frames `indices` of `asked`, in increasing order.

    Raises:
        InvalidInput: The scene fails, or draws what is no light.
    """
    from songreel.generation.visuals.render import frames

    found = []
    for index, frame in enumerate(frames(asked, scene)):
        if index in indices:
            found.append(frame.copy())
        if index >= indices[-1]:
            break
    return found


def _even(side: float) -> int:
    return max(16, round(side / 2) * 2)
