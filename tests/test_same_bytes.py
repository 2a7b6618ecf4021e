"""The same request is the same file, whatever the machine does beside; kernels are never stale."""

import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module, invalidate_caches
from pathlib import Path

import cv2
import numba
import numpy as np
import pytest

from songreel.generation.single import single_threaded
from songreel.generation.visuals.jit import compiled, state_of
from songreel.generation.visuals.kernels import clamp01, f32, kernel, smoothstep
from songreel.generation.visuals.registry import SCENES, find_scene
from songreel.generation.visuals.render import planes
from songreel.generation.workshop import Workshop
from songreel.models.clip import Drive
from songreel.models.music import Curve, Hits
from support.scenes import request

DRAWN = """
import hashlib, sys
import cv2
from songreel.generation.visuals.registry import find_scene
from songreel.generation.visuals.render import planes
from songreel.models.clip import ClipRequest

cv2.setNumThreads(int(sys.argv[1]))
for text in sys.stdin.read().splitlines():
    key, _, wanted = text.partition(" ")
    digest = hashlib.sha256()
    for shown in planes(ClipRequest.model_validate_json(wanted), find_scene(key)):
        for plane in (shown.y, shown.cb, shown.cr):
            digest.update(plane.tobytes())
    print(key, digest.hexdigest())
"""


def wanted(**changes):
    level = Curve(rate=4, values=(0.7,) * 8)
    hits = Hits(times=(0.1, 0.4), strengths=(1.0, 0.8))
    drive = Drive(
        beats=(0.1, 0.6), kick=hits, snare=hits, hat=hits, energy=level, brightness=level,
        bass=level,
    )  # fmt: skip
    return request(drive=drive, **changes)


def drawn(key, asked):
    digest = hashlib.sha256()
    for shown in planes(asked, find_scene(key)):
        for plane in (shown.y, shown.cb, shown.cr):
            digest.update(plane.tobytes())
    return digest.hexdigest()


def drawn_elsewhere(asked, threads):
    """Hashes of the pictures by scene, of another process with as many threads everywhere."""
    lines = "\n".join(f"{key} {one.model_dump_json()}" for key, one in asked.items())
    environment = os.environ | {
        "NUMBA_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", DRAWN, str(threads)], input=lines, env=environment, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    return dict(line.split() for line in done.stdout.splitlines())


def files(folder, workers, asked):
    shop = Workshop("builtin", folder, workers)
    jobs = [shop.submit(one, lambda one=one: planes(one)) for one in asked]
    try:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            states = [shop.poll(job) for job in jobs]
            if all(state.status == "done" for state in states):
                return [Path(state.result).read_bytes() for state in states]
            assert not any(state.status == "failed" for state in states), states
            time.sleep(0.02)
        pytest.fail("the clips were not done within five minutes")
    finally:
        shop.close()


def test_clips_are_the_same_files_by_one_thread_and_by_two(tmp_path):
    asked = [
        wanted(frames=8, seed=seed, motif=motif)
        for seed, motif in ((1, "ocean waves"), (2, "petals"), (3, "ocean waves"))
    ]
    one, two = (files(tmp_path / str(n), n, asked) for n in (1, 2))
    assert one == two
    assert len(set(one)) == 3


def test_pictures_are_the_same_whatever_the_threads_of_numba_and_opencv():
    asked = {key: wanted(frames=3, width=192, height=108) for key in ("ocean", "ink")}
    here = {key: drawn(key, one) for key, one in asked.items()}
    assert drawn_elsewhere(asked, 2) == here


@pytest.mark.slow
def test_no_scene_depends_on_the_threads_of_numba_and_opencv():
    # Large enough that OpenCV divides its work.
    asked = {key: wanted(frames=4, width=640, height=360) for key in SCENES}
    one, two = (drawn_elsewhere(asked, threads) for threads in (1, 2))
    assert one == two
    assert set(one) == set(SCENES)


def test_opencv_keeps_to_one_thread_while_clips_are_made_and_gets_its_own_back():
    before = cv2.getNumThreads()
    cv2.setNumThreads(3)
    try:
        with single_threaded():
            assert cv2.getNumThreads() == 1
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(inside).result() == 1
            assert cv2.getNumThreads() == 1
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)


def inside():
    with single_threaded():
        return cv2.getNumThreads()


HELPER = """
from songreel.generation.visuals.kernels import f32, kernel

SHARE = f32({share})

@kernel
def inner(x):
    return x * f32({factor})
"""

SCENE = """
from helper import SHARE, inner
from songreel.generation.visuals.kernels import f32, kernel

@kernel
def outer(x):
    return inner(x) * SHARE + f32(0.5)
"""


class TestCache:
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        yield
        for name in ("helper", "scene"):
            sys.modules.pop(name, None)

    def drawn(self, folder, factor, share=1):
        """The value of a kernel imported as by a new process, and whether it was in the cache."""
        (folder / "scene.py").write_text(SCENE)
        (folder / "helper.py").write_text(HELPER.format(factor=factor, share=share))
        for name in ("helper", "scene"):
            # The same time and size whatever it says: a wheel's files may carry any time.
            os.utime(folder / f"{name}.py", (1e9, 1e9))
            sys.modules.pop(name, None)
        invalidate_caches()
        outer = import_module("scene").outer
        value = float(outer(np.float32(2)))
        return value, sum(outer.stats.cache_hits.values()) == 1

    def test_a_kernel_is_compiled_anew_when_one_inside_it_or_a_constant_changes(self, tmp_path):
        assert self.drawn(tmp_path, 3) == (6.5, False)
        assert self.drawn(tmp_path, 3) == (6.5, True)
        assert self.drawn(tmp_path, 5) == (10.5, False)
        assert self.drawn(tmp_path, 5, share=2) == (20.5, False)
        assert self.drawn(tmp_path, 5, share=2) == (20.5, True)
        # What is out of date is overwritten, not added to.
        assert len(list((tmp_path / "cache").rglob("scene.outer*.nbc"))) == 1

    def test_the_state_knows_what_is_called_to_any_depth(self):
        constant = 3

        def plain(x):
            return clamp01(x) * constant

        def deeper(x):
            return smoothstep(f32(0), f32(1), x) * constant

        before = state_of(plain), state_of(deeper)
        assert before == (state_of(plain), state_of(deeper))
        assert before[0] != before[1]
        constant = 4
        assert state_of(plain) != before[0]

    def test_what_has_no_file_is_compiled_without_a_cache(self):
        space = {"f32": np.float32}
        exec("def twice(x):\n    return x * f32(2)", space)
        assert compiled(space["twice"])(np.float32(4)) == 8

    def test_kernels_divide_as_numpy_does(self):
        @kernel
        def share(a, b):
            return a / b

        assert share(f32(1), f32(0)) == np.inf
