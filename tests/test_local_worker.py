"""Workers and their crew, with workers that paint instead of a model: nothing here needs torch."""

import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from songreel.generation.diffusion import prompts, worker
from songreel.generation.diffusion.book import book
from songreel.generation.diffusion.crew import Crew
from songreel.generation.diffusion.eta import Pace
from songreel.generation.diffusion.family import Ask
from songreel.generation.diffusion.wire import Load, Make
from songreel.generation.provider import Context
from songreel.generation.runner import Patience, generate
from songreel.generation.shelf import measure
from songreel.models.errors import InvalidInput
from songreel.models.local import Effort
from support.boards import SONG, SPEC, board
from support.makers import Painter

TESTS = Path(__file__).parent


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def crew_of(tmp_path, log):
    """A crew of dull workers; `trouble` is what they, or that `on` a device, say in place of being
    ready."""
    crews = []

    def made(*posts, trouble="", on=""):
        load = Load(
            model=book().find("tiny-mochi"), devices=(), width=64, height=64, frames=7,
            cache=tmp_path,
        )  # fmt: skip
        added = {
            "PYTHONPATH": str(TESTS), "DULL_LOG": str(log), "DULL_TROUBLE": trouble,
            "DULL_DEVICE": on,
        }  # fmt: skip
        command = [sys.executable, "-m", "support.dull_worker"]
        crew = Crew(load, [(post,) for post in posts or ("cpu",)], lambda _: (command, added))
        crews.append(crew)
        return crew

    yield made
    for crew in crews:
        crew.close()


def make(folder, prompt="a boat", seed=0, frames=7):
    return Make(
        id=f"{prompt} {seed}", path=folder / f"{seed}.mp4.partial", prompt=prompt, width=64,
        height=64, frames=frames, fps=Fraction(30), steps=2, guidance=6.0, seed=seed,
    )  # fmt: skip


def ended(crew, order, within=120.0):
    until = time.monotonic() + within
    while (task := crew.task(order.id)).status == "waiting":
        assert time.monotonic() < until, task
        time.sleep(0.01)
    return task


def under_way(crew, order, within=120.0):
    until = time.monotonic() + within
    while not crew.task(order.id).text.startswith("step"):
        assert time.monotonic() < until
        time.sleep(0.01)
    return crew.task(order.id)


