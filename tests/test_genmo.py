"""Genmo's own package in its own environment: a real worker process, with a stand-in inside.

The package itself needs CUDA to be imported, so these tests run the worker, its messages and its
end for real, and a stand-in of the package's classes and signatures (`support.genmo`).
"""

import ast
import os
import signal
import subprocess
import sys
from fractions import Fraction
from itertools import count
from pathlib import Path
from time import monotonic, sleep

import pytest

from songreel.generation.genmo.process import SCRIPT
from songreel.generation.provider import Context
from songreel.generation.providers.genmo import Genmo
from songreel.generation.registry import create, describe
from songreel.models.clip import ClipRequest
from songreel.models.errors import InvalidInput, MachineError, ProviderError
from songreel.models.local import LocalOptions, Lora
from songreel.models.storyboard import CameraMove, ShotSize
from support.genmo import Environment
from support.pictures import read_video

PALETTE = [[0.2, 0.1, 250], [0.5, 0.1, 300], [0.8, 0.1, 30]]
WISHES = LocalOptions(side=64, steps=3)


@pytest.fixture(autouse=True)
def _nothing_set_up(monkeypatch, tmp_path):
    for name in ("PYTHON", "WEIGHTS", "T5"):
        monkeypatch.delenv(f"SONGREEL_GENMO_{name}", raising=False)
    monkeypatch.setenv("SONGREEL_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def genmo(monkeypatch, tmp_path):
    """Gives a provider over a new environment; all are closed in the end."""
    made, numbers = [], count()

    def make(wishes=WISHES, fault="none", step=0.0):
        place = tmp_path / f"env{next(numbers)}"
        place.mkdir()
        environment = Environment(place, fault, step)
        monkeypatch.setenv("SONGREEL_GENMO_PYTHON", str(environment.python))
        monkeypatch.setenv("SONGREEL_GENMO_WEIGHTS", str(environment.weights))
        maker = Genmo(Context(scratch=tmp_path / "scratch", local=wishes))
        made.append(maker)
        return maker, environment

    yield make
    for maker in made:
        maker.close()


def wanted(**more) -> ClipRequest:
    fields = {
        "prompt": "a fox", "negative": "blurry", "camera": CameraMove.STATIC,
        "size": ShotSize.WIDE, "palette": PALETTE, "energy": 0.5, "motion": 0.5, "seed": 77,
        "width": 192, "height": 108, "rate": Fraction(24), "frames": 20,
    }  # fmt: skip
    return ClipRequest(**(fields | more))


def planned(maker, **more) -> ClipRequest:
    return maker.plan({"s01": wanted(**more)})["s01"].request


def ended(maker, job, seconds=120.0):
    """The job's last state, and all that were seen before."""
    seen, end = [], monotonic() + seconds
    while monotonic() < end:
        seen.append(maker.poll(job))
        if seen[-1].status != "waiting":
            return seen[-1], seen
        sleep(0.01)
    raise AssertionError(f"still {seen[-1]}")


def test_a_clip_holds_what_the_package_made(genmo):
    maker, _ = genmo()
    request = planned(maker)
    assert (request.frames, request.rate, request.height) == (25, 30, 64)
    state, _ = ended(maker, maker.submit(request))
    frames = read_video(state.result)
    assert len(frames) == 25
    assert frames[0].shape == (request.height, request.width, 3)
    # Red rises from frame to frame, green is the seed; coding moves them by a few code values.
    reds = [float(frame[..., 0].mean()) for frame in frames]
    assert reds == sorted(reds)
    assert reds[-1] > 240
    assert float(frames[-1][..., 1].mean()) == pytest.approx(77, abs=4)
    assert state.effort.steps == 3
    assert state.effort.memory_peak == 20_000_000_000
    assert state.effort.placement == "tiled"
    assert {"load", "encode", "denoise", "decode"} == set(state.effort.seconds)


def test_the_package_is_asked_as_its_own_command_line_asks(genmo):
    maker, environment = genmo()
    ended(maker, maker.submit(planned(maker)))
    pipeline, call = environment.calls
    assert pipeline["decode_type"] == "tiled_spatial"
    assert pipeline["decode_args"] == {"overlap": 8}
    assert pipeline["t5"] == "google/t5-v1_1-xxl"
    assert pipeline["fast_init"] is True
    assert (call["prompt"], call["negative"], call["batch_cfg"]) == ("a fox", "blurry", False)
    assert call["cfg_schedule"] == [6.0] * 3
    assert len(call["sigma_schedule"]) == 4
    assert call["seed"] == 77


def test_one_worker_makes_one_clip_after_the_other(genmo):
    maker, environment = genmo()
    jobs = [maker.submit(planned(maker, seed=seed)) for seed in (1, 2)]
    states = [ended(maker, job)[0] for job in jobs]
    assert [state.status for state in states] == ["done", "done"]
    assert sum("pid" in call for call in environment.calls) == 1
    assert "load" not in states[1].effort.seconds


def test_steps_are_told_with_the_time_left(genmo):
    maker, _ = genmo(WISHES.model_copy(update={"steps": 6}), step=0.05)
    _, seen = ended(maker, maker.submit(planned(maker)))
    texts = {state.detail for state in seen}
    assert texts & {f"step {done} of 6" for done in range(1, 7)}  # a busy machine skips some
    assert any(state.eta is not None and state.eta > 0 for state in seen)
    shares = [state.progress for state in seen]
    assert shares == sorted(shares)


def test_a_cancelled_clip_stops_at_its_step_and_the_worker_stays(genmo):
    maker, environment = genmo(WISHES.model_copy(update={"steps": 4000}), step=0.05)
    job = maker.submit(planned(maker))
    while "step" not in maker.poll(job).detail:
        sleep(0.01)
    maker.cancel(job)  # who lets it run on, for 200 s, has its worker ended
    state, _ = ended(maker, job)
    assert (state.status, state.detail) == ("failed", "cancelled")
    other = maker.submit(planned(maker, prompt="another"))
    while "step" not in maker.poll(other).detail:
        sleep(0.01)
    assert sum("pid" in call for call in environment.calls) == 1
    maker.cancel(other)


def test_a_clip_that_fails_leaves_the_worker_for_the_next(genmo):
    maker, environment = genmo()
    state, _ = ended(maker, maker.submit(planned(maker, prompt="break")))
    assert state.status == "failed"
    assert "the stand-in was told to break" in state.detail
    assert ended(maker, maker.submit(planned(maker)))[0].status == "done"
    assert sum("pid" in call for call in environment.calls) == 1


def test_a_worker_that_dies_is_started_again(genmo):
    maker, environment = genmo(fault="dies")
    state, _ = ended(maker, maker.submit(planned(maker, prompt="die")))
    assert state.status == "failed"
    assert "exit status 3" in state.detail
    assert ended(maker, maker.submit(planned(maker)))[0].status == "done"
    assert sum("pid" in call for call in environment.calls) == 2


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks at processes under /proc")
def test_the_worker_ends_with_whoever_started_it(genmo):
    genmo(step=30.0)
    code = (
        "import sys, time\n"
        "from songreel.generation.genmo.config import read\n"
        "from songreel.generation.genmo.process import Process\n"
        "process = Process(read(), ())\n"
        "process.say('load', weights='w', t5='', lora='', gpus=1, offload=False, tiled=True)\n"
        "while process.heard(1.0) is None: pass\n"
        "process.say('make', id='a', prompt='', negative='', width=64, height=64, frames=7,\n"
        "            steps=2, guidance=6, seed=1)\n"
        "while process.heard(1.0).kind != 'stage': pass\n"
        "print(process._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as one:
        worker = int(one.stdout.readline())
        os.kill(one.pid, signal.SIGKILL)
        one.wait()
    end = monotonic() + 50  # of the minute that the other would sleep
    while monotonic() < end and _alive(worker):
        sleep(0.02)
    assert not _alive(worker)


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks at processes under /proc")
def test_closing_ends_the_worker_in_the_middle_of_a_clip(genmo):
    maker, environment = genmo(step=30.0)
    job = maker.submit(planned(maker))
    while "encoding" not in maker.poll(job).detail:
        sleep(0.01)
    pid = int(environment.calls[0]["pid"])
    begun = monotonic()
    maker.close()
    assert monotonic() - begun < 25  # before the step of 30 s has ended
    assert not _alive(pid)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("cpu-torch", r"needs an NVIDIA GPU, and torch 2\.4\.1 of its environment was built "
                      r"without CUDA"),
        ("no-gpu", r"torch 2\.4\.1 of its environment sees no GPU; `local:mochi` runs elsewhere"),
        ("no-memory", r"memory does not suffice on cuda:0 \(Stand-in 0\) for 25 frames at "
                      r"112×64 .* choose --placement model-offload"),
    ],
)  # fmt: skip
def test_what_the_machine_lacks_is_one_sentence_and_ends_the_film(genmo, fault, sentence):
    maker, _ = genmo(fault=fault)
    job = maker.submit(planned(maker))
    with pytest.raises(MachineError, match=sentence):
        ended(maker, job)
    with pytest.raises(MachineError, match=sentence):
        ended(maker, maker.submit(planned(maker, seed=5)))


