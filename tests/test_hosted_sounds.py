"""Hosted sources of sound: what they ask for, and what comes back from the local server."""

from pathlib import Path

import av
import numpy as np
import pytest

from songreel.generation.fetch import fetch
from songreel.generation.provider import Context
from songreel.generation.sound.hosted import FalSounds, ReplicateSounds
from songreel.generation.sound.registry import create, sources
from songreel.models.errors import InvalidInput
from songreel.models.files import sha256_of
from songreel.models.sound_request import Heard, Seen, SoundFiles
from songreel.sound.pcm import read
from support.cloud.faults import gives
from support.cloud.tones import heard_pitch, pitch
from support.hosted_sounds import a_sound, a_video, sources_in, wanted
from support.services import await_end

NOTHING = "0" * 64


@pytest.fixture
def make(cloud, tmp_path):  # noqa: ARG001 (the server it speaks to)
    """Sources by name, closed at the end."""
    with sources_in(tmp_path / "scratch") as made:
        yield made


def fetched(source, job, tmp_path, name="made"):
    state = await_end(source, job)
    assert state.status == "done", state.detail
    path = tmp_path / f"{name}{Path(state.result).suffix}"
    fetch(state.result, path, provider=source.name, headers=source.headers)
    return path, state


# What is asked for


def test_they_are_there_by_name(make):
    assert {"fal", "replicate"} <= set(sources())
    music, effects = make("replicate"), make("fal")
    assert (music.name, music.tasks, music.hears, music.sees) == (
        "replicate:musicgen", ("music",), True, False,
    )  # fmt: skip
    assert (effects.name, effects.tasks, effects.hears, effects.sees) == (
        "fal:mmaudio-v2", ("effects",), False, True,
    )  # fmt: skip
    assert music.longest == effects.longest == 30.0
    assert music.traits.costs_money
    assert not music.traits.local


