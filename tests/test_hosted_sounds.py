"""Hosted sources of sound: what they ask for, and what comes back from the local server."""

import json
from decimal import Decimal
from pathlib import Path

import av
import numpy as np
import pytest

from songreel.generation.catalogue.compare import differences
from songreel.generation.catalogue.sounds import sounds
from songreel.generation.fetch import fetch
from songreel.generation.hosted import replicate as at_replicate
from songreel.generation.hosted import upload
from songreel.generation.provider import Context
from songreel.generation.sound.hosted import FalSounds, ReplicateSounds
from songreel.generation.sound.registry import create, sources
from songreel.hosted import Choices
from songreel.models.clip import Job
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.files import sha256_of
from songreel.models.sound_request import Heard, Seen, SoundFiles, SoundRequest
from songreel.settings import Settings
from songreel.sound.pcm import read, write_wav
from support.cloud.faults import answer_lost, gives, reset_unread
from support.cloud.tones import heard_pitch, pitch
from support.hosted_sounds import a_sound, a_video, source_of
from support.services import await_end, intent, refused_submit

ENTRIES = sounds().entries
NOTHING = "0" * 64


@pytest.fixture
def make(cloud, tmp_path):  # noqa: ARG001 (the server it speaks to)
    made = []

    def one(name, **more):
        service, _, model = name.partition(":")
        source = source_of(service, tmp_path / "scratch", model, **{"lag": 0.0, **more})
        made.append(source)
        return source

    yield one
    for source in made:
        source.close()


def wanted(task="music", **more):
    fields = {"prompt": "piano, 120 BPM, A minor", "seconds": 4.0, "seed": 7}
    if task == "effects":
        fields |= {"prompt": "rain on a metal roof", "negative": "music, speech"}
    return SoundRequest(task=task, **(fields | more))


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


# Files on their way


@pytest.mark.parametrize("name", ["replicate", "fal"])
def test_a_content_goes_out_once_under_a_name_that_says_nothing(make, cloud, tmp_path, name):
    source = make(name)
    path, given = a_sound(tmp_path) if source.hears else a_video(tmp_path)
    for seed in (1, 2):
        if source.hears:
            request = source.plan(wanted(heard=given, seed=seed))
            source.submit(request, SoundFiles(heard=path))
        else:
            request = source.plan(wanted("effects", seen=given, seconds=1.0, seed=seed))
            source.submit(request, SoundFiles(seen=path))
    [(address, (_, sent))] = cloud.files.items()
    assert sent == path.read_bytes()
    named = cloud.names.get(address, address)
    assert named.endswith(f"{given.sha256[:16]}{path.suffix}")
    assert path.stem not in json.dumps([line.input for line in cloud.bill()])