def test_several_gpus_make_one_clip_with_the_steps_told_through_ray(genmo, monkeypatch):
    from songreel.generation.diffusion.machine import Gpu, Machine

    gpus = tuple(
        Gpu(device=f"cuda:{i}", name="Stand-in", total=80 << 30, free=80 << 30, uuid=f"GPU-{i}")
        for i in range(2)
    )
    found = Machine(gpus=gpus, memory_total=1 << 38, memory_free=1 << 38)
    monkeypatch.setattr("songreel.generation.providers.genmo.look", lambda: found)
    wishes = WISHES.model_copy(update={"placement": "context"})
    maker, environment = genmo(wishes, step=0.05)
    assert maker.traits.max_concurrent == 1
    state, seen = ended(maker, maker.submit(planned(maker)))
    assert environment.calls[0] == {"single": False, "world_size": 2, "lora": None}
    assert state.effort.device == "cuda:0 (Stand-in 0), cuda:1 (Stand-in 1)"
    assert state.effort.memory_peak is None
    assert "step 2 of 3" in [each.detail for each in seen]
    with pytest.raises(InvalidInput, match="no LoRA on several GPUs"):
        genmo(wishes.model_copy(update={"loras": (Lora(path="a.safetensors"),)}))
    maker, environment = genmo()
    assert maker.traits.max_concurrent == 2
    ended(maker, maker.submit(planned(maker)))
    assert environment.calls[0]["visible"] in ("GPU-0", "GPU-1")


