"""Clips from a ComfyUI server, against a stand-in that speaks its protocol."""

import json
import ssl
import time
from collections import Counter
from contextlib import suppress
from fractions import Fraction

import httpx
import pytest

from songreel.generation.comfy.check import check
from songreel.generation.comfy.config import setup
from songreel.generation.comfy.gather import path_for
from songreel.generation.comfy.server import SUBFOLDER, Server
from songreel.generation.provider import Context
from songreel.generation.providers.comfyui import ComfyUI
from songreel.generation.shelf import measure
from songreel.models.clip import Images, Still
from songreel.models.errors import InvalidInput, MachineError, ProviderError
from songreel.models.files import sha256_of
from support.cloud.films import marks, read_marks
from support.comfy import Comfy, workflow
from support.comfy_bench import Bench
from support.hosted import asked
from support.hosted_films import film, prompt
from support.pictures import number_in, read_video, scenery, write_photo


@pytest.fixture
def comfy():
    with Comfy() as server:
        yield server


@pytest.fixture
def bench(comfy, tmp_path, monkeypatch):
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path / "config"))
    for name in ("SONGREEL_COMFYUI_URL", "SONGREEL_COMFYUI_AUTH", "SONGREEL_KEYS"):
        monkeypatch.delenv(name, raising=False)
    made = Bench(comfy, tmp_path)
    yield made
    made.close()


@pytest.fixture
def photo(tmp_path):
    return write_photo(tmp_path / "photo.png", scenery(256, 128))


def posts(comfy):
    """How many prompts the server was given."""
    return comfy.calls("/prompt")


def until(true, seconds=60.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.003)


def with_start(photo):
    """A request's start image, and its file."""
    return {"start": Still(sha256=sha256_of(photo))}, Images(start=photo)


# A clip


def test_a_clip_shows_what_was_asked_for(bench, comfy):
    bench.write()
    provider = bench.provider()
    words = 'a fox\'s "den" {{seed}}, Füchse im Schnee 雪の狐 \\n'
    request = bench.request(provider, seconds=1.0, prompt=words, seed=77)
    state = bench.run(provider, request)
    facts = measure(bench.folder / state.result)
    assert (facts.width, facts.height, facts.rate) == (request.width, request.height, 24)
    assert facts.frames == request.frames == 25
    assert read_marks(read_video(state.result)[0]) == marks(77, words)
    assert posts(comfy) == 1


def test_the_record_says_which_server_made_it_and_how_long_it_took(bench):
    bench.write()
    provider = bench.provider()
    request = bench.request(provider)
    effort = bench.run(provider, request).effort
    assert effort.device == "ComfyUI 0.3.64 on cuda:0 NVIDIA Test"
    assert 0 < effort.seconds["server"] < 60
    assert provider.notes(request)[0].startswith("workflow test (")


def test_the_socket_tells_node_step_and_time_left(bench, comfy):
    comfy.step = 0.04
    bench.write(nodes=workflow(n5_steps=20))
    provider = bench.provider()
    provider._listener.start()
    until(lambda: provider._listener.connected)
    seen = []
    bench.wait(provider, provider.submit(bench.request(provider)), seen.append)
    steps = [state for state in seen if "node 5 (KSampler), step" in state.detail]
    assert len({state.detail for state in steps}) >= 3  # of twenty; a busy machine skips some
    assert [state.progress for state in seen] == sorted(state.progress for state in seen)
    left = [state.eta for state in steps if state.eta is not None]
    assert left[0] > left[-1]
    assert provider.notices() == ()
    # The socket tells: the server itself is asked at the start and at the end.
    assert sum(path.startswith("/history/") for _, path in comfy.asked) <= 8


def test_without_a_socket_the_server_is_asked_and_that_is_told(bench, comfy):
    comfy.no_socket = True
    bench.write()
    provider = bench.provider()
    state = bench.run(provider, bench.request(provider))
    assert state.status == "done"
    (told,) = provider.notices()
    assert "the socket of" in told
    assert "404" in told


