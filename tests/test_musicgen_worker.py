"""MusicGens with random weights through the process they run in, and where weights come from."""

import os
import signal
import time
from pathlib import Path

import pytest

from songreel.generation.sound.musicgen.recipe import RATE
from songreel.generation.sound.orders import Wanted, fulfil
from songreel.models.errors import MachineError
from songreel.models.progress import silent
from songreel.models.sound_request import SoundFiles
from songreel.sound.pcm import measure, read, resample, write_wav
from support.hub import asked as asked_of_hub
from support.hub import serving
from support.needs import needs
from support.tiny_musicgen import asked, ended, folder_of, made, source, tone, writing

needs("torch")
needs("transformers")
needs("tokenizers")

LONG = 29.0
"""Seconds that take a tiny model a while."""


@pytest.fixture(scope="module")
def maker(tmp_path_factory):
    """One stereo model and its worker, for tests that leave it alive."""
    here = source(tmp_path_factory.mktemp("maker"), folder_of("tiny-musicgen-stereo"))
    yield here
    here.close()


@pytest.mark.slow  # processes that load torch
def test_music_is_made_and_gone_on_from_by_the_worker(maker, tmp_path):
    first = made(maker, asked(1.0))
    assert (measure(first).samples, measure(first).rate, measure(first).channels) == (
        RATE, RATE, 2,
    )  # fmt: skip
    heard = tmp_path / "heard.wav"
    write_wav(heard, resample(read(first).samples, RATE, 44_100), 44_100)
    request = asked(0.5, heard)
    job = maker.submit(maker.plan(request), SoundFiles(heard))
    state = ended(maker, job)
    assert state.status == "done", state
    assert state.effort is not None
    assert state.effort.steps == 25 + 3
    assert set(state.effort.seconds) >= {"encode", "generate", "decode"}
    assert measure(Path(state.result)).samples == 1.5 * RATE


@pytest.mark.slow  # processes that load torch
def test_one_seed_is_one_sound_in_any_process(maker, tmp_path):
    other = source(tmp_path, folder_of("tiny-musicgen-stereo"))
    try:
        request = asked(0.4, seed=11)
        assert made(other, request).read_bytes() == made(maker, request).read_bytes()
    finally:
        other.close()


@pytest.mark.slow  # processes that load torch
def test_a_score_that_grows_is_made_once_and_kept(maker, tmp_path):
    folder = tmp_path / "sounds"
    first = fulfil(
        [Wanted("s01", maker.plan(asked(0.5)))], source=maker, folder=folder, progress=silent
    )
    file = folder / first.takes["s01"].file
    again = [Wanted("s02", maker.plan(asked(0.5, file)), SoundFiles(file))]
    second = fulfil(again, source=maker, folder=folder, progress=silent)
    take = second.takes["s02"]
    assert (take.samples, take.rate, take.channels) == (RATE, RATE, 2)
    assert any("lofi" not in note and "seed 7" in note for note in take.notes)
    stamp = (folder / take.file).stat().st_mtime_ns
    assert fulfil(again, source=maker, folder=folder, progress=silent) == second
    assert (folder / take.file).stat().st_mtime_ns == stamp


@pytest.mark.slow  # processes that load torch
def test_progress_counts_tokens_and_time_and_a_cancelled_piece_stops_within_one(maker):
    job = maker.submit(maker.plan(asked(LONG, seed=21)))
    state = writing(maker, job)
    assert state.detail.endswith(f"of {int(LONG * 50) + 3}")
    assert 0 < state.progress < 1
    assert state.eta is not None
    begun = time.monotonic()
    maker.cancel(job)
    ended_ = ended(maker, job)
    assert (ended_.status, ended_.detail) == ("failed", "cancelled")
    assert time.monotonic() - begun < state.eta
    # The worker is alive and goes on with the next.
    assert measure(made(maker, asked(0.2, seed=22))).samples == 0.2 * RATE


