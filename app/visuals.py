"""The built-in visuals for those who choose or write scenes: `Visuals`, and `preview`.

In a notebook:

    import songreel.visuals
    songreel.visuals.preview("ocean", force=True)    # the sheet and the clip, below the cell
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from songreel.models.errors import InvalidInput, MachineError
from songreel.models.progress import Progress, silent
from songreel.models.shown.shows import Shows
from songreel.outputs import free
from songreel.scene_wish import Wish, trial_of
from songreel.settings import Settings

if TYPE_CHECKING:
    from songreel.casting import CastShot
    from songreel.generation.visuals.registry import Offer
    from songreel.generation.visuals.scene import Scene
    from songreel.scene_trial import Trial

BUILT_IN = "songreel"
OVERVIEW = "scenes.png"


class Shown(NamedTuple):
    """What somebody who chooses or writes scenes wants to know of one."""

    key: str
    name: str
    about: str
    origin: str
    """The package that brings it."""
    words: tuple[str, ...]
    mood: tuple[float, float]
    """Valence and arousal of the music it serves best, −1 to 1."""
    drives: Mapping[str, str]
    """What kick, snare, hat, bass, melody and build each do."""
    settings: Mapping[str, Mapping[str, tuple[str, ...]]]
    """The words that call each option, by setting and option."""
    hears: tuple[str, ...]


@dataclass(frozen=True)
class Preview(Shows):
    """A contact sheet and a clip, on disk. A notebook shows both."""

    shown_by: ClassVar[str] = "songreel.shown:preview"

    scene: str
    sheet: Path
    clip: Path
    start: float
    """Second of the song at which the clip begins."""
    sections: tuple[str, ...]
    """Under the clip, in order."""


class Overview(NamedTuple):
    """Contact sheets of all scenes, and one picture of all, on disk."""

    sheets: tuple[Path, ...]
    picture: Path
    failed: Mapping[str, str]
    """By key, a sentence for each scene that failed and has no sheet."""


class Visuals:
    """The scenes there are: listed, shown, tried, cast."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def scenes(self) -> tuple[Shown, ...]:
        """Every scene that can be shown, the built-in ones first."""
        offer = self._offer()
        return tuple(_shown(key, scene, offer) for key, scene in offer.scenes.items())

    def broken(self) -> Mapping[str, str]:
        """Scenes of other packages that cannot be used, by key: a sentence each."""
        return self._offer().broken

    def scene(self, name: str) -> Shown:
        """One scene, by its key or name.

        Raises:
            InvalidInput: There is none of this name, or it cannot be used.
        """
        key, scene, offer = self._find(name)
        return _shown(key, scene, offer)

    def preview(
        self,
        name: str,
        folder: Path,
        wish: Wish | None = None,
        *,
        force: bool = False,
        progress: Progress = silent,
    ) -> Preview:
        """Write the contact sheet and the clip of a scene: `NAME.png` and `NAME.mp4`.

        Args:
            name: Of the scene.
            folder: Where to; made if it does not exist.
            wish: What it is to be seen with.
            force: Replace files that exist.
            progress: Told what is being done.

        Raises:
            InvalidInput: The scene is not known or fails, the wish cannot be met, or a file exists.
            MachineError: The folder cannot be written.
        """
        from songreel.models.render import RenderSpec
        from songreel.models.timebase import frame_time
        from songreel.scene_clip import demo_song, scene_clip
        from songreel.scene_trial import RATE
        from songreel.services import Services

        wish = wish or Wish()
        key, scene, offer = self._find(name)
        trial = trial_of(wish, scene, self._settings.looks)
        spec = RenderSpec.of(wish.aspect, wish.size, RATE)
        sheet, clip = folder / f"{key}.png", folder / f"{key}.mp4"
        for path in (sheet, clip):
            free(path, force)
        _make(folder)
        song = wish.song or demo_song(self._settings.workspace, progress)
        services = Services(self._settings)
        heard = services.analyze(song, progress)
        parts = scene_clip(
            key, scene, trial, heard, services.sound(song, progress), clip,
            spec=spec, at=wish.at, progress=progress,
        )  # fmt: skip
        self._sheet(key, offer, trial, wish, sheet, progress)
        return Preview(
            key,
            sheet,
            clip,
            frame_time(parts[0].first, RATE),
            tuple(trial.section or heard.sections[part.section].label for part in parts),
        )

    def overview(
        self,
        folder: Path,
        wish: Wish | None = None,
        *,
        force: bool = False,
        progress: Progress = silent,
    ) -> Overview:
        """Write the contact sheets of all scenes, and one picture of all: `scenes.png`.

        A scene that fails does not keep the others from theirs.

        Raises:
            InvalidInput: The wish cannot be met, a file exists, or every scene fails.
            MachineError: The folder cannot be written.
        """
        from songreel.assembly.sheet.scenes import write_overview
        from songreel.scene_sheet import poster

        wish = wish or Wish()
        offer = self._offer()
        known = offer.scenes
        trials = {key: trial_of(wish, known[key], self._settings.looks) for key in known}
        for path in (*(folder / f"{key}.png" for key in known), folder / OVERVIEW):
            free(path, force)
        _make(folder)
        cells, sheets, failed, fitting = [], [], {}, _fitting(known)
        for number, (key, scene) in enumerate(known.items()):
            told = _within(progress, number / len(known), 1 / len(known))
            sheet, trial = folder / f"{key}.png", trials[key]
            if not wish.looks:
                fit = Wish(looks=(fitting[key],), seed=wish.seed)
                trial = trial_of(fit, scene, self._settings.looks)
            try:
                self._sheet(key, offer, trials[key], wish, sheet, told)
                cells.append((poster(key, scene, trial), _titled(scene.name), scene.about))
            except InvalidInput as error:
                failed[key] = str(error)
            else:
                sheets.append(sheet)
        if not cells:
            raise InvalidInput("; ".join(failed.values()))
        write_overview(
            "What is drawn without a model",
            "Each scene in a chorus, in the palette of a look; every one of them moves with the "
            "music and can be set in other ways.",
            cells,
            folder / OVERVIEW,
        )
        return Overview(tuple(sheets), folder / OVERVIEW, failed)

    def cast(self, folder: Path, progress: Progress = silent) -> "tuple[CastShot, ...]":
        """The scene that each shot of a planned project gets; no clip is made.

        Where the film's clips come from elsewhere: the scene that would stand in.

        Raises:
            InvalidInput: There is no project or no plan.
        """
        from songreel.casting import film_cast

        return film_cast(self._settings, folder, progress)

    def _sheet(
        self, key: str, offer: "Offer", trial: "Trial", wish: Wish, path: Path,
        progress: Progress,
    ) -> None:  # fmt: skip
        from songreel.assembly.sheet.scenes import write_sheet
        from songreel.models.render import ASPECTS
        from songreel.scene_sheet import scene_sheet

        sheet = scene_sheet(
            key,
            offer.scenes[key],
            trial,
            origin=offer.packages.get(key, f"built into {BUILT_IN}"),
            aspect=ASPECTS[wish.aspect],
            detail=wish.detail,
            workers=self._settings.workers,
            progress=progress,
        )
        write_sheet(sheet, path)

    def _find(self, name: str) -> "tuple[str, type[Scene], Offer]":
        offer = self._offer()
        wanted = name.strip().lower()
        if wanted in offer.broken:
            raise InvalidInput(offer.broken[wanted])
        for key, scene in offer.scenes.items():
            if wanted in (key, scene.name.lower()):
                return key, scene, offer
        names = {alias: key for key, scene in offer.scenes.items() for alias in
                 (*scene.words, scene.name.lower(), key)}  # fmt: skip
        near = dict.fromkeys(names[one] for one in get_close_matches(wanted, names, 5, 0.7))
        hint = f"did you mean {' or '.join(list(near)[:3])}?" if near else (
            f"there are {', '.join(offer.scenes)}"
        )  # fmt: skip
        raise InvalidInput(f"no scene is called {name!r}; {hint}")

    def _offer(self) -> "Offer":
        from songreel.generation.visuals.registry import offer

        return offer()