def test_a_socket_that_breaks_is_no_matter(bench, comfy):
    comfy.step = 0.03
    bench.write(nodes=workflow(n5_steps=6))
    provider = bench.provider()
    provider._listener._pause = 0.01
    job = provider.submit(bench.request(provider))
    until(lambda: comfy.sockets)
    comfy.drop_sockets()
    until(lambda: provider._listener.times == 2)
    assert bench.wait(provider, job).status == "done"
    assert posts(comfy) == 1


@pytest.mark.parametrize("saver", ["VHS_VideoCombine", "SaveAnimatedWEBP", "SaveImage"])
def test_every_kind_of_output_becomes_a_clip_at_the_rate_asked_for(bench, saver):
    rate = {"fps": 24} if saver == "SaveImage" else {}
    bench.write(nodes=workflow(saver), **rate)
    provider = bench.provider()
    request = bench.request(provider)
    state = bench.run(provider, request)
    facts = measure(state.result)
    assert (facts.frames, facts.rate) == (request.frames, 24)
    if saver != "VHS_VideoCombine":
        pictures = read_video(state.result)
        due = [index - (index % 3 == 2) for index in range(request.frames)]
        assert [number_in(picture) for picture in pictures] == due


def test_images_are_uploaded_once_beside_what_others_have(bench, comfy, photo):
    bench.write(with_images=["i2v.json"])
    (bench.folder / "config" / "i2v.json").write_text(json.dumps(workflow(image=True)))
    provider = bench.provider()
    start, images = with_start(photo)
    first = bench.request(provider, **start)
    assert first.source[1] == "test-images"
    assert first.start is not None
    assert bench.run(provider, first, images).status == "done"
    bench.run(provider, bench.request(provider, seed=8, **start), images)
    assert comfy.uploads == 1
    ((folder, place, name),) = [key for key in comfy.files if key[0] == "input"]
    assert (folder, place) == ("input", SUBFOLDER)
    # The same name with another content is somebody else's: it stays, and ours gets a name.
    comfy.files[folder, place, name] = b"theirs"
    other = bench.provider()
    bench.run(other, bench.request(other, seed=9, **start), images)
    assert comfy.files[folder, place, name] == b"theirs"
    last = list(comfy.history.values())[-1]["prompt"][2]
    assert last["10"]["inputs"]["image"] == f"{SUBFOLDER}/{name.replace('.jpg', ' (1).jpg')}"


def test_images_that_were_deleted_at_the_server_are_uploaded_again(bench, comfy, photo):
    bench.write(nodes=workflow(image=True))
    provider = bench.provider()
    start, images = with_start(photo)
    bench.run(provider, bench.request(provider, **start), images)
    comfy.files.clear()
    assert bench.run(provider, bench.request(provider, seed=8, **start), images).status == "done"
    assert comfy.uploads == 2


def test_a_workflow_that_needs_an_image_says_so_of_shots_without(bench):
    bench.write(nodes=workflow(image=True))
    provider = bench.provider()
    assert provider.traits.takes_start
    provider.plan({"s01": asked(0.5), "s02": asked(0.5)})
    assert "makes nothing without an image: shots s01, s02" in provider.notices()[0]


# The queue


def test_behind_others_it_waits_and_says_so(bench, comfy):
    comfy.gate.clear()
    comfy.others(3)
    bench.write()
    provider = bench.provider()
    job = provider.submit(bench.request(provider))
    assert provider.poll(job).detail == "waits behind 3 others"
    comfy.gate.set()
    assert bench.wait(provider, job).status == "done"
    assert len(comfy.history) == 4


def test_cancelling_takes_ours_out_of_the_queue_and_leaves_the_others(bench, comfy):
    comfy.gate.clear()
    comfy.others(2)
    bench.write()
    provider = bench.provider()
    provider.cancel(provider.submit(bench.request(provider)))
    assert comfy.taken() == []
    comfy.gate.set()
    until(lambda: len(comfy.history) == 2)
    assert comfy.calls("/interrupt") == 0
    assert {entry["status"]["status_str"] for entry in comfy.history.values()} == {"success"}


