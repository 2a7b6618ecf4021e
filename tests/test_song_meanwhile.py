"""The song is coded beside other work: whole in the end, or not there."""

import pytest

from songreel.assembly.soundtrack import is_kept, kept_meanwhile, kept_path
from support.films import song


def test_the_song_is_coded_while_something_else_is_done(tmp_path):
    path = kept_path(tmp_path, song(1.0), "mp4")
    with kept_meanwhile(tmp_path, song(1.0), "mp4"):
        pass
    assert is_kept(path)
    before = path.stat().st_mtime_ns
    with kept_meanwhile(tmp_path, song(1.0), "mp4"):
        pass
    assert path.stat().st_mtime_ns == before


def test_it_stops_where_the_other_work_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), kept_meanwhile(tmp_path, song(60.0), "mp4"):
        1 / 0  # noqa: B018
    assert not list(tmp_path.glob("song-*"))


def test_a_folder_that_cannot_be_written_is_left_to_whoever_needs_the_song(tmp_path):
    (tmp_path / "file").write_text("")
    with kept_meanwhile(tmp_path / "file", song(1.0), "mp4"):
        pass


@pytest.mark.parametrize("form", ["mkv", "mov"])
def test_lossless_sound_is_not_kept(tmp_path, form):
    with kept_meanwhile(tmp_path, song(1.0), form):
        pass
    assert not list(tmp_path.iterdir())
