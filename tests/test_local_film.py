"""Films of tiny models with random weights, made on the CPU as real ones are made on GPUs.

What they show is noise; sizes, lengths, cuts, what is made again and what is not are as with any
model.
"""

import json
import os
import signal
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.io import wavfile

from songreel.generation.diffusion.book import book
from songreel.generation.diffusion.families.ltx import Ltx
from songreel.generation.diffusion.family import Ask
from songreel.generation.diffusion.placement import Placement
from songreel.generation.diffusion.session import Session
from songreel.generation.diffusion.stopping import Stopped, Watch
from songreel.generation.provider import Context
from songreel.generation.providers.diffusion import Diffusion
from songreel.models.clip import Clip
from songreel.models.errors import MachineError
from songreel.models.local import LocalOptions
from songreel.models.render import SyncReport
from songreel.models.timeline import Timeline
from support.clicks import drum_track
from support.command import command
from support.needs import needs
from support.services import wanted

torch = needs("torch")
needs("diffusers")

SECONDS = 4.0
"""A bar at 120 BPM and what rings on."""

HOOK = Path(__file__).parent / "support" / "hook"


@pytest.fixture(scope="session")
def local_folder(tmp_path_factory):
    """A folder with a song of one bar; what is kept of tiny models is shared by all tests."""
    folder = tmp_path_factory.mktemp("local")
    drums = drum_track(120.0, bars=1).mono
    samples = np.round(drums / np.abs(drums).max() * 30000).astype(np.int16)
    wavfile.write(folder / "song.wav", 24000, samples)
    return folder


@pytest.fixture(scope="session")
def songreel(local_folder):
    """The command; a process other than a worker that imports torch fails."""
    return command(local_folder, PYTHONPATH=str(HOOK), OMP_NUM_THREADS="1")


def small(name):
    return ["-p", name, "--size", 90, "--style", "driving", "--longest", 1.5, "--json"]


@pytest.fixture(scope="session")
def ltx(songreel):
    """A film of tiny-ltx, made once, for the tests that go on with it."""
    made = songreel("make", "song.wav", *small("ltx"), "--visuals", "local:tiny-ltx")
    return json.loads(made.stdout)


@pytest.fixture(scope="session")
def maker(local_folder):
    """A provider of a tiny model whose steps are many enough to stop in between."""
    context = Context(
        scratch=local_folder / "scratch", cache=local_folder / "workspace", model="tiny-mochi",
        local=LocalOptions(devices="cpu", steps=60),
    )  # fmt: skip
    provider = Diffusion(context)
    yield provider
    provider.close()


def asked(provider, seed, **more):
    return provider.plan({"s00": wanted(0.2, seed=seed, **more)})["s00"].request


def ended(provider, job, within=240.0):
    until = time.monotonic() + within
    while (state := provider.poll(job)).status == "waiting":
        assert time.monotonic() < until, state
        time.sleep(0.01)
    return state


def stepping(provider, job, within=240.0):
    """Wait until it is at its steps, and at the second at least."""
    until = time.monotonic() + within
    while (word := provider.poll(job).detail.split())[:1] != ["step"] or int(word[1]) < 2:
        assert time.monotonic() < until, provider.poll(job)
        assert provider.poll(job).status == "waiting", provider.poll(job)
        time.sleep(0.002)


def pictures(path):
    with av.open(str(path), format="mp4") as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def clips(folder):
    return [
        Clip.load(path)
        for path in sorted((folder / "clips").glob("*.json"))
        if not path.suffixes[:-1]
    ]


# Films


@pytest.mark.parametrize("model", ["tiny-mochi", "tiny-hunyuan", "tiny-wan"])
def test_a_song_becomes_a_film(songreel, local_folder, model):
    made = songreel("make", "song.wav", *small(model), "--visuals", f"local:{model}")
    whole(json.loads(made.stdout), local_folder, model)


def test_a_song_becomes_a_film_of_ltx(ltx, local_folder):
    whole(ltx, local_folder, "tiny-ltx")