def test_cancelling_stops_what_runs_if_it_is_ours(bench, comfy):
    comfy.step = 0.05
    bench.write(nodes=workflow(n5_steps=50))
    provider = bench.provider()
    request = bench.request(provider)
    job = provider.submit(request)
    until(lambda: comfy.running is not None and comfy.running.id == job.id)
    provider.cancel(job)
    until(lambda: job.id in comfy.history)
    assert comfy.history[job.id]["status"]["messages"][-1][0] == "execution_interrupted"
    assert provider.poll(job).detail == "cancelled"
    comfy.others(1)
    until(lambda: comfy.running is not None)
    provider.cancel(job)  # ended: the other one that runs now is left alone
    assert not comfy.running.stop.is_set()
    assert provider.submit(request).id != job.id


# Once


def test_an_answer_that_was_lost_asks_for_no_second_clip(bench, comfy):
    bench.write()
    provider = bench.provider()
    request = bench.request(provider)
    comfy.gate.clear()
    comfy.lose = 1
    with pytest.raises(ProviderError) as lost:
        provider.submit(request)
    assert lost.value.retryable
    job = provider.submit(request)
    comfy.gate.set()
    assert bench.wait(provider, job).status == "done"
    assert posts(comfy) == 1


def test_what_was_not_taken_is_waited_for_a_moment_before_it_is_sent_again(bench, comfy):
    bench.write()
    now = [100.0]
    provider = bench.provider(lag=3.0, clock=lambda: now[0])
    request = bench.request(provider)
    provider._prompts._unsure[request.fingerprint] = 99.0
    with pytest.raises(ProviderError) as early:
        provider.submit(request)
    assert early.value.retryable
    assert early.value.retry_after == 2.0
    now[0] = 102.5
    assert provider.submit(request).id
    assert posts(comfy) == 1


@pytest.mark.parametrize("stands", ["waits", "runs", "has ended"])
def test_a_new_process_finds_what_an_earlier_one_asked_for(bench, comfy, stands):
    bench.write(nodes=workflow(n5_steps=20))
    comfy.step = 0.01
    if stands == "waits":
        comfy.gate.clear()
        comfy.others(1)
    first = bench.provider()
    request = bench.request(first)
    job = first.submit(request)
    if stands == "runs":
        until(lambda: comfy.running is not None)
    elif stands == "has ended":
        comfy.step = 0.0
        until(lambda: comfy.history)
    first.close()
    second = bench.provider()
    again = second.submit(request)  # as after a crash before the job was remembered
    assert again.id == job.id
    assert second.find(job.model_copy(update={"id": ""})).id == job.id
    comfy.gate.set()
    assert bench.wait(second, again).status == "done"
    assert posts(comfy) == 1


def test_a_clip_whose_file_was_deleted_at_the_server_is_saved_anew_and_not_made_anew(bench, comfy):
    bench.write()
    provider = bench.provider()
    request = bench.request(provider)
    bench.run(provider, request)
    comfy.files.clear()
    other = bench.provider()
    assert bench.run(other, request).status == "done"
    assert posts(comfy) == 2
    assert len(comfy.ran) == 1


def test_after_a_restart_of_the_server_it_is_asked_for_again_once(bench, comfy):
    bench.write()
    comfy.gate.clear()
    provider = bench.provider()
    job = provider.submit(bench.request(provider))
    assert provider.poll(job).status == "waiting"
    comfy.restart()
    provider._listener._pause = 0.01
    seen = []
    provider._jobs[job.id].looked = None
    assert "asked for again" in provider.poll(job).detail
    comfy.gate.set()
    state = bench.wait(provider, job, seen.append)
    assert state.status == "done"
    assert "restart" in state.effort.notices[0]
    assert posts(comfy) == 2


