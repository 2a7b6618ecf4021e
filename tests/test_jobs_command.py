"""`songreel jobs` as users run it: projects and jobs by what the tables show of them."""

import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from songreel.cli.main import app
from songreel.models.errors import SongreelError
from songreel.project import Project, ProjectFile
from songreel.settings import Settings
from songreel.workspace import Workspace

HERE = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path / "config"))
    folder = tmp_path / "film"
    (folder / "song").mkdir(parents=True)
    made = Project(folder)
    ProjectFile(title="Night", song="song/x.flac", song_sha256="a" * 64, id=HERE).save(made.file)

    def run(*arguments, status=0, stdin=None):
        asked = ["--workspace", str(tmp_path / "workspace"), *arguments]
        done = CliRunner().invoke(app, asked, input=stdin)
        assert done.exit_code == status, done.output
        if isinstance(done.exception, SongreelError):
            return SimpleNamespace(stdout=done.stdout, stderr=str(done.exception))
        return done

    return run


def test_an_empty_queue_is_said_in_words(run):
    listed = run("jobs")
    assert (listed.stdout, "no jobs" in listed.stderr) == ("", True)


@pytest.mark.parametrize("name", ["film", HERE, HERE[:8]])
def test_a_project_is_its_folder_its_id_or_the_beginning_of_that(run, name):
    run("workspace", "add", "film")
    asked = json.dumps({"kind": "plan", "project": name})
    job = run("jobs", "add", "-", stdin=asked).stdout.strip()
    (listed,) = json.loads(run("jobs", "--project", name, "--json").stdout)
    assert (listed["id"], listed["project"]) == (job, HERE)
    assert json.loads(run("jobs", "show", job[:6]).stdout)["state"] == "waiting"


def test_a_project_that_is_not_known_is_told_and_nothing_is_queued(run):
    asked = json.dumps({"kind": "plan", "project": "f" * 32})
    assert "there is no project" in run("jobs", "add", asked, status=1).stderr
    assert "there is no project" in run("jobs", "--project", "night", status=1).stderr
    assert json.loads(run("jobs", "--json").stdout) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("make", "this is no JSON"),
        ('{"kind": "fly"}', "there is no work of the kind fly; kinds: hear, plan, make"),
        ('{"kind": "make"}', "make.project: Field required"),
        ("[1]", "this is no work"),
    ],
)
def test_what_is_no_work_is_told_in_a_sentence(run, text, told):
    assert told in run("jobs", "add", text, status=1).stderr


def test_a_worker_of_a_queue_that_is_held_says_so(run, tmp_path):
    run("jobs", "hold")
    assert "nothing is taken up" in run("jobs", "work", "--until-empty").stderr
    Workspace(Settings.load(tmp_path / "workspace")).queue.release()
    assert "nothing is taken up" not in run("jobs", "work", "--until-empty").stderr