def whole(film, folder, model):
    """All of it is there, from the model alone, on sizes and lengths of the model's.

    Whether the cuts are found where they are planned is not asked: noise hides them.
    """
    assert film["substitutions"] == []
    assert film["seconds"] == pytest.approx(SECONDS, abs=0.1)
    project = folder / film["project"]
    report = SyncReport.load(project / "report.json")
    assert report.frames_found == report.frames_expected == round(24 * film["seconds"])
    assert (report.samples_found, report.audio_offset) == (report.samples_expected, 0)
    assert report.faults == ()
    assert len(Timeline.load(project / "timeline.json").cuts) >= 2
    made = clips(project)
    assert {clip.provider for clip in made} == {f"local:{model}"}
    assert {clip.model for clip in made} == {model}
    assert {(clip.width, clip.height) for clip in made} in ({(112, 64)}, {(128, 64)})
    efforts = {clip.sha256: clip.effort for clip in made if clip.effort}
    assert set(efforts) == {clip.sha256 for clip in made}
    for effort in efforts.values():
        assert effort.device == "cpu"
        assert effort.steps == 2
        assert {"encode", "denoise", "decode"} <= set(effort.seconds)
        assert effort.memory_peak > 10**8
    assert sum("load" in effort.seconds for effort in efforts.values()) == 1


def test_a_second_run_makes_nothing_wherever_it_is_to_be_made(ltx, songreel, local_folder):
    folder = local_folder / ltx["project"]
    before = {path: path.stat().st_mtime_ns for path in (folder / "clips").iterdir()}
    again = songreel("assemble", "ltx", "--placement", "tiled", "--devices", "cpu", "--json")
    assert json.loads(again.stdout)["replaced"] is None
    assert {path: path.stat().st_mtime_ns for path in (folder / "clips").iterdir()} == before
    kept = json.loads((folder / "project.json").read_text())["local"]
    assert (kept["placement"], kept["devices"]) == ("tiled", "cpu")


@pytest.mark.slow
def test_one_shot_is_taken_again_with_other_steps(ltx, songreel, local_folder):
    folder = local_folder / ltx["project"]
    before = {clip.sha256 for clip in clips(folder)}
    songreel("retake", "ltx", "s01", "--model", "local:tiny-ltx", "--seed", 5, "--steps", 1)
    fresh = [clip for clip in clips(folder) if clip.sha256 not in before]
    assert fresh
    assert {clip.effort.steps for clip in fresh if clip.effort} == {1}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--steps", 3], "choose one with --visuals local:MODEL"),
        (["--visuals", "local:tiny-mohci"], "did you mean tiny-mochi"),
    ],
)
def test_options_are_refused_in_one_sentence(songreel, options, reason):
    refused = songreel("make", "song.wav", "-p", "none", *options, status=1)
    assert reason in refused.stderr
    assert refused.stderr.count("\n") == 1


# Clips


def test_words_and_seeds_are_seen(maker):
    requests = [asked(maker, 1), asked(maker, 2), asked(maker, 1, prompt="the moon")]
    jobs = [maker.submit(request) for request in requests]
    states = [ended(maker, job) for job in jobs]
    shown = [pictures(state.result) for state in states]
    assert shown[0].shape == (requests[0].frames, 64, 112, 3)
    assert shown[0].std() > 5
    assert not np.array_equal(shown[0], shown[1])
    assert not np.array_equal(shown[0], shown[2])
    assert ["load" in state.effort.seconds for state in states] == [True, False, False]


def test_a_cancelled_clip_ends_within_a_step_and_the_next_is_made(maker, local_folder):
    job = maker.submit(asked(maker, 3))
    stepping(maker, job)
    (worker,) = maker._crew.workers()
    left, begun = maker.poll(job).eta, time.monotonic()
    maker.cancel(job)
    assert ended(maker, job).detail == "cancelled"
    assert time.monotonic() - begun < left  # of 60 steps
    assert not list((local_folder / "scratch").glob(f"*{job.id}*"))
    job = maker.submit(asked(maker, 4))
    stepping(maker, job)
    assert maker.poll(job).eta is not None
    maker.cancel(job)
    assert maker._crew.workers() == (worker,)


def test_a_killed_workers_clip_is_made_again_with_the_same_bytes(maker):
    request = asked(maker, 1)
    job = maker.submit(request)
    before = Path(ended(maker, job).result).read_bytes()  # of the first test of clips
    maker.cancel(job)
    job = maker.submit(request)
    stepping(maker, job)
    os.kill(maker._crew.workers()[0], signal.SIGKILL)
    state = ended(maker, job)
    assert "made again" in state.effort.notices[0]
    assert Path(state.result).read_bytes() == before


# A session, in this process