def test_what_was_found_again_is_asked_for_again_too(bench, comfy):
    bench.write()
    comfy.gate.clear()
    first = bench.provider()
    request = bench.request(first)
    first.submit(request)
    second = bench.provider()
    job = second.submit(request)
    comfy.restart()
    comfy.gate.set()
    assert bench.wait(second, job).status == "done"
    assert posts(comfy) == 2


def test_what_somebody_took_out_of_the_queue_is_not_put_there_again(bench, comfy):
    bench.write()
    comfy.gate.clear()
    provider = bench.provider()
    provider._listener.start()
    until(lambda: provider._listener.connected)
    request = bench.request(provider)
    job = provider.submit(request)
    provider.poll(job)
    with comfy.lock:
        comfy.pending.clear()
    provider._jobs[job.id].looked = None
    state = provider.poll(job)
    assert (state.status, state.detail) == ("failed", "somebody took it out of the server's queue")
    assert provider.alternatives(request) == ()
    assert posts(comfy) == 1


def test_a_remembered_job_that_the_server_lost_has_failed(bench, comfy):
    bench.write()
    comfy.gate.clear()
    first = bench.provider()
    job = first.submit(bench.request(first))
    first.close()
    comfy.restart()
    state = bench.provider().poll(job)
    assert state.status == "failed"
    assert "does not know the clip any more" in state.detail
    comfy.gate.set()


# Trouble


def test_a_model_that_is_missing_is_named_with_what_is_near(bench):
    bench.write(nodes=workflow(n1_ckpt_name="ltx-video-2b-v0.9.safetensors"))
    provider = bench.provider()
    with pytest.raises(MachineError) as refused:
        provider.submit(bench.request(provider))
    assert (
        "node 1 (CheckpointLoaderSimple): ckpt_name 'ltx-video-2b-v0.9.safetensors' is not there; "
        "near: ltx-video-2b.safetensors; put the file into models/checkpoints"
    ) in str(refused.value)


def test_a_node_that_is_missing_is_named(bench):
    nodes = workflow()
    nodes["6"]["class_type"] = "Unheard Of"
    bench.write(nodes=nodes)
    provider = bench.provider()
    with pytest.raises(MachineError, match=r"node 6 \(Unheard Of\) is not installed there"):
        provider.submit(bench.request(provider))


def test_a_prompt_that_runs_for_another_output_only_is_refused_and_taken_back(bench, comfy):
    comfy.gate.clear()
    comfy.others(1)
    bench.write()
    provider = bench.provider()
    reason = {"type": "value_smaller_than_min", "message": "Value 0 smaller than min of 1",
              "details": "steps", "extra_info": {"input_name": "steps"}}  # fmt: skip
    wrong = {"errors": [reason], "dependent_outputs": ["77"], "class_type": "KSampler"}
    comfy.partly = {"5": wrong}
    assert provider.submit(bench.request(provider)).id  # what is wrong is not ours
    comfy.partly = {"5": wrong | {"dependent_outputs": ["8"]}}
    with pytest.raises(MachineError, match=r"node 5 \(KSampler\): Value 0 smaller than min of 1"):
        provider.submit(bench.request(provider, seed=8))
    assert len(comfy.taken()) == 1


def test_a_download_that_fails_is_tried_again_and_the_clip_not_asked_for_again(bench, comfy):
    bad = [(503, "text/plain", b"busy")]
    comfy.fault = lambda _, path: bad.pop() if path == "/view" and bad else None
    bench.write()
    provider = bench.provider()
    assert bench.run(provider, bench.request(provider)).status == "done"
    assert posts(comfy) == 1
    assert comfy.calls("/view") == 2