def preview(scene: str, folder: Path | str = ".", *, force: bool = False, **wish: Any) -> Preview:
    """For notebooks: `Visuals.preview` with the settings of the environment.

    Args:
        scene: Its key or name.
        folder: Where the sheet and the clip go.
        force: Replace those of before.
        wish: Fields of `Wish`, e.g. `looks=["deep-ocean"]`, `settings={"sky": "storm"}`.
    """
    return Visuals(Settings.load()).preview(scene, Path(folder), Wish(**wish), force=force)


def plain(shown: Shown) -> dict[str, Any]:
    """A scene as plain data."""
    settings = {name: dict(options) for name, options in shown.settings.items()}
    return {**shown._asdict(), "drives": dict(shown.drives), "settings": settings}


def _shown(key: str, scene: "type[Scene]", offer: "Offer") -> Shown:
    return Shown(
        key=key,
        name=scene.name,
        about=scene.about,
        origin=offer.packages.get(key, BUILT_IN),
        words=scene.words,
        mood=scene.mood,
        drives=scene.drives._asdict(),
        settings={
            one.name: {name: option.words for name, option in one.options.items()}
            for one in scene.settings
        },
        hears=tuple(sorted(scene.hears)),
    )


def _fitting(known: "Mapping[str, type[Scene]]") -> dict[str, str]:
    """A look for each scene whose mood lies near, by key; each once while there are others."""
    from songreel.prompting.looks import books

    places = {name: book.mood for name, book in books().items() if book.mood is not None}
    left, found = dict(places), {}
    for key, scene in known.items():
        left = left or dict(places)
        found[key] = min(left, key=lambda name: hypot(left[name][0] - scene.mood[0],
                                                      left[name][1] - scene.mood[1]))  # fmt: skip
        del left[found[key]]
    return found


def _titled(name: str) -> str:
    return name[:1].upper() + name[1:]


def _within(progress: Progress, begin: float, share: float) -> Progress:
    """`progress` of a step that is `share` of the whole, from `begin` on."""

    def tell(what: str, done: float) -> None:
        progress(what, begin + share * done)

    return tell


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        place = next(one for one in (folder, *folder.parents) if one.exists())
        raise InvalidInput(f"{place} is a file; give a folder with --out") from error
    except OSError as error:
        raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