@pytest.fixture(scope="module")
def session_of(local_folder):
    """Sessions of tiny-ltx in these placements."""
    made = []

    def session(*placements):
        said = []
        model = book().find("tiny-ltx")
        made.append(Session(model, placements, local_folder / "workspace", said.append))
        return made[-1], said

    yield session
    for each in made:
        each.close()


def clip(steps=3, seed=1):
    return Ask(
        prompt="a boat", negative="", width=128, height=64, frames=9, fps=Fraction(24),
        steps=steps, guidance=3.0, seed=seed,
    )  # fmt: skip


WHOLE = Placement(name="cpu", devices=("cpu",))
TILED = Placement(name="cpu+tiled", devices=("cpu",), tiling=True, slowdown=2.0)
GROUPS = Placement(name="group-offload", devices=("cpu",), offload="group")


def test_out_of_memory_goes_one_placement_down_and_says_so(session_of, tmp_path, monkeypatch):
    session, said = session_of(WHOLE, TILED)
    denoise, tries = Ltx.denoise, []

    def full(self, *arguments):
        tries.append(session.placement.name)
        if len(tries) == 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return denoise(self, *arguments)

    monkeypatch.setattr(Ltx, "denoise", full)
    effort = session.make(clip(), tmp_path / "a.mp4")
    assert tries == ["cpu", "cpu+tiled"]
    assert effort.placement == "cpu+tiled"
    (text,) = effort.notices
    assert "'cpu': made in 'cpu+tiled', about 2.0 times as long" in text
    assert any(text in each for each in said)
    assert session.make(clip(seed=2), tmp_path / "b.mp4").notices == ()


def test_a_clip_that_cannot_be_decoded_keeps_its_latents(session_of, tmp_path, monkeypatch):
    session, _ = session_of(WHOLE, TILED)
    decode, denoised = Ltx.decode, []

    def full(self, pipe, *arguments):
        if session.placement is WHOLE:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return decode(self, pipe, *arguments)

    denoise = Ltx.denoise
    monkeypatch.setattr(Ltx, "denoise", lambda *a: (denoised.append(1), denoise(*a))[1])
    monkeypatch.setattr(Ltx, "decode", full)
    assert session.make(clip(), tmp_path / "a.mp4").placement == "cpu+tiled"
    assert len(denoised) == 1


def test_no_placement_left_is_told_with_the_way_out(session_of, tmp_path, monkeypatch):
    session, _ = session_of(WHOLE)

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Ltx, "denoise", full)
    with pytest.raises(MachineError, match="local:tiny-ltx does not fit on cpu.*--side"):
        session.make(clip(), tmp_path / "a.mp4")


@pytest.mark.parametrize("placement", [WHOLE, GROUPS], ids=lambda each: each.name)
def test_after_a_stop_within_a_step_the_next_clip_is_as_ever(session_of, tmp_path, placement):
    session, _ = session_of(placement)
    session.make(clip(), tmp_path / "before.mp4")
    told = []

    def stop():
        return bool(told and told[-1].startswith("step 2") and len(told) > 3)

    watch = Watch(lambda text, *_: told.append(text), stop)
    with pytest.raises(Stopped):
        session.make(clip(steps=4000, seed=2), tmp_path / "stopped.mp4", watch)
    assert not (tmp_path / "stopped.mp4").exists()
    assert len(told) < 20
    session.make(clip(), tmp_path / "after.mp4")
    assert (tmp_path / "after.mp4").read_bytes() == (tmp_path / "before.mp4").read_bytes()


def test_a_clip_finished_while_the_next_is_denoised_is_the_same(session_of, tmp_path):
    session, _ = session_of(WHOLE)
    session.make(clip(), tmp_path / "alone.mp4")
    session.room = True
    half = session.denoise(clip(), Watch())
    later = session.finish_behind(half, tmp_path / "behind.mp4", Watch())
    session.denoise(clip(seed=2), Watch())
    assert later.result().steps == 3
    assert (tmp_path / "behind.mp4").read_bytes() == (tmp_path / "alone.mp4").read_bytes()


def test_words_are_encoded_once_also_for_another_session(session_of, tmp_path, monkeypatch):
    session, _ = session_of(WHOLE)
    session.make(clip(), tmp_path / "a.mp4")
    monkeypatch.setattr(Ltx, "encode", None)
    session.make(clip(seed=2), tmp_path / "b.mp4")
    other, _ = session_of(WHOLE)
    other.make(clip(), tmp_path / "c.mp4")
    assert (tmp_path / "c.mp4").read_bytes() == (tmp_path / "a.mp4").read_bytes()