def test_an_error_in_a_node_is_one_sentence(bench, comfy):
    bench.write()
    comfy.errors = [("RuntimeError", "mat1 and mat2 shapes\ncannot be multiplied\n")]
    provider = bench.provider()
    request = bench.request(provider)
    with pytest.raises(MachineError) as failed:
        bench.run(provider, request)
    assert "node 5 (KSampler) failed: mat1 and mat2 shapes cannot be multiplied" in str(
        failed.value
    )
    assert "\n" not in str(failed.value)
    # Once a clip has come of the workflow, one that fails is one clip's matter.
    assert bench.run(provider, request).status == "done"
    comfy.errors = [("RuntimeError", "again")]
    other = bench.request(provider, seed=9)
    assert bench.run(provider, other).detail == "node 5 (KSampler) failed: again"
    assert [each.seed != 9 for each in provider.alternatives(other)] == [True]


OOM = ("torch.OutOfMemoryError", "Allocation on device 0 would exceed allowed memory.")


def test_out_of_memory_once_is_asked_for_again_with_the_models_unloaded(bench, comfy):
    bench.write()
    comfy.errors = [OOM]
    provider = bench.provider()
    state = bench.run(provider, bench.request(provider))
    assert state.status == "done"
    assert "ran out of memory at first" in state.effort.notices[0]
    assert comfy.calls("/free") == 1


def test_out_of_memory_twice_says_what_to_change(bench, comfy):
    bench.write()
    comfy.errors = [OOM, OOM]
    provider = bench.provider()
    with pytest.raises(MachineError, match=r"ran out of memory in node 5.*short_side"):
        bench.run(provider, bench.request(provider))


def test_what_somebody_stopped_at_the_server_is_not_asked_for_with_another_seed(bench, comfy):
    comfy.step = 0.05
    bench.write(nodes=workflow(n5_steps=50))
    provider = bench.provider()
    request = bench.request(provider)
    job = provider.submit(request)
    until(lambda: comfy.running is not None)
    comfy.interrupt()
    state = bench.wait(provider, job)
    assert state.status == "failed"
    assert "somebody stopped it at the server" in state.detail
    assert provider.alternatives(request) == ()


def test_a_clip_that_takes_too_long_is_stopped(bench, comfy):
    comfy.step = 0.05
    bench.write(nodes=workflow(n5_steps=100), timeout=0.1)
    provider = bench.provider()
    state = bench.run(provider, bench.request(provider))
    assert "no clip after 0.1 s" in state.detail
    until(lambda: comfy.running is None)


def test_a_clip_that_is_too_short_is_no_clip(bench, comfy):
    comfy.cut = 10
    bench.write()
    provider = bench.provider()
    with pytest.raises(MachineError, match=r"made 7 frames at 24 fps \(0\.29 s\) where 17 at 24"):
        bench.run(provider, bench.request(provider))


@pytest.mark.parametrize("name", ["../../../etc/evil.mp4", "/etc/evil.mp4", "..\\evil.mp4"])
def test_names_of_the_server_lead_nowhere_on_this_machine(bench, comfy, tmp_path, name):
    comfy.rename = lambda _: name
    bench.write()
    provider = bench.provider()
    before = set(tmp_path.rglob("*"))
    with pytest.raises(MachineError):
        bench.run(provider, bench.request(provider))
    provider.close()
    assert set(tmp_path.rglob("*")) == before
    assert path_for(tmp_path, "../../x/y").parent == tmp_path


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ((200, "text/html", b"<html>hello</html>"), "does not answer as ComfyUI does"),
        ((200, "application/json", b'{"hello": 1}'), "does not answer as ComfyUI does"),
        ((200, "application/json", b"[" * 100_000), "does not answer as ComfyUI does"),
        ((404, "text/html", b"<html>"), "does not answer as ComfyUI does"),
        ((301, "text/html", b""), "points to another address"),
        ((401, "text/html", b""), "SONGREEL_COMFYUI_AUTH"),
        ((403, "text/html", b""), "SONGREEL_COMFYUI_AUTH"),
        ((502, "text/html", b"<html>bad gateway</html>"), "is in trouble (502)"),
    ],
)  # fmt: skip
def test_what_is_no_comfyui_is_told_in_one_sentence(bench, comfy, fault, sentence):
    comfy.fault = lambda *_: fault
    bench.write()
    provider = bench.provider()
    with pytest.raises(MachineError) as told:
        provider.submit(bench.request(provider))
    assert sentence in str(told.value)
    assert comfy.url in str(told.value)
    assert "\n" not in str(told.value)


