"""Work that makes projects: films of scenes, the demo, batches."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from songreel.film import Film
from songreel.models.errors import InvalidInput
from songreel.models.names import fit_name
from songreel.models.progress import Progress
from songreel.models.work import Batch, Demo, Make, Variation
from songreel.models.work_sound import MakeScenes
from songreel.models.work_wishes import Ears, Output, Pictures, Planning, Wished
from songreel.planning import Direction
from songreel.project import Project
from songreel.queue.agreement import Agreement
from songreel.queue.bench import Bench, Result, fetched, free_name, made
from songreel.queue.films import told_of_film
from songreel.queue.sounds import score_wish
from songreel.queue.wishes import changes_of, direction_of
from songreel.score_film import SceneFilm
from songreel.score_plans import MusicWish

T = TypeVar("T", Planning, Output)


def make_scenes(bench: Bench, work: MakeScenes) -> Result:
    """Scenes to music to film."""
    film = scene_film(bench, work)
    project = _project(bench, film.title)
    changes = changes_of(bench, project, work.output, work, work)
    direction = direction_of(bench, work.planning, project if project.file.is_file() else None)
    agreement = Agreement(bench, work, work.retakes)
    done = _known_as_soon_as_there(
        bench,
        project,
        lambda tell: bench.services.make_scored(
            film, project.folder, direction=direction, changes=changes, replan=work.replan,
            spending=agreement.spending, progress=tell,
        ),
    )  # fmt: skip
    return told_of_film(done, agreement)


def demo(bench: Bench, work: Demo) -> Result:  # noqa: ARG001 (every work is done with it)
    """The demo song, composed and filmed."""
    from songreel.demo.song import TITLE, write_song

    project = _project(bench, TITLE)
    song = made(bench.folder / "given") / f"{TITLE}.wav"
    bench.tell.progress("playing the song", 0.0)
    if not song.exists():
        write_song(song)
    done = _known_as_soon_as_there(
        bench,
        project,
        lambda tell: bench.services.make(
            song, project.folder, direction=Direction(), changes={}, progress=tell
        ),
    )
    return told_of_film(done)


def batch(bench: Bench, work: Batch) -> Result:
    """A project and a job for every film; an attempt that goes on adds only what is not there."""
    known = bench.folder / "films.json"
    films: dict[str, dict[str, str]] = json.loads(known.read_text()) if known.is_file() else {}
    made(bench.folder)
    variations = work.variations or (None,)
    for done, (song, way) in enumerate((s, v) for s in work.songs for v in variations):
        name = bench.workspace.assets.get(song).name
        title = Path(name).stem if way is None else f"{Path(name).stem} {way.name}"
        bench.tell.progress(f"adding films: {title}", done / (len(work.songs) * len(variations)))
        key = f"{song} {way.name if way is not None else ''}"
        if key in films:
            continue
        entry = bench.workspace.editing.create(song, title)
        added = bench.workspace.queue.add(_make(work, way, entry.id), actor=bench.job.actor)
        films[key] = {"title": title, "project": entry.id, "job": added.id}
        known.write_text(json.dumps(films), encoding="utf-8")
    return {"films": [dict(each) for each in films.values()]}


def _make(work: Batch, way: Variation | None, project: str) -> Make:
    """The work of one film: what its variation says goes before what is said for all."""
    planning, output = work.planning, work.output
    pictures = {name: getattr(work, name) for name in Pictures.model_fields}
    if way is not None:
        planning, output = _over(way.planning, planning), _over(way.output, output)
        pictures |= _given(Pictures(**{name: getattr(way, name) for name in Pictures.model_fields}))
    ears = {name: getattr(work, name) for name in Ears.model_fields}
    return Make(
        project=project, planning=planning, output=output, agreed=work.agreed_each,
        retakes=work.retakes, **pictures, **ears,
    )  # fmt: skip


def _over(first: T, other: T) -> T:
    return other.model_copy(update=_given(first))


def _given(wished: Wished) -> dict[str, object]:
    """What is wished otherwise than by default; what was stored names every field."""
    return {
        name: value
        for name, field in type(wished).model_fields.items()
        if (value := getattr(wished, name)) != field.default
    }


def scene_film(bench: Bench, work: MakeScenes) -> SceneFilm:
    """The scenes as a file with their images beside it.

    Raises:
        InvalidInput: They name an image that was not given.
    """
    from songreel.models.storyboard import PREVIOUS
    from songreel.prompting.scenes.reading import read_scenes

    path = bench.text(work.scenes, "scenes.yaml")
    seed = work.planning.seed if work.planning.seed is not None else work.music.seed
    wish = MusicWish(work.music.prompt, work.music.bpm, work.music.key, seed)
    film = SceneFilm(path, wish, score_wish(work.music, seed))
    for name, sha in work.images.items():
        fetched(bench.workspace, sha, path.parent, name)
    scenes = read_scenes(path)
    if any(c in scenes.look for c in "/\\."):
        raise InvalidInput(f"look: {scenes.look!r} is no name of a look")
    for scene in scenes.scenes:
        for image in (scene.start, scene.end):
            if image and image != PREVIOUS and image not in work.images:
                raise InvalidInput(
                    f"scene {scene.id} names the image {image}, which was not given; give it "
                    "with the scenes, by that name"
                )
    return film


def _project(bench: Bench, title: str) -> Project:
    """The project to go on with, or the place of a new one, the same at every attempt."""
    if bench.job.project:
        return bench.project()
    films = made(bench.workspace.films)
    folder = free_name(films, fit_name(title), ".songreel")
    return Project(Path(bench.remembered("project", str(folder))))


def _known_as_soon_as_there(
    bench: Bench, project: Project, work: Callable[[Progress], Film]
) -> Film:
    """Do `work`, and have the workspace know the project from the moment it exists."""
    known = bool(bench.job.project)

    def tell(what: str, done: float) -> None:
        nonlocal known
        if not known and project.file.is_file():
            known = True
            bench.tell.belongs(bench.workspace.projects.note(project).id)
        bench.tell.progress(what, done)

    return work(tell)
