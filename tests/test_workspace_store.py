"""Projects, plans, analyses and the audit trail of a workspace, on either database."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sql

from songreel.analysis_store import AnalysisStore, heard_by
from songreel.changing import changing
from songreel.generation.shelf import Shelf
from songreel.models.errors import InvalidInput, MachineError, SongreelError
from songreel.noting import note
from songreel.project import Project, ProjectFile
from songreel.settings import Settings
from songreel.store.analyses import Analyses
from songreel.store.assets import Assets
from songreel.store.database import Database
from songreel.store.ledger import Ledger
from songreel.store.plans import Plans
from songreel.store.projects import Projects
from songreel.store.schema import STEPS
from songreel.store.storing import GB, MONTH
from songreel.store.trail import Trail
from support.boards import SONG, board
from support.books import USD, reserve, settle
from support.clocks import Clock
from support.databases import plain

HERE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened(database):
    return Database(database)


@pytest.fixture
def assets(opened, tmp_path, clock):
    return Assets(opened, tmp_path / "assets", clock=clock)


@pytest.fixture
def plans(opened, assets, clock):
    return Plans(opened, assets, clock=clock)


def project(folder, title="Film", known_as=HERE):
    folder.mkdir(parents=True)
    made = Project(folder)
    ProjectFile(title=title, song="song/x.flac", song_sha256="a" * 64, id=known_as).save(made.file)
    return made


def test_a_project_is_known_wherever_its_folder_goes(opened, tmp_path, clock):
    projects = Projects(opened, clock=clock)
    first = projects.note(project(tmp_path / "a"))
    clock.forward(minutes=1)
    second = projects.note(project(tmp_path / "b", "Other", "f" * 32))
    assert projects.all() == (second, first)
    assert first.there
    assert projects.open(HERE).folder == tmp_path / "a"
    shutil.move(tmp_path / "a", tmp_path / "c")
    assert not projects.find(HERE).there
    assert projects.titles([HERE, "f" * 32, "0" * 32]) == {HERE: "Film", "f" * 32: "Other"}
    with pytest.raises(
        InvalidInput, match=r"Film is not in .*/a any more; `songreel workspace add"
    ):
        projects.open(HERE)
    clock.forward(minutes=1)
    moved = projects.note(Project(tmp_path / "c"))
    assert (moved.folder, moved.made) == (str(tmp_path / "c"), first.made)
    assert projects.all() == (moved, second)
    assert [line.action for line in Trail(opened).entries(project=HERE)] == [
        "project.added", "project.moved",
    ]  # fmt: skip


def test_a_copy_is_a_project_of_its_own_and_orders_stay_with_the_first(
    opened, plans, tmp_path, clock
):
    projects = Projects(opened, clock=clock)
    first = project(tmp_path / "a")
    first.clips.mkdir()
    (first.clips / "s01-0123abcd.job.json").write_text("{}")
    (first.clips / "s01-0123abcd.json").write_text("{}")
    known = projects.note(first)
    plans.record(HERE, board(), "planned", "cli")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    copy = projects.note(Project(tmp_path / "b"))
    assert copy.id not in ("", HERE)
    assert (Project(tmp_path / "b").state.id, first.state.id) == (copy.id, HERE)
    assert projects.find(HERE).folder == known.folder
    assert plans.versions(copy.id) == ()
    assert [path.name for path in sorted(Project(tmp_path / "b").clips.iterdir())] == [
        "s01-0123abcd.json"
    ]
    assert (first.clips / "s01-0123abcd.job.json").is_file()
    (line,) = Trail(opened).entries(action="project.copied")
    assert (line.project, line.detail) == (copy.id, {"from": known.folder, "of": HERE})
    assert projects.note(Project(tmp_path / "b")).id == copy.id  # and stays so
    assert {line.action for line in Trail(opened).entries(project=HERE)} == {
        "project.added", "plan.changed",
    }  # fmt: skip


def test_the_same_folder_by_a_link_is_no_copy(opened, tmp_path):
    projects = Projects(opened)
    projects.note(project(tmp_path / "a"))
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert projects.note(Project(tmp_path / "link")).id == HERE


def test_a_copy_that_two_processes_open_at_once_gets_one_id(opened, tmp_path):
    projects = Projects(opened)
    projects.note(project(tmp_path / "a"))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(lambda _: projects.note(Project(tmp_path / "b")).id, range(6)))
    assert found == {Project(tmp_path / "b").state.id}
    assert HERE not in found


def test_who_opens_a_copy_is_told(tmp_path):
    settings = Settings(
        workspace=tmp_path, workers=1, database=f"sqlite:///{tmp_path}/songreel.db", config=tmp_path
    )
    note(settings, project(tmp_path / "a"))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    (told,) = note(settings, Project(tmp_path / "b"))
    assert told.startswith(f"{tmp_path}/b is a copy of a project that is still where it was")
    assert note(settings, Project(tmp_path / "b")) == note(settings, Project(tmp_path / "a")) == ()


def test_nothing_is_begun_where_a_project_was_moved_away(tmp_path):
    """Locks and shelves would make a folder there with nothing of the film in it."""
    gone = project(tmp_path / "a")
    shutil.move(tmp_path / "a", tmp_path / "b")
    for begin in (gone.held, lambda: changing(gone.folder), lambda: nullcontext(Shelf(gone.clips))):
        with pytest.raises(SongreelError, match=r"not there any more|No such file"), begin():
            raise AssertionError("it has begun")
    with pytest.raises(InvalidInput, match="tells where it lies now"):
        gone.held()
    assert not (tmp_path / "a").exists()


def test_a_project_is_forgotten_and_nothing_of_it_deleted(opened, tmp_path, plans, assets, clock):
    projects = Projects(opened)
    here = project(tmp_path / "a")
    projects.note(here)
    plans.record(HERE, board(), "planned", "cli")
    upload = assets.put(b"x" * 100, "x").sha256
    assets.use(upload, "project", HERE)
    projects.forget(HERE)
    with pytest.raises(InvalidInput, match="no project '0123"):
        projects.find(HERE)
    clock.forward(days=2)
    assert [entry.sha256 for entry in assets.collect().entries] == [upload]
    assert here.file.is_file()
    assert plans.load(HERE, 1) == board()
    for name in ("", "../..", "x" * 5000, HERE + "\0"):
        with pytest.raises(InvalidInput, match="no project"):
            projects.open(name)


def test_what_is_noted_twice_at_once_is_written_once(opened, tmp_path, clock):
    projects = Projects(opened, clock=clock)
    here = project(tmp_path / "a")
    first = projects.note(here)
    clock.forward(seconds=5)
    assert projects.note(here) == first
    clock.forward(minutes=5)
    assert projects.note(here).opened == clock()
    here.change(title="Renamed")
    assert projects.note(here).title == "Renamed"


def test_every_plan_is_kept_and_the_same_again_is_nothing_new(plans, clock):
    first = plans.record(HERE, board(), "planned", "cli")
    clock.forward(seconds=1)
    assert plans.record(HERE, board(), "planned again", "studio") == first
    other = board(s02={"seed": 7})
    second = plans.record(HERE, other, "cuts --move s02=17:3", "studio")
    third = plans.record(HERE, board(), "undo", "studio")
    assert [v.number for v in (first, second, third)] == [1, 2, 3]
    assert first.plan_sha256 == third.plan_sha256 != second.plan_sha256
    assert plans.versions(HERE) == (first, second, third)
    assert [plans.load(HERE, number) for number in (1, 2, 3)] == [board(), other, board()]
    assert plans.versions("f" * 32) == ()
    with pytest.raises(InvalidInput, match="no version 4"):
        plans.load(HERE, 4)


def test_a_plan_s_document_is_the_plan_file_byte_for_byte(plans, assets, tmp_path):
    version = plans.record(HERE, board(), "planned", "cli")
    board().save(tmp_path / "plan.json")
    assert assets.read(version.plan_sha256) == (tmp_path / "plan.json").read_bytes()


def test_no_plan_is_collected(plans, assets, clock):
    for seed in range(3):
        plans.record(HERE, board(s01={"seed": seed}), "again", "cli")
    assets.release("plan", HERE)
    clock.forward(days=999)
    assert not assets.collect().entries
    assert plans.load(HERE, 2) == board(s01={"seed": 1})


def test_a_spoilt_plan_is_told(plans, opened):
    plans.record(HERE, board(), "planned", "cli")
    with opened.write() as connection:
        connection.exec_driver_sql("DELETE FROM asset_documents")
    with pytest.raises(MachineError, match="cannot read the asset"):
        plans.load(HERE, 1)


def _changes(table, key):
    return [
        f"UPDATE {table} SET at = ''",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        f"REPLACE INTO {table} SELECT * FROM {table}",
        f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT ({key}) DO UPDATE "
        "SET at = ''",
        f"TRUNCATE {table}",
        f"TRUNCATE {table} CASCADE",
    ]


@pytest.mark.parametrize(
    ("table", "key"),
    [("audit_trail", "id"), ("plan_versions", "project, number"), ("ledger_credits", "id")],
)
def test_lines_are_never_changed_or_removed(table, key, database, plans):
    plans.record(HERE, board(), "planned", "cli")
    Ledger(database).credit(USD(5))
    with plain(database).connect() as stranger:
        before = stranger.exec_driver_sql(f"SELECT * FROM {table}").all()
        kind = stranger.dialect.name
    assert before
    for statement in _changes(table, key):
        foreign = "TRUNCATE" in statement if kind == "sqlite" else "REPLACE" in statement
        if foreign:
            continue
        refused = pytest.raises(sql.exc.DBAPIError, match="only added to")
        with refused, plain(database).begin() as stranger:
            stranger.exec_driver_sql(statement)
    with plain(database).connect() as stranger:
        assert stranger.exec_driver_sql(f"SELECT * FROM {table}").all() == before


def test_the_trail_says_who_did_what(opened, clock):
    trail = Trail(opened, "studio", clock=clock)
    trail.add("job.ended", HERE, "j1", {"state": "done"}, usd=Decimal("1.25"))
    clock.forward(hours=1)
    Trail(opened, "rest", clock=clock).add("plan.changed", HERE, "3", {"what": "--undo"})
    trail.add("job.ended", "f" * 32, "j2", stored=-5)
    first, second, third = trail.entries()
    assert (first.actor, first.action, first.usd, first.detail) == (
        "studio", "job.ended", Decimal("1.25"), {"state": "done"},
    )  # fmt: skip
    assert (second.actor, third.stored) == ("rest", -5)
    assert trail.entries(limit=1) == (third,)
    assert trail.entries(HERE) == (first, second)
    assert trail.entries(since=clock()) == (second, third)
    assert trail.entries(action="job") == (first, third)
    assert trail.entries(action="job.end") == ()
    assert trail.entries(after=first.id) == (second, third)
    assert trail.entries(after=first.id, limit=1) == (second,)
    with pytest.raises(ValueError, match="is no action"):
        trail.add("Job ended")


def test_no_secret_gets_onto_the_trail(opened):
    trail = Trail(opened)
    trail.add(
        "webhook.added",
        detail={
            "api_key": "sk-12345",
            "urls": ["https://me:pa55@host/x"],
            "inner": {"Authorization": "Bearer t0k"},
            "shot": "s01",
        },
    )
    (line,) = trail.entries()
    assert line.detail == {
        "api_key": "***", "urls": ["https://***@host/x"], "inner": {"Authorization": "***"},
        "shot": "s01",
    }  # fmt: skip


def test_what_generation_and_storage_cost(opened, assets, clock):
    ledger = Ledger(opened, clock=clock)
    settle(ledger.purse(HERE, "film"), "a", "1.50")
    reserve(ledger.purse("f" * 32, "other"), "b", "0.25")
    sha256 = assets.put(bytes(2**20), "zeros", keep=timedelta(0)).sha256
    trail = Trail(opened, clock=clock)
    clock.forward(seconds=MONTH)
    cost = trail.cost(price=Decimal("0.023"))
    assert (cost.generation, cost.set_aside, cost.held) == (USD("1.5"), USD("0.25"), 2**20)
    assert cost.gb_months == (Decimal(2**20) / GB).quantize(Decimal("0.000001"))
    assert cost.storage == Decimal("0.000022")  # 0.023 USD / 1024
    assert cost.total == cost.generation + cost.storage
    assert trail.cost().storage is None
    assert trail.cost(HERE) == trail.cost(HERE, price=Decimal(1))
    assert (trail.cost(HERE).generation, trail.cost(HERE).held) == (USD("1.5"), None)
    halfway = trail.cost(since=clock() - timedelta(seconds=MONTH / 2), price=Decimal("0.023"))
    assert halfway.storage == Decimal("0.000011")
    assert [gone.sha256 for gone in assets.collect().entries] == [sha256]
    clock.forward(days=999)
    later = trail.cost(price=Decimal("0.023"))
    assert (later.held, later.storage) == (0, cost.storage)


def test_a_workspace_of_version_3_is_copied_and_goes_on(tmp_path):
    file = tmp_path / "songreel.db"
    before = Ledger(Database(file, steps=STEPS[:3]))
    settle(before.purse("p", "film"), "a", "1.50")
    lines = _dump(file)
    database = Database(file)
    assert _dump(tmp_path / "songreel-v3.db") == lines
    assert set(lines) - {line for line in lines if "songreel_schema" in line} <= set(_dump(file))
    assert Ledger(database).booked() == USD("1.5")
    Projects(database).note(project(tmp_path / "a"))
    assert Database(tmp_path / "songreel-v3.db")  # and the copy can be gone on with too
    assert Projects(tmp_path / "songreel-v3.db").all() == ()


def _dump(file):
    with sqlite3.connect(file) as connection:
        found = list(connection.iterdump())
    connection.close()
    return found


def test_what_was_heard_is_found_again_in_file_and_database(database, tmp_path, assets, clock):
    store = AnalysisStore(tmp_path / "w", database, "studio")
    assert store.find(SONG.track) is None
    store.keep(SONG)
    (entry,) = Analyses(database).all()
    assert (entry.song_sha256, entry.heard_by) == (SONG.track.sha256, heard_by())
    (file,) = (tmp_path / "w" / "analyses").iterdir()
    assert AnalysisStore(tmp_path / "w").find(SONG.track) == SONG  # as earlier songreels kept them
    file.unlink()
    again = AnalysisStore(tmp_path / "w", database)
    assert again.find(SONG.track) == SONG
    assert file.is_file()
    store.keep(SONG)
    assert len(Analyses(database).all()) == 1
    clock.time = datetime.now(UTC) + timedelta(days=99)
    assert not assets.collect().entries
    analyses = Analyses(database)
    assert analyses.forget_others(heard_by(), clock()) == 0
    assert analyses.forget_others("another", clock() - timedelta(days=200)) == 0
    assert analyses.forget_others("another", clock(), dry_run=True) == 1
    assert analyses.forget_others("another", clock()) == 1
    assert len(assets.collect().entries) == 1
    assert analyses.all() == ()


def test_looking_for_an_analysis_makes_no_database(tmp_path):
    store = AnalysisStore(tmp_path / "w", f"sqlite:///{tmp_path}/w/songreel.db")
    assert store.find(SONG.track) is None
    assert not (tmp_path / "w").exists()


def test_a_database_that_does_not_serve_stops_no_hearing(tmp_path):
    (tmp_path / "songreel.db").write_bytes(b"no database" * 100)
    store = AnalysisStore(tmp_path / "w", f"sqlite:///{tmp_path}/songreel.db")
    assert store.find(SONG.track) is None
    store.keep(SONG)
    assert store.find(SONG.track) == SONG


def test_a_workspace_that_cannot_be_written_stops_no_film_and_says_so(tmp_path):
    (tmp_path / "songreel.db").write_bytes(b"no database" * 100)
    settings = Settings(
        workspace=tmp_path, workers=1, database=f"sqlite:///{tmp_path}/songreel.db", config=tmp_path
    )
    (told,) = note(settings, project(tmp_path / "film"), board(), "planned")
    assert told.startswith(f"the workspace was not told of {tmp_path}/film: ")
    assert "songreel.db cannot be read" in told


def test_projects_and_plans_are_noted_with_their_changes(tmp_path):
    settings = Settings(
        workspace=tmp_path, workers=1, database=f"sqlite:///{tmp_path}/songreel.db",
        config=tmp_path, actor="notebook",
    )  # fmt: skip
    here = project(tmp_path / "film")
    assert note(settings, here) == ()
    board().save(here.plan)
    assert note(settings, here) == ()
    board(s01={"seed": 9}).save(here.plan)
    assert note(settings, here) == note(settings, here) == ()
    database = Database(settings.database)
    versions = Plans(database, Assets(database, settings.assets)).versions(HERE)
    assert [(v.actor, v.what) for v in versions] == [
        ("notebook", "planned"), ("notebook", "edited"),
    ]  # fmt: skip


def test_the_price_of_storage_is_checked(monkeypatch):
    monkeypatch.setenv("SONGREEL_STORAGE_USD_PER_GB_MONTH", "0.023")
    assert Settings.load().storage_price == Decimal("0.023")
    for wrong in ("-1", "NaN", "cheap", "1e9"):
        monkeypatch.setenv("SONGREEL_STORAGE_USD_PER_GB_MONTH", wrong)
        with pytest.raises(InvalidInput, match="SONGREEL_STORAGE_USD_PER_GB_MONTH is "):
            Settings.load()
