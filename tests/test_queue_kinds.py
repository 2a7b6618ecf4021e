"""Every kind of work that needs no network done once, and what came of it looked at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import av
import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter

from songreel.generation.visuals.cast import Cast
from songreel.models.clip import Clip
from songreel.models.timeline import Timeline
from songreel.models.work import AnyWork, Work
from songreel.models.workspace import ProjectEntry
from songreel.project import Project
from songreel.queue.perform import perform
from songreel.queue.stages import Stages, rounds_of
from songreel.store.ledger import Ledger
from songreel.workspace import Workspace
from support.jobs import tiny_song, workspace_in
from support.places import Place, View, save

SMALL = {"size": 90}
SCENES = (
    "title: Gate\nscenes:\n  - seconds: 4\n    prompt: a gate\n  - seconds: 4\n    mood: tense\n"
)


@dataclass
class Told:
    """What a job told, as far as its whole is concerned."""

    kind: str
    rounds: int
    at: list[float] = field(default_factory=list)
    found_parts: set[str] = field(default_factory=set)
    projects: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stages = Stages(self.kind, self._stand, self.rounds)

    def _stand(self, what: str, done: float) -> None:
        assert what
        self.at.append(done)

    def progress(self, what: str, done: float) -> None:
        assert what
        assert 0 <= done <= 1
        self._stages(what, done)

    def found(self, part: str, value: Any) -> None:
        assert value is not None
        self.found_parts.add(part)

    def notice(self, text: str) -> None:
        assert text

    def belongs(self, project: str) -> None:
        self.projects.append(project)


@dataclass
class House:
    """A workspace with one small film in it."""

    workspace: Workspace
    song: str
    photos: tuple[str, ...]
    entry: ProjectEntry
    told: Told = field(init=False)

    @property
    def project(self) -> Project:
        return Project(Path(self.entry.folder))

    def media(self, key: str) -> Path:
        return self.workspace.editing.media(self.entry.id)[key].path

    def shot(self) -> str:
        return self.workspace.editing.board(self.entry.id).shots[0].id

    def do(self, kind: str, **wishes: Any) -> dict[str, Any]:
        work: Work = TypeAdapter(AnyWork).validate_python({"kind": kind, **wishes})
        added = self.workspace.queue.add(work, actor="rest")
        job = self.workspace.queue.take("tests")
        assert job is not None
        assert job.id == added.id
        self.told = Told(kind, rounds_of(work))
        try:
            result = perform(self.workspace, job, self.told)
        except BaseException as error:
            self.workspace.queue.failed(job, str(error))
            raise
        assert self.workspace.queue.done(job, result)
        assert self.told.at == sorted(self.told.at)
        stored = self.workspace.queue.get(job.id)
        assert str(self.workspace.settings.workspace) not in stored.model_dump_json()
        left = self.workspace.settings.workspace / "jobs" / job.id / "given"
        assert not left.exists()
        return dict(stored.result)

    def on(self, kind: str, **wishes: Any) -> dict[str, Any]:
        return self.do(kind, project=self.entry.id, **wishes)

    def file(self, told: dict[str, Any]) -> Path:
        """A file of a result, fetched as a browser does: by its key or as an asset."""
        if "asset" in told:
            return self.workspace.assets.local(told["asset"])
        path = self.media(str(told["key"]))
        assert path.stat().st_size == told["size"]
        return path


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    workspace = workspace_in(folder)
    song = workspace.assets.put(tiny_song(folder / "Lied.wav", bars=4), "Lied.wav").sha256
    photos = []
    for n in range(4):
        view = Place(n // 2, 180 * (n // 2)).photo(View(0.28 * (n % 2)))
        photo = save(folder / f"{n}.png", view)
        photos.append(workspace.assets.put(photo, photo.name).sha256)
    house = House(workspace, song, tuple(photos), workspace.editing.create(song, "Lied"))
    film = house.on("make", output=SMALL, planning={"style": "driving"})
    assert film["ok"]
    assert (film["on_frame"], film["film"]) == (1.0, "Lied.mp4")
    assert "beats" in house.told.found_parts
    return house


def seen(path: Path) -> tuple[int, int, float]:
    """Width, height and seconds of a film whose pictures differ."""
    with av.open(str(path)) as film:
        frames = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
        rate = film.streams.video[0].average_rate
    assert any(np.abs(a.astype(int) - frames[0]).mean() > 1 for a in frames[1:])
    return frames[0].shape[1], frames[0].shape[0], len(frames) / float(rate)


def _cast(document: Path) -> Cast:
    """What a built-in clip shows."""
    return Cast.of(Clip.load(document).request)


def level(path: Path) -> float:
    """The loudest sample of a sound."""
    with av.open(str(path)) as sound:
        return max(float(np.abs(f.to_ndarray().astype(float)).max()) for f in sound.decode(audio=0))


def hear(house: House) -> None:
    assert house.on("hear")["tempo"] == pytest.approx(120.0, abs=0.5)


def plan(house: House) -> None:
    before = house.project.plan.read_bytes()
    told = house.on("plan", planning={"style": "driving"})
    assert told["shots"] == len(house.workspace.editing.board(house.entry.id).shots)
    assert house.project.plan.read_bytes() == before


def make(house: House) -> None:
    assert house.on("make")["replaced"] is None  # the film that is there is the one asked for


def generate(house: House) -> None:
    assert house.on("generate")["clips"] == len(house.workspace.editing.board(house.entry.id).shots)


def assemble(house: House) -> None:
    assert house.on("assemble")["ok"]
    assert seen(house.media("film"))[:2] == (160, 90)


def retake(house: House) -> None:
    shot, before = house.shot(), len(house.workspace.editing.takes(house.entry.id))
    told = house.on("retake", shot=shot, seed=77)
    assert (told["ok"], told["replaced"]) == (True, "Lied 1.mp4")
    assert len(house.workspace.editing.takes(house.entry.id)) == before + 1


def report(house: House) -> None:
    (page,) = house.on("report")["files"]
    assert b"<html" in house.file(page).read_bytes()[:500].lower()


def preview(house: House) -> None:
    (file,) = house.on("preview")["files"]
    assert seen(house.file(file))[2] == pytest.approx(seen(house.media("film"))[2], abs=0.1)


def contact_sheet(house: House) -> None:
    (file,) = house.on("contact-sheet")["files"]
    with Image.open(house.file(file)) as sheet:
        assert min(sheet.size) > 100


def export(house: House) -> None:
    edl, heard = house.on("export", forms=["edl", "clicks.wav"])["files"]
    assert "TITLE" in house.file(edl).read_text("utf-8")
    assert level(house.file(heard)) > 0.1


def formats(house: House) -> None:
    (file,) = house.on("formats", aspects=["1:1"])["files"]
    assert (seen(house.file(file))[:2], file["ok"]) == ((90, 90), True)
    folder = house.project.folder
    cuts = Timeline.load(house.project.timeline).cuts
    shown = {cut.shot: _cast((folder / cut.clip).with_suffix(".json")) for cut in cuts}
    drawn = [(doc.name[:3], _cast(doc)) for doc in (folder / "formats" / "clips").glob("*.json")]
    assert len(drawn) == len(cuts)
    assert all(shown[shot] == cast for shot, cast in drawn)  # the same scenes, composed anew


def excerpt(house: House) -> None:
    (file,) = house.on("excerpt", seconds=4)["files"]
    assert seen(house.file(file))[2] <= 4
    windows = house.on("excerpt", seconds=4, only_list=True)["windows"]
    assert windows[0]["start"] == pytest.approx(0, abs=8)


def loop(house: House) -> None:
    (file,) = house.on("loop", least=1, most=5, silent=True)["files"]
    assert 1 <= seen(house.file(file))[2] <= 5


def scene(house: House) -> None:
    sheet, clip = house.on("scene", scene="tunnel", size=90)["files"]
    assert (sheet["media_type"], clip["media_type"]) == ("image/png", "video/mp4")
    assert seen(house.file(clip))[:2] == (160, 90)


def score(house: House) -> None:
    told = house.on("score", music={"retakes": 0})
    track, picture, _ = told["files"]
    assert level(house.file(track)) > 0.1
    assert picture["key"] == "score-score.png"
    assert told["heard"]["file"] == track["name"] == "Lied score.wav"
    assert house.file(picture).is_file()


def make_scenes(house: House) -> None:
    told = house.do("make-scenes", scenes=SCENES, output=SMALL, music={"retakes": 0})
    assert told["ok"]
    (made,) = house.told.projects
    media = house.workspace.editing.media(made)
    assert (seen(media["film"].path)[2], media["film"].name) == (told["seconds"], "Gate.mp4")


def foley(house: House) -> None:
    film, track = house.on("foley", prompt="wind")["files"]
    assert seen(house.file(film))[:2] == (160, 90)
    assert track["key"] == "export-Lied.foley.json"
    alone, _ = house.do("foley", seconds=1, prompt="rain")["files"]
    assert level(house.file(alone)) > 0


def mix(house: House) -> None:
    told = house.on("mix", sounds=[{"sound": house.song, "at": 1.0, "gain": -6.0}])
    (file,) = told["files"]
    assert (told["mode"], told["same_picture"]) == ("mix", True)
    assert seen(house.file(file))[:2] == (160, 90)


def pairs(house: House) -> None:
    before = house.project.plan.read_bytes()
    told = house.on("pairs", photos=house.photos, count=1, only_show=True)
    (pair,) = told["pairs"]
    assert {pair["start"][0], pair["end"][0]} in ({"0", "1"}, {"2", "3"})  # of one place
    assert house.project.plan.read_bytes() == before


def footage(house: House) -> None:
    told = house.on("footage", assets=house.photos[:2], use=False)
    assert told["footage"] == ["0.png", "1.png"]
    assert house.project.state.visuals == "builtin"


def budget(house: House) -> None:
    told = house.on("budget", usd="2.00", sources=["fal:ltx-video"], only_show=True)
    assert told["sentences"]


def batch(house: House) -> None:
    told = house.do("batch", songs=[house.song], output=SMALL, variations=[{"name": "tall"}])
    (film,) = told["films"]
    job = house.workspace.queue.get(film["job"])
    assert (job.work.kind, job.project, film["title"]) == ("make", film["project"], "Lied tall")
    house.workspace.queue.cancel(job.id)


def demo(house: House) -> None:
    assert house.on("demo")["ok"]


CASES: Mapping[str, Callable[[House], None]] = {
    case.__name__.replace("_", "-"): case
    for case in (
        hear, plan, make, generate, assemble, retake, report, preview, contact_sheet, export,
        formats, excerpt, loop, scene, score, make_scenes, foley, mix, pairs, footage, budget,
        batch, demo,
    )
}  # fmt: skip


def test_every_kind_of_work_has_a_case():
    kinds = {kind.model_fields["kind"].default for kind in get_args(Work)}
    assert kinds == set(CASES)


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_work_is_done_as_it_was_asked(house, kind, monkeypatch):
    monkeypatch.setenv("FAL_KEY", "a:b")  # a budget asks who is ready; nobody is asked anything
    # The song of more than a minute is played by tests of its own; this one goes on with a film.
    lied = house.workspace.assets.read(house.song)
    monkeypatch.setattr("songreel.demo.song.write_song", lambda path: path.write_bytes(lied))
    CASES[kind](house)
    assert Ledger(house.workspace.database).booked() == 0
