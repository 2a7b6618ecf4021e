"""A project is a folder: nothing in it is lost, nothing of others is touched."""

import pytest

from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.project import Project
from songreel.settings import Settings


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "Über den Wolken.wav"
    path.write_bytes(b"not heard here")
    return path


def start(folder, song):
    return Project.start(folder, song, sha256_of(song))


def test_a_project_keeps_a_copy_of_its_song(tmp_path, song):
    project = start(tmp_path / "film", song)
    song.unlink()
    assert project.song.read_bytes() == b"not heard here"
    assert project.video().name == "Über den Wolken.mp4"


def test_the_same_song_opens_the_same_project(tmp_path, song):
    start(tmp_path / "film", song).change(visuals="footage")
    assert start(tmp_path / "film", song).state.visuals == "footage"


def test_another_song_is_refused(tmp_path, song):
    start(tmp_path / "film", song)
    other = tmp_path / "other.wav"
    other.write_bytes(b"something else")
    with pytest.raises(InvalidInput, match=r"already holds a film of another song .*--project"):
        start(tmp_path / "film", other)


def test_a_folder_of_other_things_is_left_alone(tmp_path, song):
    with pytest.raises(InvalidInput, match="is not a songreel project"):
        start(tmp_path, song)
    assert [p.name for p in tmp_path.iterdir()] == [song.name]


def test_a_start_that_broke_off_is_taken_up(tmp_path, song):
    begun = tmp_path / "film" / "song"
    begun.mkdir(parents=True)
    (begun / f"{song.name}.partial").write_bytes(b"not he")
    project = start(tmp_path / "film", song)
    assert project.song.read_bytes() == song.read_bytes()
    assert [path.name for path in begun.iterdir()] == [song.name]


def test_opening_what_is_no_project_says_how_to_make_one(tmp_path):
    with pytest.raises(InvalidInput, match="songreel make SONG"):
        Project.open(tmp_path)


def test_films_that_are_replaced_are_kept_and_numbered(tmp_path, song):
    project = start(tmp_path / "film", song)
    for content in (b"one", b"two"):
        project.video().write_bytes(content)
        project.set_aside(project.video())
    kept = sorted(project.earlier.iterdir())
    assert [path.read_bytes() for path in kept] == [b"one", b"two"]
    assert project.set_aside(project.video()) is None


def test_two_at_once_are_refused(tmp_path, song):
    project = start(tmp_path / "film", song)
    refused = pytest.raises(InvalidInput, match="another songreel is at work")
    with project.held(), refused, Project.open(project.folder).held():
        pass
    with project.held():
        pass


def test_a_number_of_workers_that_is_none_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("SONGREEL_WORKERS", "two")
    with pytest.raises(InvalidInput, match="SONGREEL_WORKERS is 'two'"):
        Settings.load(tmp_path)
