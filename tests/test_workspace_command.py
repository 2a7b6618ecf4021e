"""`songreel workspace` and `songreel costs credit` as users run them."""

import csv
import json
import shutil
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from songreel.cli.main import app
from songreel.models.errors import SongreelError
from songreel.project import Project, ProjectFile
from songreel.settings import Settings
from songreel.store.assets import Assets
from songreel.store.database import Database
from support.boards import board
from support.command import command

HERE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def film(tmp_path):
    folder = tmp_path / "film"
    (folder / "song").mkdir(parents=True)
    made = Project(folder)
    ProjectFile(title="Night", song="song/x.flac", song_sha256="a" * 64, id=HERE).save(made.file)
    board().save(made.plan)
    return made


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command in this process: nothing of it needs one of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path / "config"))

    def run(*arguments, status=0):
        done = CliRunner().invoke(app, ["--workspace", str(tmp_path / "workspace"), *arguments])
        assert done.exit_code == status, done.output
        if isinstance(done.exception, SongreelError):
            return SimpleNamespace(stdout=done.stdout, stderr=str(done.exception))
        return done

    return run


def test_a_workspace_from_the_command_line(run, film, tmp_path):
    assert "no projects yet" in run("workspace", "projects").stderr
    assert "known as 01234567" in run("workspace", "add", "film").stderr
    (entry,) = json.loads(run("workspace", "projects", "--json").stdout)
    assert (entry["id"], entry["folder"], entry["there"]) == (HERE, str(film.folder), True)

    changed = run("captions", "film", "--title", "Night Drive")
    assert "note:" not in changed.stderr
    (version,) = json.loads(run("workspace", "plans", "0123", "--json").stdout)
    assert (version["number"], version["actor"]) == (1, "cli")
    assert version["what"].startswith("captions title: Night Drive")
    run("workspace", "plan", "film", "1", "then.json")
    assert (tmp_path / "then.json").read_bytes() == film.plan.read_bytes()
    assert "exists" in run("workspace", "plan", "film", "1", "then.json", status=1).stderr

    assets = Assets(Database(Settings.load(tmp_path / "workspace").database),
                    Settings.load(tmp_path / "workspace").assets)  # fmt: skip
    sha256 = assets.put(b"spoil me" * 100, "upload.bin").sha256
    assert "2 of 2 assets are there, byte for byte" in run("workspace", "check").stderr
    path = assets.local(sha256)
    path.chmod(0o644)
    path.write_bytes(b"spoiled!" * 100)
    assert f"spoilt  {sha256[:12]}  upload.bin" in run("workspace", "check", status=1).stdout

    table = run("workspace", "assets").stdout
    assert "plan.json" in table
    assert "upload.bin" in table
    planned = json.loads(run("workspace", "collect", "--dry-run", "--json").stdout)
    assert planned == {"assets": [], "strays": 0, "bytes": 0, "analyses": 0, "dry_run": True}

    trail = run("workspace", "trail", "--csv", "trail.csv")
    assert "plan.changed" in trail.stdout
    assert "storage: price not set" in trail.stderr
    with (tmp_path / "trail.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    actions = [row["action"] for row in rows]
    assert actions == ["project.added", "plan.changed", "asset.stored"]
    assert json.loads(rows[1]["detail"])["what"] == version["what"]
    assert int(rows[1]["stored"]) > 0

    assert "is forgotten" in run("workspace", "forget", "film").stderr
    assert json.loads(run("workspace", "projects", "--json").stdout) == []
    assert film.file.is_file()
    assert "no project 'fff'" in run("workspace", "forget", "fff", status=1).stderr


def test_credits_from_the_command_line(run):
    told = run("costs", "credit", "20", "--service", "fal", "--note", "a card").stderr
    assert told.startswith("credit with fal: 20.00 USD left of 20.00 USD; 0.00 USD charged or set")
    run("costs", "credit", "12.5", "--service", "fal", "--left")
    (account,) = json.loads(run("costs", "credit", "--json").stdout)
    assert (account["service"], account["left"]) == ("fal", "12.500000")
    listed = run("workspace", "credits").stdout
    assert "−7.50" in listed
    assert "a card" in listed
    assert "12.50 USD left" in run("costs").stderr
    assert "not counted any more" in run("costs", "credit", "none", "--service", "fal").stderr
    assert "no credit" in run("costs", "credit").stdout
    assert "not an amount" in run("costs", "credit", "plenty", status=1).stderr


def test_credit_with_a_service_that_no_source_has_is_refused(run):
    told = run("costs", "credit", "20", "--service", "replicat", status=1).stderr
    assert "no source is called 'replicat'" in told
    assert "replicate" in told
    assert "no credit" in run("costs", "credit").stdout


def test_a_change_to_a_copy_says_that_it_is_one_and_leaves_the_first_alone(run, film, tmp_path):
    run("workspace", "add", "film")
    shutil.copytree(film.folder, tmp_path / "copy")
    told = run("captions", "copy", "--title", "Another Night").stderr
    assert "note: copy is a copy of a project that is still where it was" in told
    entries = {
        e["folder"]: e["id"] for e in json.loads(run("workspace", "projects", "--json").stdout)
    }
    assert entries[str(film.folder)] == HERE
    assert entries[str(tmp_path / "copy")] == Project(tmp_path / "copy").state.id != HERE
    assert "[]" in run("workspace", "plans", "film", "--json").stdout
    shutil.copytree(film.folder, tmp_path / "second")
    assert "second is a copy of a project" in run("workspace", "add", "second").stderr


def test_a_workspace_that_cannot_be_written_is_a_note_and_the_change_is_made(film, tmp_path):
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "songreel.db").write_bytes(b"my diary" * 100)
    done = command(tmp_path)("captions", "film", "--title", "Night Drive")
    assert "note: the workspace was not told of film: " in done.stderr
    assert "Night Drive" in film.plan.read_text()


def test_a_studio_whose_database_cannot_be_read_says_so_before_any_address(run, tmp_path):
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "songreel.db").write_text("no database" * 100)
    # Were it not for the database, the address would be refused, so that nothing is served here.
    told = run("studio", "--no-browser", "--host", "300.1.1.1", status=1).stderr
    assert "cannot be read as a database" in told
