"""The shelf and the waiting loop."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from songreel.generation.provider import Context
from songreel.generation.runner import Patience, generate
from songreel.models.clip import Clip, JobState, Portion
from songreel.models.errors import InvalidInput, MachineError, ProviderError
from songreel.models.files import sha256_of
from songreel.models.progress import silent
from support.boards import SONG, SPEC, board
from support.films import CROSSFADE, CUT
from support.makers import Clock, Elsewhere, Painter, broken, busy, refused
from support.pictures import number_in, read_video


def run(folder: Path, maker, film=None, others=None, patience=None, **more) -> dict[str, Clip]:
    return generate(
        film or board(), SONG, SPEC, provider=maker, others=others or {}, folder=folder,
        progress=more.pop("progress", silent), patience=patience, **more,
    )  # fmt: skip


@pytest.fixture
def elsewhere(tmp_path):
    return Elsewhere(tmp_path / "world")


@pytest.fixture
def clock():
    return Clock()


def patient(clock: Clock, **figures) -> Patience:
    return Patience(clock=clock, sleep=clock.sleep, **figures)


# What is made, and what is made again


def test_every_shot_gets_its_clip_with_its_frames(tmp_path, painter):
    film = board(transitions=[CUT, CUT, CROSSFADE, CUT])
    clips = run(tmp_path / "clips", painter, film)
    assert list(clips) == ["s00", "s01", "s02", "s03"]
    for number, clip in enumerate(clips.values()):
        frames = read_video(tmp_path / "clips" / clip.file)
        assert len(frames) == clip.frames == clip.request.frames
        assert {number_in(frame) for frame in frames} == {number}
        assert clip.substitution is None
        assert clip.notes == (f"number {number}",)
        assert Clip.load((tmp_path / "clips" / clip.file).with_suffix(".json")) == clip


def test_a_second_run_makes_nothing(tmp_path, painter):
    first = run(tmp_path / "clips", painter)
    painter.made.clear()
    assert run(tmp_path / "clips", painter) == first
    assert painter.made == []


def test_a_changed_shot_is_the_only_one_made(tmp_path, painter):
    run(tmp_path / "clips", painter)
    painter.made.clear()
    clips = run(tmp_path / "clips", painter, board(s02={"seed": 99}))
    assert painter.made == [99]
    assert clips["s02"].notes == ("number 99",)


def test_what_is_no_longer_whole_is_made_again(tmp_path, painter):
    folder = tmp_path / "clips"
    clips = run(folder, painter)
    painter.made.clear()
    (folder / clips["s00"].file).write_bytes(b"not a video")
    (folder / clips["s01"].file).unlink()
    (folder / clips["s02"].file).with_suffix(".json").write_text('{"kind": "songre')
    again = run(folder, painter)
    assert sorted(painter.made) == [0, 1, 2]
    assert again == clips
    assert all(sha256_of(folder / clip.file) == clip.sha256 for clip in again.values())


def test_two_shots_that_ask_for_the_same_share_one_clip(tmp_path, painter):
    painter.plan = lambda asked: {
        shot: Portion.whole(request.model_copy(update={"drive": None}))
        for shot, request in asked.items()
    }
    film = board((0.0, 2.0, 4.0, 6.0), None, s01={"seed": 0}, s02={"seed": 0})
    clips = run(tmp_path / "clips", painter, film)
    assert sorted(painter.made) == [0, 3]
    assert clips["s00"].file == clips["s01"].file == clips["s02"].file
    assert len(list((tmp_path / "clips").glob("s0[012]-*.json"))) == 3


def test_only_the_shots_asked_for_are_made(tmp_path, painter):
    assert list(run(tmp_path / "clips", painter, only=["s01"])) == ["s01"]
    assert painter.made == [1]
    with pytest.raises(InvalidInput, match="no shot s77; it has s00, s01"):
        run(tmp_path / "clips", painter, only=["s77"])


def test_a_shot_can_name_its_own_source(tmp_path, painter, elsewhere, clock):
    film = board(s02={"provider": "elsewhere"})
    clips = run(tmp_path / "clips", painter, film, {"elsewhere": elsewhere}, patient(clock))
    assert [clip.provider for clip in clips.values()] == [
        "painter", "painter", "elsewhere", "painter"
    ]  # fmt: skip
    assert elsewhere.made == [2]


def test_a_source_that_is_not_at_hand_is_named(tmp_path, painter):
    with pytest.raises(InvalidInput, match=r"shot s02 asks for its clip from 'acme'; at hand"):
        run(tmp_path / "clips", painter, board(s02={"provider": "acme"}))


# Waiting


def test_no_more_jobs_run_than_a_source_takes(tmp_path, elsewhere, clock):
    run(tmp_path / "clips", elsewhere, patience=patient(clock))
    assert elsewhere.most_at_once == 3
    assert set(elsewhere.polled.values()) == {3}


def test_a_fault_that_passes_is_waited_out_longer_each_time(tmp_path, elsewhere, clock):
    elsewhere.faults = {("submit", 0): [busy] * 4}
    clips = run(tmp_path / "clips", elsewhere, only=["s00"], patience=patient(clock))
    assert clips["s00"].substitution is None
    waits = clock.pauses[:4]
    for tries, wait in enumerate(waits):
        assert 2.0**tries / 2 <= wait <= 2.0**tries


def test_waits_are_the_same_every_time_and_differ_between_shots(tmp_path):
    def waits(folder, shot):
        clock = Clock()
        maker = Elsewhere(tmp_path / folder, faults={("submit", shot): [busy] * 3})
        only = [f"s{shot:02d}"]
        run(tmp_path / f"clips {folder}", maker, only=only, patience=patient(clock))
        return clock.pauses[:3]

    assert waits("a", 0) == waits("b", 0) != waits("c", 1)


def test_a_fault_that_stays_is_given_up_after_the_tries(tmp_path, elsewhere, painter, clock):
    elsewhere.faults = {("submit", 0): [busy] * 100}
    clips = run(tmp_path / "clips", elsewhere, None, {"builtin": painter}, patient(clock, tries=3))
    assert clips["s00"].provider == "painter"
    assert "too many requests" in clips["s00"].substitution
    assert len(elsewhere.faults["submit", 0]) == 100 - 2 * 3  # the request and its alternative


def test_a_job_past_its_deadline_is_cancelled_and_replaced(tmp_path, painter, clock):
    stuck = Elsewhere(tmp_path / "world", polls=10**9)
    patience = patient(clock, deadline=60.0)
    clips = run(
        tmp_path / "clips", stuck, None, {"builtin": painter}, patience, only=["s03"]
    )  # fmt: skip
    assert len(stuck.cancelled) == 2
    assert "no clip after 60 s" in clips["s03"].substitution


# Faults


def test_another_request_to_the_same_source_comes_first(tmp_path, elsewhere, clock):
    elsewhere.faults = {("poll", 1): [refused]}
    clips = run(tmp_path / "clips", elsewhere, patience=patient(clock))
    assert clips["s01"].request.source == ("elsewhere", "other")
    assert clips["s01"].substitution == (
        "asked of elsewhere (number 1), in its place elsewhere (number 1), "
        "because elsewhere: the prompt was refused"
    )
    assert [clip.substitution for shot, clip in clips.items() if shot != "s01"] == [None] * 3


@pytest.mark.parametrize("fault", [refused, broken])
def test_with_every_call_failing_the_film_is_still_whole(
    tmp_path, elsewhere, painter, clock, fault
):
    elsewhere.faults = {("poll", seed): [fault, fault] for seed in range(4)}
    clips = run(tmp_path / "clips", elsewhere, None, {"builtin": painter}, patient(clock))
    for clip in clips.values():
        assert clip.provider == "painter"
        assert "asked of elsewhere" in clip.substitution
        assert len(read_video(tmp_path / "clips" / clip.file)) >= clip.request.frames


def test_the_next_run_asks_again_for_what_was_replaced(tmp_path, elsewhere, painter, clock):
    elsewhere.faults = {("poll", 1): [refused, refused]}
    others = {"builtin": painter}
    first = run(tmp_path / "clips", elsewhere, None, others, patient(clock))
    assert first["s01"].substitution
    second = run(tmp_path / "clips", elsewhere, None, others, patient(clock))
    assert second["s01"].substitution is None
    assert second["s01"].provider == "elsewhere"


def test_a_clip_nobody_can_make_is_an_error_that_keeps_the_others(tmp_path, elsewhere, clock):
    elsewhere.faults = {("poll", 1): [refused, refused]}
    with pytest.raises(ProviderError, match="shot s01: no clip could be had: .*refused"):
        run(tmp_path / "clips", elsewhere, patience=patient(clock))
    assert len(list((tmp_path / "clips").glob("*.mp4"))) == 3


def test_a_result_that_is_no_video_or_too_short_is_a_fault(tmp_path, elsewhere, painter, clock):
    (tmp_path / "lie.mp4").write_bytes(b"<html>gone</html>")
    short = tmp_path / "short.mp4"
    run(tmp_path / "other", painter, only=["s03"])
    next((tmp_path / "other").glob("*.mp4")).rename(short)
    lie = JobState(status="done", result=str(tmp_path / "lie.mp4"))
    elsewhere.faults = {
        ("poll", 0): [lambda: lie, lambda: lie],
        ("poll", 1): [lambda: JobState(status="done", result=str(short))],
    }
    film = board((0.0, 2.0, 6.0))
    clips = run(tmp_path / "clips", elsewhere, film, {"builtin": painter}, patient(clock))
    assert "cannot be read as video" in clips["s00"].substitution
    assert "4.00 s were asked for" in clips["s01"].substitution
    assert clips["s02"].substitution is None


# Stopping and going on


class Halt(KeyboardInterrupt):
    """What Ctrl-C raises in `progress`."""


def test_stopping_leaves_whole_files_only_and_the_next_run_goes_on(tmp_path):
    folder = tmp_path / "clips"
    slow = Painter(Context(scratch=tmp_path / "scratch", workers=1), slow=0.005)

    def progress(_: str, done: float) -> None:
        if done > 0.4:
            raise Halt

    with pytest.raises(Halt):
        run(folder, slow, progress=progress)
    left = {path.suffix for path in (*folder.iterdir(), *(tmp_path / "scratch").iterdir())}
    assert left == {".mp4", ".json"}
    made = len(slow.made)
    slow.slow = 0.0
    clips = run(folder, slow)
    slow.close()
    assert len(clips) == 4
    assert len(slow.made) - made < 4  # what was finished before is still there
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_job_elsewhere_is_picked_up_after_a_crash(tmp_path, elsewhere, clock):
    def crash(_: float) -> None:
        raise Halt

    with pytest.raises(Halt):
        run(tmp_path / "clips", elsewhere, patience=Patience(clock=clock, sleep=crash))
    assert sorted(elsewhere.made) == [0, 1, 2]
    assert elsewhere.cancelled == []
    again = Elsewhere(tmp_path / "world")
    clips = run(tmp_path / "clips", again, patience=patient(clock))
    assert again.made == [3]
    assert [clip.substitution for clip in clips.values()] == [None] * 4
    assert list((tmp_path / "clips").glob("*.job.json")) == []


def test_a_job_that_is_gone_is_asked_for_once_more(tmp_path, elsewhere, clock):
    def crash(_: float) -> None:
        raise Halt

    with pytest.raises(Halt):
        run(
            tmp_path / "clips", elsewhere, only=["s00"],
            patience=Patience(clock=clock, sleep=crash),
        )  # fmt: skip
    for job in (tmp_path / "world").iterdir():
        job.unlink()
    again = Elsewhere(tmp_path / "world")
    clips = run(tmp_path / "clips", again, only=["s00"], patience=patient(clock))
    assert again.made == [0]
    assert clips["s00"].substitution is None


KILLED = """
    import sys, time
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from test_runner import *
    folder = Path(sys.argv[1])
    maker = Painter(Context(scratch=folder / "scratch", workers=2), slow=0.002)
    run(folder / "clips", maker, progress=lambda what, done: print(done, flush=True))
"""


@pytest.mark.parametrize("after", [0.1, 0.5, 0.8])
def test_killed_at_any_moment_the_next_run_finishes_with_the_same_clips(tmp_path, painter, after):
    script = textwrap.dedent(KILLED.format(tests=str(Path(__file__).parent)))
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    for line in child.stdout:
        if float(line) >= after:
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    clips = run(tmp_path / "clips", painter)
    assert clips == run(tmp_path / "undisturbed", painter)
    assert not list((tmp_path / "clips").glob("*.partial"))


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(tmp_path):
    script = textwrap.dedent(f"""
        import resource, signal, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from test_runner import *
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        folder = Path(sys.argv[1])
        maker = Painter(Context(scratch=folder / "scratch", workers=2))
        try:
            run(folder / "clips", maker)
        except MachineError as error:
            print(error)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "cannot write " in done.stdout
    assert "File too large" in done.stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path, painter):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MachineError, match="cannot write .*file"):
        run(tmp_path / "file", painter)


def test_progress_runs_from_nothing_to_all(tmp_path, painter):
    seen = []
    run(tmp_path / "clips", painter, progress=lambda _, done: seen.append(done))
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    assert np.all(np.diff(seen) >= 0)
