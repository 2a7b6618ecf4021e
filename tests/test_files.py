"""Files that are whole or not there: what a crash left, and two who write one file."""

import pytest

from songreel.models.errors import MachineError
from songreel.models.files import whole


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_two_who_write_one_file_at_a_time_both_write_it_whole(tmp_path):
    path = tmp_path / "sheet.png"
    with whole(path) as first:
        first.write_bytes(b"a" * 100)
        with whole(path) as second:
            second.write_bytes(b"b" * 10)
            assert first.read_bytes() == b"a" * 100
        assert path.read_bytes() == b"b" * 10
    assert path.read_bytes() == b"a" * 100
    assert names(tmp_path) == ["sheet.png"]


def test_what_a_crash_left_half_written_is_written_over(tmp_path):
    (tmp_path / "film.mp4.partial").write_bytes(b"a" * 100)
    with whole(tmp_path / "film.mp4") as partial:
        partial.write_bytes(b"b")
    assert names(tmp_path) == ["film.mp4"]
    assert (tmp_path / "film.mp4").read_bytes() == b"b"


def test_a_file_that_fails_leaves_the_one_before(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"before")
    with pytest.raises(KeyError), whole(path) as partial:
        raise KeyError(partial.write_bytes(b"half"))
    assert names(tmp_path) == ["film.mp4"]
    assert path.read_bytes() == b"before"


def test_a_folder_that_is_none_is_named(tmp_path):
    (tmp_path / "file").touch()
    refused = pytest.raises(MachineError, match=r"cannot write .*film\.mp4: Not a directory")
    with refused, whole(tmp_path / "file" / "film.mp4"):
        pass