def gone(pid, within=60.0):
    """Whether the process has ended (a zombie has)."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


def test_a_clip_is_made_with_its_effort_and_notices(crew_of, tmp_path):
    crew, order = crew_of(), make(tmp_path)
    crew.submit(order)
    task = ended(crew, order)
    assert task.status == "done"
    assert task.effort.placement == "dull"
    assert task.effort.steps == 2
    assert measure(order.path).frames == 7
    assert crew.notices() == ("the licence",)


def test_a_step_and_the_time_left_are_told(crew_of, tmp_path):
    crew, order = crew_of(), make(tmp_path, "slow", frames=61)
    crew.submit(order)
    task = under_way(crew, order)
    assert 0 < task.share < 1
    assert task.eta == 80.0
    crew.cancel(order.id)
    assert ended(crew, order).text == "cancelled"
    assert not order.path.exists()


def test_each_gpu_has_a_worker(crew_of, tmp_path, log):
    crew = crew_of("cuda:0", "cuda:1")
    orders = [make(tmp_path, "slow", seed, frames=13) for seed in range(4)]
    for order in orders:
        crew.submit(order)
    devices = {ended(crew, order).effort.device for order in orders}
    assert devices == {"cuda:0", "cuda:1"}
    assert len({line.rpartition(" ")[2] for line in log.read_text().splitlines()}) == 2


def test_a_dead_workers_clip_is_made_again_and_says_so(crew_of, tmp_path):
    crew, order = crew_of(), make(tmp_path, "die")
    crew.submit(order)
    task = ended(crew, order)
    assert task.status == "done"
    assert task.effort.notices == (
        "the worker on cpu died while it made this clip (exit status 7: out of luck); made again "
        "by another one",
    )


def test_a_killed_workers_clip_is_made_again(crew_of, tmp_path):
    crew, order = crew_of(), make(tmp_path, "slow", frames=31)
    crew.submit(order)
    under_way(crew, order)
    os.kill(crew.workers()[0], signal.SIGKILL)
    task = ended(crew, order)
    assert task.status == "done"
    assert "ended by signal 9" in task.effort.notices[0]


def test_a_clip_that_kills_two_workers_has_failed_and_the_next_is_made(crew_of, tmp_path):
    crew = crew_of()
    orders = make(tmp_path), make(tmp_path, "die always", 1), make(tmp_path, seed=2)
    for order in orders:
        crew.submit(order)
    assert "two workers died" in ended(crew, orders[1]).text
    assert not crew.task(orders[1].id).fatal
    assert ended(crew, orders[2]).status == "done"


def test_workers_that_die_before_any_clip_is_made_are_not_tried_for_every_clip(crew_of, tmp_path):
    crew, order = crew_of(), make(tmp_path, "die always")
    crew.submit(order)
    assert ended(crew, order).fatal


def test_a_clip_that_is_refused_leaves_the_others_alone(crew_of, tmp_path):
    crew = crew_of()
    bad, good = make(tmp_path, "refuse"), make(tmp_path, seed=1)
    crew.submit(bad)
    crew.submit(good)
    assert ended(crew, bad).text == "cannot: refuse"
    assert not crew.task(bad.id).fatal
    assert ended(crew, good).status == "done"


def test_a_worker_that_can_make_nothing_says_so_for_every_clip(crew_of, tmp_path):
    crew = crew_of(trouble="it does not fit: 60 GB are needed")
    orders = [make(tmp_path, seed=seed) for seed in range(2)]
    for order in orders:
        crew.submit(order)
    for order in orders:
        task = ended(crew, order)
        assert task.fatal
        assert task.text == "it does not fit: 60 GB are needed"


def test_what_another_worker_is_at_fails_too_where_one_can_make_nothing(crew_of, tmp_path):
    crew = crew_of("cuda:0", "cuda:1", trouble="60 GB are needed", on="cuda:1")
    orders = [make(tmp_path, "slow", seed, frames=601) for seed in range(2)]
    for order in orders:
        crew.submit(order)
    for order in orders:
        task = ended(crew, order)
        assert task.fatal
        assert task.text == "60 GB are needed"


def test_a_worker_that_does_not_start_is_told_by_its_last_line(tmp_path):
    load = Load(
        model=book().find("tiny-mochi"), devices=(), width=64, height=64, frames=7, cache=tmp_path
    )
    command = [sys.executable, "-c", "raise SystemExit('no such library')"]
    crew, order = Crew(load, [("cpu",)], lambda _: (command, {})), make(tmp_path)
    crew.submit(order)
    task = ended(crew, order)
    assert task.fatal
    assert "no such library" in task.text
    crew.close()


def test_a_cancelled_clip_that_waits_is_never_begun(crew_of, tmp_path, log):
    crew = crew_of()
    first, second = make(tmp_path, "slow", frames=13), make(tmp_path, "later", seed=1)
    crew.submit(first)
    crew.submit(second)
    crew.cancel(second.id)
    assert ended(crew, second).text == "cancelled"
    assert ended(crew, first).status == "done"
    assert "later" not in log.read_text()


def test_closing_ends_workers_in_the_middle_of_a_clip(crew_of, tmp_path):
    crew, order = crew_of(), make(tmp_path, "slow", frames=601)
    crew.submit(order)
    under_way(crew, order)
    pid = crew.workers()[0]
    crew.close()
    assert gone(pid, within=0.1)


PARENT = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from test_local_worker import make, under_way
from songreel.generation.diffusion.book import book
from songreel.generation.diffusion.crew import Crew
from songreel.generation.diffusion.wire import Load
folder = Path({folder!r})
load = Load(model=book().find("tiny-mochi"), devices=(), width=64, height=64, frames=7)
added = {{"PYTHONPATH": {tests!r}, "DULL_LOG": str(folder / "log")}}
crew = Crew(load, [("cpu",)], lambda _: ([sys.executable, "-m", "support.dull_worker"], added))
order = make(folder, "slow", frames=6001)
crew.submit(order)
under_way(crew, order)
print(crew.workers()[0], flush=True)
sys.stdin.read()
"""