def test_wishes_reach_the_package(genmo, monkeypatch, tmp_path):
    lora = tmp_path / "own.safetensors"
    lora.write_bytes(b"lora")
    (tmp_path / "t5").mkdir()
    monkeypatch.setenv("SONGREEL_GENMO_T5", str(tmp_path / "t5"))
    more = {"placement": "model-offload", "guidance": 4.5, "loras": (Lora(path=str(lora)),)}
    maker, environment = genmo(WISHES.model_copy(update=more))
    request = planned(maker)
    state, _ = ended(maker, maker.submit(request))
    pipeline, call = environment.calls
    assert (pipeline["offload"], pipeline["decode_type"]) == (True, "full")
    assert (pipeline["lora"], pipeline["fast_init"]) == (str(lora), False)
    assert pipeline["t5"] == str(tmp_path / "t5")
    assert call["cfg_schedule"] == [4.5] * 3
    assert state.effort.placement == "model-offload"
    assert request.source[-1].startswith("lora ")


def test_a_farm_gives_each_of_its_workers_a_gpu_of_its_own():
    from songreel.generation.diffusion.machine import Gpu, Machine
    from songreel.generation.farm.room import room

    gpus = tuple(
        Gpu(device=f"cuda:{i}", name="Stand-in", total=80 << 30, free=80 << 30) for i in range(4)
    )
    machine = Machine(gpus=gpus, memory_total=1 << 38, memory_free=1 << 38)
    assert room("genmo", LocalOptions(), None, 1280, 720, machine).devices == 1
    together = LocalOptions(placement="context")
    assert room("genmo", together, None, 1280, 720, machine).devices == 4


