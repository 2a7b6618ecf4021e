"""Files on their way to hosted sources of sound, and jobs told apart by them."""

import json

import numpy as np
import pytest

from songreel.generation.hosted import replicate as at_replicate
from songreel.generation.hosted import upload
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.files import sha256_of
from songreel.models.sound_request import Heard, SoundFiles
from songreel.sound.pcm import write_wav
from support.cloud.faults import answer_lost, reset_unread
from support.hosted_sounds import a_sound, a_video, sources_in, wanted
from support.services import await_end, intent, refused_submit


@pytest.fixture
def make(cloud, tmp_path):  # noqa: ARG001 (the server it speaks to)
    """Sources by name, closed at the end."""
    with sources_in(tmp_path / "scratch") as made:
        yield made


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