def test_a_large_file_goes_to_fal_in_parts(make, cloud, tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "WHOLE", 1000)
    monkeypatch.setattr(upload, "PART", 400)
    source = make("fal")
    path, seen = a_video(tmp_path)
    size = path.stat().st_size
    assert size > 1000
    source.submit(source.plan(wanted("effects", seen=seen, seconds=1.0)), SoundFiles(seen=path))
    [(_, sent)] = cloud.files.values()
    assert sent == path.read_bytes()
    assert len(cloud.requests("upload")) == -(-size // 400) + 2
    assert all("authorization" in line.headers for line in cloud.requests("upload"))


def test_a_file_that_is_too_large_for_replicate_is_refused_in_a_sentence(
    make, cloud, tmp_path, monkeypatch
):
    monkeypatch.setattr(at_replicate, "LARGEST_FILE", 2**20)
    path = tmp_path / "long.wav"
    write_wav(path, np.zeros((1, 300_000), np.float32), 32000)
    heard = Heard(sha256=sha256_of(path), seconds=300_000 / 32000)
    source = make("replicate")
    request = source.plan(wanted(heard=heard))
    with pytest.raises(InvalidInput, match="takes files up to 1 MiB and this one has 1"):
        source.submit(request, SoundFiles(heard=path))
    assert cloud.bill() == []


def test_a_file_that_changed_is_not_sent(make, cloud, tmp_path):
    source = make("replicate")
    path, heard = a_sound(tmp_path)
    request = source.plan(wanted(heard=heard))
    a_sound(tmp_path, tone=500.0)[0].replace(path)
    with pytest.raises(InvalidInput, match="has changed since it was planned"):
        source.submit(request, SoundFiles(heard=path))
    assert cloud.requests() == []


@pytest.mark.parametrize("again", [False, True], ids=["the same run", "another run"])
@pytest.mark.parametrize("name", ["replicate", "fal"])
def test_a_lost_job_is_not_mistaken_for_one_of_another_file(make, cloud, tmp_path, name, again):
    """A chain asks with the same words and length again and again; only the file differs."""
    source = make(name)
    requests, files = [], []
    for tone in (1, 2):
        if source.hears:
            path, given = a_sound(tmp_path, tone=440.0 + tone)
            requests.append(source.plan(wanted(heard=given)))
            files.append(SoundFiles(heard=path))
        else:
            path, given = a_video(tmp_path, seconds=tone)
            requests.append(source.plan(wanted("effects", seen=given, seconds=1.0)))
            files.append(SoundFiles(seen=path))
    first = source.submit(requests[0], files[0])
    job = intent(source, requests[1])
    assert (make(name) if again else source).find(job) is None
    cloud.fail("create", answer_lost())
    assert refused_submit(source, requests[1], files[1]).ambiguous
    found = (make(name) if again else source).find(job)
    assert found is not None
    assert found.id not in ("", first.id)


def test_the_server_refuses_what_the_models_refuse(make, cloud, tmp_path):
    """The legality of what is sent is tested against a stranger's rules."""
    source = make("replicate")
    path, heard = a_sound(tmp_path, 3.0)
    job = source.submit(source.plan(wanted(heard=heard, seconds=1.0)), SoundFiles(heard=path))
    cloud.jobs[job.id].input["duration"] = 2
    state = await_end(source, job)
    assert state.status == "failed"
    assert "Prompt is longer than audio to generate" in state.detail
    assert state.charge is not None  # its machine ran
    model = cloud.offers["fal"]["fal-ai/mmaudio-v2"]
    wrong = model.mistakes({"video_url": "x", "prompt": "", "seed": 70000, "num_steps": 3})
    assert set(wrong) == {"seed", "num_steps"}


def test_a_reset_before_the_body_is_read_bought_nothing(make, cloud):
    source = make("fal:mmaudio-text")
    cloud.fail("create", reset_unread())
    request = source.plan(wanted("effects", seconds=1.0))
    with pytest.raises(ProviderError):
        source.submit(request)
    assert source.find(intent(source, request)) is None
    assert cloud.bill() == []


# The catalogue


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_every_model_is_asked_legally_and_quoted_around_the_bill(make, cloud, tmp_path, entry):
    source = make(entry.key)
    more = {}
    files = SoundFiles()
    if source.hears:
        path, more["heard"] = a_sound(tmp_path)
        files = SoundFiles(heard=path)
    if source.sees:
        path, more["seen"] = a_video(tmp_path, 4.0)
        files = SoundFiles(seen=path)
    request = source.plan(wanted(entry.tasks[0], **more))
    job = source.submit(request, files)
    state = await_end(source, Job[SoundRequest].model_validate_json(job.model_dump_json()))
    assert state.status == "done", state.detail
    [line] = cloud.bill()
    quote = source.quote(request)
    assert 0 < quote.low <= line.usd <= quote.high, (quote, line.usd)
    assert state.charge.usd == pytest.approx(line.usd, abs=Decimal("0.000002"))
    assert "non-commercial" in source.notes(request)[-1]
    assert not source.notices()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_no_entry_differs_from_the_live_schema(make, entry):
    live = make(entry.key).live_schema(entry)
    assert [str(found) for found in differences(entry, live)] == []


def test_a_users_own_catalogue_changes_prices_and_adds_models(make, tmp_path):
    own = tmp_path / "catalogue.toml"
    own.write_text(
        '[sound.fal.mmaudio-v2.price]\nrates = [{ usd = "0.002" }]\n'
        '[sound.replicate.musicgen-melody]\nlike = "replicate:musicgen"\n'
        'settings = { model_version = "stereo-melody-large" }\n'
        '[fal.ltx-video.price]\nrates = [{ usd = "0.05" }]\n'
    )
    seen = Seen(sha256=NOTHING, seconds=4.0)
    fal = make("fal", catalogue=own)
    assert fal.quote(fal.plan(wanted("effects", seen=seen))).likely == Decimal("0.008")
    assert "as your own catalogue says" in fal.notices()[0]
    melody = make("replicate:musicgen-melody", catalogue=own)
    request = melody.plan(wanted())
    assert request.settings["model_version"] == "stereo-melody-large"
    own.write_text("[sound.fal.mmaudio-v2.settings]\nnum_steps = 99\n")
    with pytest.raises(InvalidInput, match="fal:mmaudio-v2: settings: num_steps is 99, at most 50"):
        make("fal", catalogue=own)


@pytest.mark.usefixtures("cloud")
def test_models_of_sound_are_listed_and_checked_beside_the_others(monkeypatch, tmp_path):
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path))
    choices = Choices(Settings.load(tmp_path / "workspace"))
    assert [entry.name for entry in choices.sound_models("fal")] == ["mmaudio-v2", "mmaudio-text"]
    [checked] = choices.check("replicate", "musicgen")
    assert (checked.source, checked.state) == ("replicate:musicgen", "as listed")
    (tmp_path / "catalogue.toml").write_text(
        '[sound.fal.mmaudio-v2]\nref = "fal-ai/no-such"\n'
        "[sound.fal.mmaudio-text.inputs.num_steps]\nhigh = 40\n"
    )
    [gone] = choices.check("fal", "mmaudio-v2")
    assert gone.state == "not checked"
    [other] = choices.check("fal", "mmaudio-text")
    assert (other.state, other.differences) == (
        "differs", ("num_steps: maximum is 50 at the service, 40 here",),
    )  # fmt: skip