def test_a_server_that_is_not_there_ends_the_run_at_first_and_is_asked_again_later(bench):
    bench.write(url="http://127.0.0.1:9")
    provider = bench.provider()
    request = bench.request(provider)
    with pytest.raises(MachineError, match="is ComfyUI running there"):
        provider.submit(request)
    provider._greeted = "ComfyUI"
    with pytest.raises(ProviderError) as later:
        provider.submit(request)
    assert later.value.retryable
    assert later.value.down


def test_a_server_without_https_is_told_from_one_that_is_not_trusted(bench, comfy):
    bench.write(url=comfy.url.replace("http", "https"))
    provider = bench.provider()
    with pytest.raises(MachineError, match="does not speak https; write http:// before"):
        provider.submit(bench.request(provider))


def test_a_certificate_that_is_not_trusted_names_the_way_out():
    def untrusted(_):
        raise httpx.ConnectError("certificate verify failed") from ssl.SSLCertVerificationError(1)

    server = Server("https://comfy.example", transport=httpx.MockTransport(untrusted))
    with pytest.raises(ProviderError, match=r"cannot be trusted .* SSL_CERT_FILE"):
        server.stats()


def test_a_key_goes_to_the_server_alone_and_is_never_shown(bench, comfy, monkeypatch):
    secret = "Bearer s3cret-words"
    comfy.key = secret
    monkeypatch.setenv("SONGREEL_COMFYUI_AUTH", secret)
    bench.write()
    provider = bench.provider()
    request = bench.request(provider)
    state = bench.run(provider, request)
    assert state.status == "done"  # over HTTP, the socket and the download
    assert provider._listener.times
    assert provider.headers(f"{comfy.url}/view?filename=x") == {"Authorization": secret}
    assert provider.headers("http://127.0.0.1:1/view") == {}
    assert provider.headers("https://elsewhere.example/view") == {}
    comfy.fault = lambda *_: (500, "text/plain", f"you sent {secret}".encode())
    with pytest.raises(ProviderError) as told:
        provider.submit(bench.request(provider, seed=3))
    everything = f"{told.value} {provider.__dict__} {setup('test')} {state} {provider.notices()}"
    assert "s3cret" not in everything


def test_a_key_may_stand_in_the_file_of_keys(bench, comfy):
    comfy.key = "Basic abc"
    bench.write()
    keys = bench.folder / "config" / "keys.toml"
    keys.write_text('comfyui = "Basic abc"\n')
    keys.chmod(0o600)
    assert ComfyUI.describe(Context(scratch=bench.folder, model="test")).ready
    keys.chmod(0o644)
    assert "chmod 600" in ComfyUI.describe(Context(scratch=bench.folder)).reason


def test_a_provider_says_whether_it_is_ready_within_a_moment(bench, comfy):
    context = Context(scratch=bench.folder)
    assert "there is no ComfyUI workflow yet" in ComfyUI.describe(context).reason
    assert comfy.asked == []
    bench.write()
    assert ComfyUI.describe(context).ready
    bench.write("other", url="http://127.0.0.1:9")
    began = time.monotonic()
    told = ComfyUI.describe(context)
    assert time.monotonic() - began < 10.0
    assert not told.ready
    assert "test, other" in told.summary
    assert "is ComfyUI running there?" in told.reason