@pytest.mark.slow  # processes that load torch
def test_a_worker_that_is_killed_is_said_to_be_and_replaced_once(tmp_path):
    maker = source(tmp_path, folder_of("tiny-musicgen"))
    try:
        job = maker.submit(maker.plan(asked(12.0)))
        writing(maker, job)
        kill(maker)
        state = ended(maker, job)
        assert state.status == "done"
        (notice,) = state.effort.notices
        assert "died while it made this music (ended by signal 9" in notice
        assert "made again by another one" in notice
        twice = maker.submit(maker.plan(asked(12.0, seed=8)))
        writing(maker, twice)
        kill(maker)
        writing_again(maker, twice)
        kill(maker)
        state = ended(maker, twice)
        assert state.status == "failed"
        assert "two workers died while they made it, at last: ended by signal 9" in state.detail
        assert measure(made(maker, asked(0.2, seed=9))).samples == 0.2 * RATE
    finally:
        maker.close()


def kill(maker):
    (pid,) = maker._crew.workers()
    os.kill(pid, signal.SIGKILL)
    while pid in maker._crew.workers():
        time.sleep(0.005)


def writing_again(maker, job):
    """Wait until another worker has taken it up."""
    until = time.monotonic() + 300
    while not (state := maker.poll(job)).detail.startswith("token") or not maker._crew.workers():
        assert state.status == "waiting", state
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.mark.slow  # processes that load torch
def test_weights_that_are_gone_end_the_work_in_one_sentence(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for each in folder_of("tiny-musicgen").iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    maker = source(tmp_path, folder)
    try:
        planned = maker.plan(asked())
        (folder / "model.safetensors").unlink()
        job = maker.submit(planned)
        with pytest.raises(MachineError, match=r"is not whole: .*safetensors missing") as caught:
            ended(maker, job)
        assert "\n" not in str(caught.value)
    finally:
        maker.close()


@pytest.mark.slow  # processes that load torch
def test_sound_that_cannot_be_read_fails_alone(maker, tmp_path):
    heard = tone(tmp_path / "heard.wav", RATE)
    planned = maker.plan(asked(0.2, heard, seed=31))
    heard.write_bytes(b"no sound at all")
    state = ended(maker, maker.submit(planned, SoundFiles(heard)))
    assert state.status == "failed"
    assert "cannot be read as sound" in state.detail
    assert measure(made(maker, asked(0.2, seed=32))).samples == 0.2 * RATE


FETCH = """
from pathlib import Path
from songreel.generation.sound.musicgen import weights
from songreel.generation.sound.musicgen.book import Model, find
recipe = find({like!r}).recipe.model_copy(update={{"hub": "me/tuned", "revision": ""}})
found = weights.find(Model(name="tuned", recipe=recipe), Path({cache!r}),
                     lambda *at: steps.append(at), told.append)
result = sorted(path.name for path in found.iterdir())
"""


def fetched(hub, tmp_path, **env):
    code = FETCH.format(like="musicgen-small", cache=str(tmp_path / "cache"))
    return asked_of_hub(hub, tmp_path / "home", code, **env)


@pytest.mark.slow  # processes that load torch
def test_weights_come_from_the_hub_once_with_their_terms(tmp_path):
    needs("huggingface_hub")
    with serving() as hub:
        files = {each.name: each.read_bytes() for each in folder_of("tiny-musicgen").iterdir()}
        hub.add("me/tuned", files | {"pytorch_model.bin": b"x", "README.md": b"x"})
        first = fetched(hub, tmp_path)
        assert "model.safetensors" in first["result"]
        assert not {"pytorch_model.bin", "README.md"} & set(first["result"])
        assert first["steps"][-1][0] == first["steps"][-1][1]
        assert any("may not be used commercially" in text for text in first["told"])
        count = len(hub.fetched)
        again = fetched(hub, tmp_path, HF_HUB_OFFLINE="1")
        assert again["result"] == first["result"]
        assert len(hub.fetched) == count


@pytest.mark.slow  # processes that load torch
def test_without_a_network_it_says_what_else_may_be_done(tmp_path):
    needs("huggingface_hub")
    with serving() as hub:
        offline = fetched(hub, tmp_path, HF_HUB_OFFLINE="1")["result"]["error"]
        assert offline.startswith("ProviderError: which commit of me/tuned is meant is not known")
        assert offline.endswith("run once without it, or give a folder as local:./FOLDER")
        hub.broken = True
        busy = fetched(hub, tmp_path)["result"]["error"]
        assert "503" in busy
        hub.broken = False
        none = fetched(hub, tmp_path)["result"]["error"]
        assert "there is no model 'me/tuned'" in none
        assert none.endswith("a folder is given as local:./FOLDER")