def test_without_a_key_they_say_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("SONGREEL_KEYS", str(tmp_path / "none.toml"))
    for name in ("REPLICATE_API_TOKEN", "FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for maker, variable in ((ReplicateSounds, "REPLICATE_API_TOKEN"), (FalSounds, "FAL_KEY")):
        standing = maker.describe(Context(scratch=tmp_path))
        assert not standing.ready
        assert variable in standing.reason
    with pytest.raises(InvalidInput, match="FAL_KEY"):
        create("fal:mmaudio-text", Context(scratch=tmp_path))


def test_musicgen_is_asked_for_the_whole_length_in_full_seconds(make, tmp_path):
    source = make("replicate:musicgen")
    path, heard = a_sound(tmp_path, 2.0)
    job = source.submit(source.plan(wanted(heard=heard, seconds=3.2)), SoundFiles(heard=path))
    sent = job_input(source, job)
    assert sent.pop("input_audio").startswith("http")
    assert sent == {
        "model_version": "stereo-large", "prompt": "piano, 120 BPM, A minor", "duration": 6,
        "continuation": True, "multi_band_diffusion": False, "normalization_strategy": "peak",
        "top_k": 250, "top_p": 0.0, "temperature": 1.0, "classifier_free_guidance": 3,
        "output_format": "wav", "seed": 7,
    }  # fmt: skip
    assert job.request.total == pytest.approx(6.0)
    alone = source.submit(source.plan(wanted(seconds=3.2)))
    sent = job_input(source, alone)
    assert (sent["duration"], "continuation" in sent, "input_audio" in sent) == (4, False, False)


def job_input(source, job):
    """What the service has of a job."""
    request = source._wire.request("GET", f"{source._base}/v1/predictions/{job.id}")
    return source._wire.json(source._wire.send(request))["input"]


@pytest.mark.parametrize(
    ("heard", "seconds", "duration"),
    [
        (10.0, 4.0, 14),
        (10.0, 0.001, 11),  # never as long as what is heard
        (9.6, 4.4, 14),
        (12.1, 3.9, 16),  # a sum that floating point makes 16.0 and a little
        (9.999, 4.0, 14),
        (None, 30.0, 30),
        (20.0, 10.0, 30),
    ],
)
def test_a_length_is_the_whole_file_and_longer_than_what_is_heard(make, heard, seconds, duration):
    source = make("replicate")
    given = Heard(sha256=NOTHING, seconds=heard) if heard else None
    request = source.plan(wanted(heard=given, seconds=seconds))
    assert source._expected(request).input["duration"] == duration
    assert request.total >= (heard or 0) + seconds - 1e-5
    assert source.plan(request) == request


def test_mmaudio_gets_its_length_and_a_negative_prompt_of_ours_always(make):
    seen = Seen(sha256=NOTHING, seconds=12.345)
    for name in ("replicate:mmaudio", "fal:mmaudio-v2"):
        source = make(name)
        sent = source._expected(source.plan(wanted("effects", seen=seen, seconds=12.345))).input
        assert sent["duration"] == 12.345
        assert sent["negative_prompt"] == "music, speech"
        assert sent.get("mask_away_clip") in (False, None)
        none = source.plan(wanted("effects", seen=seen, negative=""))
        assert source._expected(none).input["negative_prompt"] == ""
    words = make("fal:mmaudio-text")
    request = words.plan(wanted("effects", seen=seen, seconds=0.4))
    sent = words._expected(request).input
    assert (request.seen, sent["duration"], "video_url" in sent) == (None, 1, False)


def test_what_does_not_reach_a_model_does_not_age_its_sound(make):
    source = make("replicate")
    told = wanted(bpm=120.0, key="A minor", energy=0.9, meter=3, mood=(0.1, 0.2), phase=1.5)
    assert source.plan(told) == source.plan(wanted(negative="vocals"))
    assert source.plan(wanted(seconds=3.2)) == source.plan(wanted(seconds=3.9))
    assert source.plan(wanted(seed=8)) != source.plan(wanted())
    assert source.plan(wanted(settings={"temperature": 1})) == source.plan(wanted())


def test_seeds_are_in_the_models_range(make):
    big = 2**31 - 1
    seen = Seen(sha256=NOTHING, seconds=4.0)
    assert make("replicate").plan(wanted(seed=0)).seed >= 1  # 0 draws one at this model
    assert make("replicate").plan(wanted(seed=big)).seed == big
    assert make("replicate:mmaudio").plan(wanted("effects", seed=0)).seed == 0
    fal = make("fal")
    planned = {fal.plan(wanted("effects", seen=seen, seed=seed)).seed for seed in (3, big, 65536)}
    assert planned == {3, big % 65536, 0}
    [other] = fal.alternatives(fal.plan(wanted("effects", seen=seen)))
    assert 0 <= other.seed <= 65535
    assert other.seed != 7


@pytest.mark.parametrize(
    ("name", "settings", "told"),
    [
        ("replicate", {"top_k": 0}, "top_k is 0, at least 1"),
        ("replicate", {"top_k": 4000}, "at most 2048"),
        ("replicate", {"top_p": 1.5}, "top_p is 1.5, at most 1"),
        ("replicate", {"temperature": 0}, "temperature is 0.0, at least 0.1"),
        ("replicate", {"classifier_free_guidance": 3.5}, "must be integer"),
        ("replicate", {"classifier_free_guidance": 99}, "at most 15"),
        ("replicate", {"model_version": "medium"}, "not one of 'stereo-melody-large'"),
        ("replicate", {"normalization_strategy": "loud"}, "not one of 'loudness'"),
        ("replicate", {"output_format": "mp3"}, "no setting 'output_format'; it has model_version"),
        ("replicate", {"duration": 8}, "no setting 'duration'"),
        ("replicate:mmaudio", {"cfg_strength": 0.5}, "cfg_strength is 0.5, at least 1"),
        ("replicate:mmaudio", {"num_steps": 3}, "num_steps is 3, at least 4"),
        ("replicate:mmaudio", {"mask_away_clip": True}, "no setting 'mask_away_clip'"),
        ("fal", {"num_steps": 51}, "num_steps is 51, at most 50"),
        ("fal", {"cfg_strength": 20.5}, "at most 20"),
        ("fal", {"mask_away_clip": 1}, "must be boolean"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(make, name, settings, told):
    source = make(name)
    task = source.tasks[0]
    seen = Seen(sha256=NOTHING, seconds=4.0) if task == "effects" else None
    with pytest.raises(InvalidInput, match=told):
        source.plan(wanted(task, seen=seen, settings=settings))


def test_settings_within_range_are_sent(make):
    seen = Seen(sha256=NOTHING, seconds=4.0)
    settings = {"cfg_strength": 0, "num_steps": 50, "mask_away_clip": True}
    fal = make("fal")
    request = fal.plan(wanted("effects", seen=seen, settings=settings))
    sent = fal._expected(request).input
    assert {name: sent[name] for name in settings} == settings
    assert "mask_away_clip True" in fal.notes(request)
    music = make("replicate")
    request = music.plan(wanted(settings={"model_version": "stereo-melody-large"}))
    assert music._expected(request).input["model_version"] == "stereo-melody-large"


@pytest.mark.parametrize(
    ("name", "asked", "told"),
    [
        ("replicate", {"seconds": 31.0}, "makes 30 s at a time and 31 s were asked for"),
        ("replicate", {"seconds": 21.0, "heard": 10.0}, "10 s of them continued, were asked"),
        ("replicate", {"task": "effects"}, "makes music, no effects"),
        ("fal", {"task": "music"}, "makes effects, no music"),
        ("fal", {"task": "effects"}, "was given none; choose a source that reads words alone"),
        ("fal", {"task": "effects", "seen": 4.0, "seconds": 5.0}, "no more than they last"),
        ("fal:mmaudio-text", {"task": "effects", "heard": 4.0}, "does not continue sound"),
        ("replicate:mmaudio", {"task": "effects", "seconds": 30.5}, "ask for shorter pieces"),
    ],
)  # fmt: skip
def test_what_a_model_does_not_make_is_refused_before_anything_is_sent(
    make, cloud, name, asked, told
):
    made = dict(asked)
    for role, kind in (("heard", Heard), ("seen", Seen)):
        if role in made:
            made[role] = kind(sha256=NOTHING, seconds=made[role])
    with pytest.raises(InvalidInput, match=told):
        make(name).plan(wanted(**made))
    assert cloud.requests() == []


# What comes back


def test_a_chain_goes_on_in_time_and_holds_what_it_heard(make, tmp_path):
    source, path, rate = make("replicate"), None, 32000
    heard, files = None, SoundFiles()
    for part in range(3):
        request = source.plan(wanted(heard=heard, seconds=2.0, seed=part + 1))
        made, _ = fetched(source, source.submit(request, files), tmp_path, f"part{part}")
        samples, rate = read(made)
        assert samples.shape == (2, round(request.total * rate))
        if path is not None:
            before = read(path).samples
            again = samples[:, : before.shape[1]]
            gain = np.linalg.norm(again) / np.linalg.norm(before)
            alike = np.corrcoef(before.ravel(), again.ravel())[0, 1]
            assert alike > 0.99
            assert np.abs(again).max() <= 10 ** (-1 / 20) + 1e-3
            assert 0.5 < gain < 2
        drums = np.flatnonzero(np.abs(samples[0]) > 0.5 * np.abs(samples).max())
        starts = drums[np.flatnonzero(np.diff(drums, prepend=-rate) > rate // 4)] / rate
        np.testing.assert_allclose(np.diff(starts), 0.5, atol=0.02)  # 120 BPM, joins or not
        path, heard = made, Heard(sha256=sha256_of(made), seconds=samples.shape[1] / rate)
        files = SoundFiles(heard=made)
    assert len(starts) >= 11


@pytest.mark.parametrize("name", ["replicate:mmaudio", "fal:mmaudio-v2"])
@pytest.mark.parametrize("shape", ["list", "string"])
def test_a_video_comes_back_with_its_sound(make, cloud, tmp_path, name, shape):
    cloud.fail("create", gives(shape))
    source = make(name)
    path, seen = a_video(tmp_path, 2.0)
    request = source.plan(wanted("effects", seen=seen, seconds=2.0))
    made, _ = fetched(source, source.submit(request, SoundFiles(seen=path)), tmp_path)
    samples, rate = read(made)
    assert samples.shape[1] / rate == pytest.approx(2.0, abs=0.05)
    tone = heard_pitch(samples, rate)
    assert tone == pytest.approx(pitch(7, request.prompt, path.read_bytes()), rel=0.01)
    with av.open(str(made)) as container:
        assert container.streams.video[0].frames == 50
    [(kind, sent)] = cloud.files.values()
    assert (kind, sent) == ("video/mp4", path.read_bytes())


@pytest.mark.parametrize("name", ["replicate:mmaudio", "fal:mmaudio-text"])
def test_words_alone_become_a_sound(make, tmp_path, name):
    source = make(name)
    request = source.plan(wanted("effects", seconds=1.5))
    made, state = fetched(source, source.submit(request), tmp_path)
    samples, rate = read(made)
    assert samples.shape[1] / rate == pytest.approx(1.5, abs=0.01)
    assert heard_pitch(samples, rate) == pytest.approx(pitch(7, request.prompt), rel=0.01)
    assert state.charge is not None


def test_pictures_at_24_a_second_give_no_less_than_a_frame_less(make, tmp_path):
    """MMAudio reads 25 pictures a second and cuts the sound to those there are."""
    source = make("fal")
    path, seen = a_video(tmp_path, 2.0, rate=24)
    request = source.plan(wanted("effects", seen=seen, seconds=2.0))
    made, _ = fetched(source, source.submit(request, SoundFiles(seen=path)), tmp_path)
    samples, rate = read(made)
    assert 2.0 - 1 / 24 <= samples.shape[1] / rate < 2.0