def test_a_server_is_checked_for_nodes_and_models(bench, comfy):
    bench.write()
    assert [finding.fault for finding in check(setup("test"))] == ["", ""]
    nodes = workflow(n1_ckpt_name="lost.safetensors", n8_format="gif", n2_type="sdxl")
    nodes["6"]["class_type"] = "VAEDecodeTilted"
    bench.write("bad", nodes, dialect="ltx", fps=24, frames={"step": 8, "low": 9, "high": 97})
    faults = [finding.fault for finding in check(setup("bad"))]
    assert len(faults) == 5
    assert "lost.safetensors" in " ".join(faults)
    assert "node 6 (VAEDecodeTilted) is not installed" in " ".join(faults)
    assert "format 'gif' is not there" in " ".join(faults)
    comfy.fault = lambda *_: (200, "text/html", b"")
    assert "does not answer as ComfyUI" in check(setup("test"))[0].fault


# Films


def made_of(comfy):
    """How often each request was taken."""
    with comfy.lock:
        jobs = [entry["prompt"] for entry in comfy.history.values()]
        jobs += [job.listed() for job in comfy.taken()]
    return Counter(job[3]["songreel"] for job in jobs)


def test_a_film_has_a_clip_for_every_shot_and_a_second_run_asks_for_nothing(bench, comfy):
    bench.write()
    clips = bench.film()
    for number, (shot, clip) in enumerate(clips.items()):
        assert clip.substitution is None
        pictures = read_video(bench.folder / "clips" / clip.file)
        assert read_marks(pictures[0]) == marks(number, prompt(number)), shot
    assert posts(comfy) == 4
    asked_for = len(comfy.asked)
    assert bench.film() == clips
    assert len(comfy.asked) == asked_for
    assert not list(bench.folder.rglob("*.job.json"))
    bench.film(film(s02={"prompt": "another sea"}))
    assert posts(comfy) == 5


class Killed(BaseException):
    """The process ends here."""


def cut_off(at, when):
    """A network on which the process ends at the n-th exchange, before it or after its answer."""
    count = [0]

    class Cut(httpx.HTTPTransport):
        def handle_request(self, request):
            count[0] += 1
            if count[0] == at and when == "before":
                raise Killed
            response = super().handle_request(request)
            if count[0] == at:
                response.read()
                raise Killed
            return response

    return Cut()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "at", [*range(2, 8), *(pytest.param(n, marks=pytest.mark.slow) for n in range(8, 30))]
)
def test_killed_anywhere_no_clip_is_asked_for_twice(bench, comfy, at, when):
    bench.write()
    with suppress(Killed):
        bench.film(film(2), transport=cut_off(at, when))
    clips = bench.film(film(2))
    assert all(clip.substitution is None for clip in clips.values())
    assert sorted(made_of(comfy).values()) == [1, 1]


@pytest.mark.parametrize("on_interrupt", ["leave", "cancel"])
def test_ctrl_c_leaves_clips_to_the_next_run_or_cancels_them(bench, comfy, on_interrupt):
    bench.write()
    comfy.gate.clear()

    def stop(*_):
        if comfy.taken():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.film(film(2), progress=stop, on_interrupt=on_interrupt)
    left = len(comfy.taken())
    assert (left > 0) == (on_interrupt == "leave")
    comfy.gate.set()
    bench.film(film(2))
    assert sorted(made_of(comfy).values()) == [1, 1]
    assert posts(comfy) == (2 if on_interrupt == "leave" else 4)


def test_a_server_that_is_switched_off_ends_the_run_with_one_sentence(bench):
    bench.write(url="http://127.0.0.1:9")
    with pytest.raises(MachineError, match=r"comfyui:test: http://127.0.0.1:9 cannot be reached"):
        bench.film()


def test_rates_are_exact(bench):
    bench.write(fps=23.976)
    assert setup("test").entry.fps == Fraction(24000, 1001)


def test_another_workflow_makes_other_clips(bench):
    bench.write()
    first = bench.request(bench.provider())
    (bench.folder / "config" / "test.json").write_text(json.dumps(workflow(n5_steps=5)))
    other = bench.provider()
    assert bench.request(other).fingerprint != first.fingerprint
    with pytest.raises(InvalidInput, match="another workflow by now"):
        other.submit(first)