def test_no_worker_outlives_a_process_that_is_killed(tmp_path):
    text = PARENT.format(tests=str(TESTS), folder=str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


def test_a_still_fills_the_clip_and_is_cut_around_its_middle(tmp_path):
    image = np.zeros((100, 400, 3), np.uint8)
    image[:, 150:250] = 255
    Image.fromarray(image).save(tmp_path / "start.png")
    order = make(tmp_path).model_copy(update={"start": tmp_path / "start.png"})
    start = np.asarray(worker._ask(order).start)
    assert start.shape == (64, 64, 3)
    assert start.min() > 200


def test_a_still_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "start.png").write_text("no image")
    order = make(tmp_path).model_copy(update={"start": tmp_path / "start.png"})
    with pytest.raises(InvalidInput, match="cannot read the image .*start.png"):
        worker._ask(order)


class Telling(Painter):
    """A painter that tells steps, and what they took."""

    def poll(self, job):
        state = super().poll(job)
        if state.status == "waiting":
            return state.model_copy(update={"detail": "step 2 of 4", "eta": 80.4})
        effort = Effort(device="cpu", placement="tiled", steps=4, notices=("a step down",))
        return state.model_copy(update={"effort": effort})


def test_a_films_run_shows_steps_keeps_efforts_and_has_no_deadline_here(tmp_path):
    told = []

    def film():
        maker = Telling(Context(scratch=tmp_path / "scratch"), slow=0.002)
        try:
            return generate(
                board(), SONG, SPEC, provider=maker, others={}, folder=tmp_path / "clips",
                progress=lambda what, _: told.append(what), patience=Patience(deadline=0.0),
            ), maker.made  # fmt: skip
        finally:
            maker.close()

    clips, made = film()
    assert any(text.endswith(": step 2 of 4, 1 min 20 s left") for text in told)
    for clip in clips.values():
        assert clip.effort.placement == "tiled"
        assert "a step down" in clip.remarks
    again, made = film()
    assert made == []
    assert again == clips


def asked(steps=64, frames=163):
    return Ask(
        prompt="", negative="", width=848, height=480, frames=frames, fps=Fraction(30),
        steps=steps, guidance=6.0, seed=0,
    )  # fmt: skip


def test_the_time_left_follows_from_steps_but_the_first_and_the_last_decoding():
    pace = Pace()
    pace.begin(asked(), 100.0)
    assert pace.left(0) is None
    pace.stepped(1, 160.0)  # a minute of compiling
    assert pace.left(1) is None
    pace.stepped(2, 165.0)
    assert pace.left(2) == pytest.approx(62 * 5.0)
    assert pace.left(2.5) == pytest.approx(61.5 * 5.0)
    pace.decoded(asked(), 30.0)
    pace.begin(asked(), 600.0)
    assert pace.left(0) == pytest.approx(64 * 5.0 + 30.0)
    assert pace.decoding(asked(), 163) == pytest.approx(30.0)
    pace.begin(asked(frames=85), 1000.0)
    assert pace.left(0) is None  # another size takes other times


def test_kept_prompts_are_bounded_and_the_oldest_go(tmp_path):
    for age in range(5):
        path = tmp_path / f"{age}.safetensors"
        path.write_bytes(b"x" * 10)
        os.utime(path, (1000 - age, 1000 - age))
    prompts.bound(tmp_path, 25)
    assert sorted(each.stem for each in tmp_path.iterdir()) == ["0", "1"]