def test_what_decides_the_picture_is_in_the_source(genmo):
    maker, environment = genmo()
    source = planned(maker).source
    assert source[0] == "genmo"
    assert source[1].startswith("genmo 0.1.0 ")
    assert source[3:] == ("steps 3", "guidance 6")
    (environment.weights / "dit.safetensors").write_bytes(b"tid" * 1000)
    changed = Genmo(Context(scratch=environment.weights, local=WISHES))
    assert planned(changed).source[2] != source[2]
    other = planned(changed).model_copy(update={"source": source})
    with pytest.raises(ProviderError, match="planned with another package, weights or options"):
        changed.submit(other)


def test_it_is_found_by_its_name_and_says_what_it_lacks(tmp_path):
    context = Context(scratch=tmp_path)
    found = describe("genmo", context)
    assert not found.ready
    assert "set SONGREEL_GENMO_PYTHON to the Python of the environment" in found.reason
    with pytest.raises(InvalidInput, match="Genmo's own package is not set up"):
        create("genmo", context)


def test_a_file_says_where_it_is(genmo, monkeypatch, tmp_path):
    _, environment = genmo()
    monkeypatch.delenv("SONGREEL_GENMO_PYTHON")
    monkeypatch.delenv("SONGREEL_GENMO_WEIGHTS")
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "genmo.toml").write_text(
        f'python = "{environment.python}"\nweights = "../env0/weights"\n'
    )
    assert describe("genmo", Context(scratch=tmp_path)).ready
    (folder / "genmo.toml").write_text('pyhton = "x"\n')
    assert "pyhton = 'x' is not known" in describe("genmo", Context(scratch=tmp_path)).reason


def test_a_broken_environment_is_told_before_anything_is_made(genmo, monkeypatch, tmp_path):
    _, environment = genmo(fault="no-genmo")
    context = Context(scratch=tmp_path)
    assert "has no package genmo; install it there" in describe("genmo", context).reason
    environment.python.write_text("#!/bin/sh\necho 'cannot find libpython' >&2\nexit 127\n")
    assert "is no Python that works: cannot find libpython" in describe("genmo", context).reason
    old = '{"python": [3, 9, 2], "genmo": "0.1.0", "code": "abc", "torch": true}'
    environment.python.write_text(f"#!/bin/sh\necho '{old}'\n")
    assert (
        "is Python 3.9.2; Genmo's package needs 3.10 or later" in describe("genmo", context).reason
    )
    (environment.weights / "decoder.safetensors").unlink()
    assert "has no decoder.safetensors" in describe("genmo", context).reason
    monkeypatch.setenv("SONGREEL_GENMO_PYTHON", str(tmp_path / "nowhere"))
    assert "nowhere is no program" in describe("genmo", context).reason


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        ({"approximate": ("first-block",)}, "no approximation 'first-block'; `local:mochi` has"),
        ({"placement": "fp8"}, "no placement 'fp8' but auto, whole, tiled"),
        ({"placement": "context"}, "needs at least 2 GPUs, here is 0"),
        ({"devices": "cuda:7"}, "there is no cuda:7 for it here"),
        ({"loras": (Lora(path="a"), Lora(path="b"))}, "takes one LoRA, not 2"),
        ({"loras": (Lora(path="a", scale=0.5),)}, "not at scale 0.5; `local:mochi` scales"),
        ({"loras": (Lora(path="a"),)}, "there is no LoRA a"),
    ],
)  # fmt: skip
def test_what_the_package_cannot_do_is_refused_with_what_can(genmo, wishes, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        genmo(WISHES.model_copy(update=wishes))


def test_the_worker_needs_nothing_that_its_environment_may_lack():
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 10))
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    ours = {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names)
    assert ours == {"numpy"}
