"""Clips made by a farm: who makes which, what is kept, and what becomes of those who end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from songreel.generation.diffusion.machine import Gpu, Machine
from songreel.generation.farm.dispatch import DEATHS, Dispatch
from songreel.generation.farm.farmed import Farmed
from songreel.generation.farm.kept import Kept
from songreel.generation.farm.line import Line
from songreel.generation.farm.nodes import Node
from songreel.generation.farm.order import ClipOrder, Setup
from songreel.generation.farm.places import Wanted, places
from songreel.generation.farm.pool import Pool
from songreel.generation.farm.ray_pool import seats
from songreel.generation.farm.room import room
from songreel.generation.provider import Context
from songreel.generation.providers.builtin import Builtin
from songreel.models.clip import Images, Job, JobState
from songreel.models.errors import InvalidInput, MachineError
from songreel.models.local import LocalOptions
from support.farms import (
    all_done,
    asked,
    cpus,
    journal,
    kept_clip,
    order,
    planned,
    processes_in,
    until,
)


@pytest.fixture
def kept(tmp_path):
    return Kept(tmp_path / "kept")


@pytest.fixture
def dispatch(kept):
    return Dispatch(kept)


def staffed(dispatch, *names, **takes):
    for name in names:
        dispatch.enrol(name, takes.get(name))
        dispatch.ready(name)


def starts(dispatch):
    return [(worker, each.request.seed) for worker, each in dispatch.drain().starts]


def made(kept, wanted, worker="a"):
    return kept_clip(kept, wanted, worker=worker)


def test_the_same_clip_wanted_by_two_films_is_made_once_and_told_to_both(dispatch, kept):
    staffed(dispatch, "a", "b")
    for film in ("one", "two"):
        dispatch.join(film, 0)
        dispatch.order(film, order(1))
    assert starts(dispatch) == [("a", 1)]
    dispatch.made("a", *made(kept, order(1)))
    told = dispatch.drain().told
    assert [(film, update.state.status) for film, update in told] == [
        ("one", "done"), ("two", "done"),
    ]  # fmt: skip


def test_films_that_came_first_get_their_clips_first(dispatch):
    dispatch.join("late", 1)
    dispatch.join("early", 0)
    dispatch.order("late", order(1))
    dispatch.order("early", order(2))
    staffed(dispatch, "a")
    assert starts(dispatch) == [("a", 2)]


def test_a_worker_stays_with_its_loaded_model_while_there_are_orders_for_it(dispatch, kept):
    staffed(dispatch, "a")
    dispatch.join("one", 0)
    dispatch.join("two", 1)
    dispatch.order("two", order(1, "local:x"))
    assert starts(dispatch) == [("a", 1)]
    dispatch.order("one", order(2, "local:y"))
    dispatch.order("two", order(3, "local:x"))
    dispatch.made("a", *made(kept, order(1, "local:x")))
    assert starts(dispatch) == [("a", 3)]
    dispatch.made("a", *made(kept, order(3, "local:x")))
    assert starts(dispatch) == [("a", 2)]


def test_a_worker_with_two_slots_is_not_given_another_model_beside_the_first(dispatch):
    staffed(dispatch, "a")
    dispatch.slots("a", 2)
    for seed, source in ((1, "local:x"), (2, "local:y"), (3, "local:x")):
        dispatch.order("film", order(seed, source))
    assert starts(dispatch) == [("a", 1), ("a", 3)]


def test_a_dead_workers_clip_is_taken_over_and_that_is_told(dispatch):
    staffed(dispatch, "a")
    dispatch.order("film", order(1))
    assert starts(dispatch) == [("a", 1)]
    dispatch.lost("a", "killed by SIGKILL")
    staffed(dispatch, "b")
    effects = dispatch.drain()
    assert [worker for worker, _ in effects.starts] == ["b"]
    (film, update), *_ = effects.told
    assert film == "film"
    assert update.notice == (
        "a ended while it made a clip (killed by SIGKILL); another worker took it over"
    )


def test_a_clip_that_a_worker_kept_before_it_died_is_not_made_again(dispatch, kept):
    staffed(dispatch, "a", "b")
    dispatch.order("film", order(1))
    assert starts(dispatch) == [("a", 1)]
    made(kept, order(1))
    dispatch.lost("a", "killed by SIGKILL")
    effects = dispatch.drain()
    assert effects.starts == []
    assert effects.told[-1][1].state.status == "done"


def test_a_clip_that_ends_its_workers_fails_in_the_end(dispatch):
    dispatch.order("film", order(1))
    for k in range(DEATHS):
        staffed(dispatch, f"w{k}")
        assert starts(dispatch) == [(f"w{k}", 1)]
        dispatch.lost(f"w{k}", "killed by SIGSEGV")
    state = dispatch.drain().told[-1][1].state
    assert state.status == "failed"
    assert "3 workers ended while they made it; the last: killed by SIGSEGV" in state.detail


def test_what_one_machine_cannot_make_another_is_asked_for(dispatch):
    staffed(dispatch, "full", "other")
    dispatch.order("film", order(1))
    assert starts(dispatch) == [("full", 1)]
    dispatch.failed("full", order(1).key, "the disk is full", machine=True)
    effects = dispatch.drain()
    assert [worker for worker, _ in effects.starts] == ["other"]
    assert "the disk is full" in effects.told[0][1].notice
    dispatch.failed("other", order(1).key, "no memory", machine=True)
    state = dispatch.drain().told[-1][1].state
    assert (state.status, state.detail) == ("failed", "no memory")


def test_what_cannot_be_made_fails_for_all_who_want_it(dispatch):
    staffed(dispatch, "a", "b")
    for film in ("one", "two"):
        dispatch.order(film, order(1))
    dispatch.drain()
    dispatch.failed("a", order(1).key, "the prompt is too long")
    told = dispatch.drain().told
    assert [(film, update.state.detail) for film, update in told] == [
        ("one", "the prompt is too long"), ("two", "the prompt is too long"),
    ]  # fmt: skip


def test_a_clip_is_stopped_only_when_nobody_wants_it(dispatch):
    staffed(dispatch, "a")
    for film in ("one", "two"):
        dispatch.order(film, order(1))
    dispatch.drain()
    dispatch.leave("one")
    assert dispatch.drain().stops == []
    dispatch.withdraw("two", order(1).key)
    assert dispatch.drain().stops == [("a", order(1).key)]
    dispatch.order("two", order(1))
    assert starts(dispatch) == [], "there it is still being stopped"
    dispatch.failed("a", order(1).key, "cancelled")
    assert starts(dispatch) == [("a", 1)]


def test_an_order_that_fits_no_worker_fails_at_once(dispatch):
    staffed(dispatch, "a", a={"builtin"})
    dispatch.order("film", order(1, "local:mochi"))
    state = dispatch.drain().told[-1][1].state
    assert (state.status, state.detail) == ("failed", "no worker has room for local:mochi")


def test_without_workers_all_orders_fail_the_coming_ones_too(dispatch):
    dispatch.order("film", order(1))
    dispatch.close("all clip workers have ended")
    dispatch.order("film", order(2))
    told = dispatch.drain().told
    assert [update.state.detail for _, update in told][-2:] == ["all clip workers have ended"] * 2


def test_a_kept_clip_is_believed_by_its_bytes_alone(kept):
    _, path = made(kept, order(1))
    found, where = kept.find(order(1).key)
    assert (found.worker, found.found, found.seconds, where) == ("a", True, 0.0, path)
    path.write_bytes(b"something else")
    assert kept.find(order(1).key) is None
    assert kept.find(order(2).key) is None


def test_bytes_from_elsewhere_are_kept_if_they_have_their_sha256(tmp_path, kept):
    far = Kept(tmp_path / "far")
    found, path = made(far, order(1), worker="far gpu 0")
    data = path.read_bytes()
    with pytest.raises(MachineError, match="far gpu 0 sent is spoilt"):
        kept.take_bytes(data + b"!", order(1), found)
    assert kept.find(order(1).key) is None
    assert kept.take_bytes(data, order(1), found).read_bytes() == data
    assert kept.find(order(1).key)[0].worker == "far gpu 0"
    assert Kept.seen(kept.folder, kept.id) is not None
    assert Kept.seen(kept.folder, far.id) is None


def test_the_store_lets_go_of_what_was_used_longest_ago(tmp_path, kept):
    for seed in range(4):
        made_clip, path = kept_clip(kept, order(seed), bytes(1000 + seed))
        document = kept.folder / "made" / f"{made_clip.key}.json"
        os.utime(document, (seed, seed))
        if seed == 0:
            os.link(path, tmp_path / "of a film.mp4")
    kept.find(order(1).key)
    freed = kept.prune(2100)
    assert freed == 1002
    there = [seed for seed in range(4) if kept.find(order(seed).key)]
    assert there == [0, 1, 3], "0 costs nothing, 1 was used last"


def test_what_a_killed_worker_left_half_made_goes(kept):
    with kept.workplace() as busy:
        left = kept.folder / "work-killed"
        left.mkdir()
        (left / "half.mp4.partial").write_bytes(b"half")
        stray = kept.path("ab" * 32)
        stray.parent.mkdir()
        stray.write_bytes(b"without a document")
        os.utime(stray, (0, 0))
        kept.prune()
        assert busy.is_dir()
        assert not left.exists()
        assert not stray.exists()


def test_images_travel_with_their_order(tmp_path):
    image = tmp_path / "start.png"
    image.write_bytes(b"\x89PNG not really")
    sent = order(1, images=Images(start=image, references=(image, image)))
    arrived = ClipOrder.model_validate_json(sent.model_dump_json())
    image.unlink()
    assert arrived == sent
    assert arrived.key == order(1).key, "images are in the request by their sha256"
    images = arrived.pictures.written(tmp_path, arrived.key)
    assert images.start.read_bytes() == b"\x89PNG not really"
    assert images.start.suffix == ".png"
    assert len(set(images.references)) == 2


def machine(gpus=0, cores=8, gb=80):
    found = tuple(
        Gpu(device=f"cuda:{i}", name="card", total=gb * 10**9, free=gb * 10**9, capability=(9, 0))
        for i in range(gpus)
    )
    return Machine(gpus=found, memory_total=256 * 10**9, memory_free=200 * 10**9, cores=cores)


def test_there_is_a_worker_a_core_where_no_model_needs_a_gpu():
    found = places([Wanted(source="builtin", gpu=False)], machine(gpus=2, cores=3), None)
    assert [place.name for place in found] == ["cpu 0", "cpu 1", "cpu 2"]
    assert {place.environment["OMP_NUM_THREADS"] for place in found} == {"1"}
    assert len(places([Wanted(source="builtin", gpu=False)], machine(cores=3), 5)) == 5


def test_every_loaded_model_has_gpus_of_its_own():
    found = places([Wanted(source="local:x", gpu=True)], machine(gpus=4), None, {})
    assert [place.environment["CUDA_VISIBLE_DEVICES"] for place in found] == ["0", "1", "2", "3"]
    found = places([Wanted(source="local:x", gpu=True, devices=2)], machine(gpus=5), None, {})
    assert [place.environment["CUDA_VISIBLE_DEVICES"] for place in found] == ["0,1", "2,3"]
    given = {"CUDA_VISIBLE_DEVICES": "3,GPU-7f2a"}
    found = places([Wanted(source="local:x", gpu=True)], machine(gpus=2), None, given)
    assert [p.environment["CUDA_VISIBLE_DEVICES"] for p in found] == ["3", "GPU-7f2a"]
    with pytest.raises(InvalidInput, match="--workers 3: there is room for 2 on 2 GPUs"):
        places([Wanted(source="local:x", gpu=True)], machine(gpus=2), 3, {})


def test_a_loaded_model_is_not_put_aside_for_clips_that_need_no_gpu():
    both = [Wanted(source="local:x", gpu=True), Wanted(source="builtin", gpu=False)]
    found = {place.name: place.takes for place in places(both, machine(gpus=1, cores=8), None, {})}
    assert found == {"gpu 0": {"local:x"}, "cpu 0": {"builtin"}, "cpu 1": {"builtin"}}


def test_the_planner_of_memory_says_how_many_gpus_a_model_takes():
    def asked_of(source, there):
        return room(source, LocalOptions(), None, 1280, 720, there)

    assert asked_of("builtin", machine()) == Wanted(source="builtin", gpu=False)
    assert asked_of("local:tiny-mochi", machine()) == Wanted(source="local:tiny-mochi", gpu=False)
    assert asked_of("local:mochi", machine(gpus=2)) == Wanted(source="local:mochi", gpu=True)
    with pytest.raises(MachineError, match="local:mochi wants a GPU"):
        asked_of("local:mochi", machine())


def node(name, gpus=0, cpus=4.0):
    return Node(
        id=f"{name}0123456789", host=name, release="1", code="c", machine=machine(gpus=gpus),
        workspace="/w", cpus=cpus, gpus=gpus,
    )  # fmt: skip


def test_seats_go_to_the_machines_in_turn_and_only_where_a_model_fits():
    def has_room(source, there):
        if source == "local:x" and not there.machine.gpus:
            raise MachineError("it needs 40 GB of a GPU")
        return Wanted(source=source, gpu=source == "local:x")

    cluster = [node("a", gpus=2), node("b"), node("c", gpus=1)]
    found, told = seats(cluster, ["local:x"], has_room, None)
    assert [(seat.name, seat.gpus) for seat in found] == [
        ("a gpu 0", 1), ("c gpu 0", 1), ("a gpu 1", 1),
    ]  # fmt: skip
    assert told == ("b: it needs 40 GB of a GPU",)
    found, _ = seats(cluster, ["builtin"], has_room, 4)
    assert [seat.name for seat in found] == ["a cpu 0", "b cpu 0", "c cpu 0", "a cpu 1"]
    with pytest.raises(InvalidInput, match="--workers 9: the cluster has room for 8"):
        seats([node("a"), node("b")], ["builtin"], has_room, 9)
    with pytest.raises(MachineError, match="room on no machine of the cluster: b: it needs 40 GB"):
        seats([node("b")], ["local:x"], has_room, None)


def test_machines_of_one_name_are_told_apart():
    found, _ = seats(
        [node("a", cpus=1), node("a", cpus=1).model_copy(update={"id": "ffff0"})], ["builtin"],
        lambda source, _: Wanted(source=source, gpu=False), None,
    )  # fmt: skip
    assert [seat.name for seat in found] == ["a-a012 cpu 0", "a-ffff cpu 0"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Kept(tmp_path_factory.mktemp("farm") / "kept")


@pytest.fixture(scope="module")
def pool(store):
    there = Pool(store, cpus(2), store.folder.parent / "cache")
    yield there
    there.close()


@pytest.mark.slow
def test_a_farm_of_processes_makes_the_same_bytes_takes_over_and_finds_what_it_kept(
    tmp_path, store, pool
):
    line = Line("film", {"builtin"}, pool.environment)
    context = Context(scratch=tmp_path / "scratch")
    farmed = Farmed(Builtin(context), line, context, "builtin")
    wanted = [portion.request for portion in farmed.plan({"s": asked(1), "t": asked(2)}).values()]
    slow = planned(tmp_path, range(5, 7), frames=40_000)  # for minutes
    jobs = [farmed.submit(request) for request in slow]
    until(lambda: all(farmed.poll(job).progress > 0 for job in jobs))

    # One that is at work is killed: its clip goes to whoever is free, and that is told.
    victim, process = next(iter(pool.processes().items()))
    os.kill(process, signal.SIGKILL)
    until(lambda: farmed.notices() != ())
    how = "ended by signal 9, as the system does where its memory is used up"
    notice = f"{victim} ended while it made a clip ({how}); another worker took it over"
    assert farmed.notices() == (notice,)
    for job in jobs:
        farmed.cancel(job)
    until(lambda: len(pool.processes()) == 2)
    assert pool.work().notices == (f"{victim} ended ({how}) and was started again",)

    jobs = [farmed.submit(request) for request in wanted]
    until(lambda: all(farmed.poll(job).status == "done" for job in jobs))
    files = [farmed.poll(job).result for job in jobs]
    direct = Builtin(Context(scratch=tmp_path / "direct"))
    for request, file in zip(wanted, files, strict=True):
        job = direct.submit(request)
        until(lambda job=job: direct.poll(job).status == "done")
        assert Path(direct.poll(job).result).read_bytes() == Path(file).read_bytes()
    direct.close()
    assert sorted(journal(store.folder)) == sorted(job.id for job in jobs), "each once, none more"

    again = Line("another film", {"builtin"}, pool.environment)
    again.order(ClipOrder.of(Setup(source="builtin"), "builtin", wanted[0], Images()))
    all_done(again, [jobs[0].id])
    assert [each.found for each in again.made()] == [True]
    assert len(journal(store.folder)) == 2
    farmed.close()
    for each in (line, again):
        each.close()


def test_a_source_that_is_not_there_fails_with_its_sentence(pool):
    line = Line("lost", {"nothing"}, pool.environment)
    wanted = order(1, "nothing")
    line.order(wanted)
    until(lambda: line.state(wanted.key).status == "failed")
    assert "no source of clips is called 'nothing'" in line.state(wanted.key).detail
    line.close()


def test_a_film_learns_that_its_batch_has_ended(kept):
    pool, gone = Pool(kept, ()), []
    line = Line("film", (), pool.environment, gone=lambda: gone.append(True))
    pool.close()
    until(lambda: gone == [True])
    with pytest.raises(MachineError, match="the batch that this film belongs to has ended"):
        line.order(order(1))


def test_a_farmed_source_plans_and_tells_like_the_one_inside(tmp_path):
    class Nobody:
        def __init__(self):
            self.orders, self.states = [], {}

        def takes(self, source):
            return source == "builtin"

        def order(self, order):
            self.orders.append(order)

        def state(self, key):
            return self.states.get(key, JobState(status="waiting"))

        def cancel(self, key):
            self.orders = [order for order in self.orders if order.key != key]

        def notices(self):
            return ("a worker ended",)

        def close(self):
            pass

    context = Context(
        scratch=tmp_path, local=LocalOptions(devices="cuda:1", placement="tiled", steps=4)
    )
    inner, farm = Builtin(context), Nobody()
    farmed = Farmed(inner, farm, context, "builtin")
    requests = {"s": asked(1)}
    assert farmed.plan(requests) == inner.plan(requests)
    request = farmed.plan(requests)["s"].request
    assert farmed.notes(request) == inner.notes(request)
    assert farmed.notices() == ("a worker ended",)
    assert farmed.traits.max_concurrent > inner.traits.max_concurrent
    job = farmed.submit(request)
    (sent,) = farm.orders
    assert sent.setup.local == LocalOptions(placement="tiled", steps=4), (
        "GPUs are the farm's affair"
    )
    assert farmed.poll(job) == JobState(status="waiting")
    clip = tmp_path / "kept.mp4"
    clip.write_bytes(b"a clip")
    farm.states[job.id] = JobState(status="done", result=str(clip))
    taken = farmed.poll(job)
    assert taken.result != str(clip)
    assert farmed.poll(job) == taken
    assert Path(taken.result).read_bytes() == b"a clip"
    farmed.cancel(Job(provider="builtin", id=job.id, request=request))
    assert clip.exists()
    assert not Path(taken.result).exists()
    farmed.close()
    assert farm.orders == []


DRIVER = """
import sys, time
from pathlib import Path
from songreel.generation.farm.kept import Kept
from songreel.generation.farm.line import Line
from songreel.generation.farm.order import ClipOrder, Setup
from songreel.generation.farm.pool import Pool
from songreel.models.clip import NO_IMAGES
from support.farms import cpus, planned
folder = Path(sys.argv[1])
pool = Pool(Kept(folder / "kept"), cpus(2), folder / "cache")
line = Line("film", {"builtin"}, pool.environment)
for request in planned(folder, range(6), frames=24):
    line.order(ClipOrder.of(Setup(source="builtin"), "builtin", request, NO_IMAGES))
time.sleep(600)
"""


@pytest.mark.slow
def test_killing_the_driver_loses_no_finished_clip_and_none_is_made_twice(tmp_path):
    tests = str(Path(__file__).parent)
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(tmp_path)], env={**os.environ, "PYTHONPATH": tests}
    )
    until(lambda: len(journal(tmp_path / "kept")) >= 2)
    driver.kill()
    driver.wait()
    until(lambda: not processes_in(tmp_path))  # workers end by themselves
    before = journal(tmp_path / "kept")
    pool = Pool(Kept(tmp_path / "kept"), cpus(2), tmp_path / "cache")
    line = Line("film", {"builtin"}, pool.environment)
    orders = [
        ClipOrder.of(Setup(source="builtin"), "builtin", request, Images())
        for request in planned(tmp_path, range(6), frames=24)
    ]
    for each in orders:
        line.order(each)
    files = all_done(line, [each.key for each in orders])
    assert len({file.read_bytes() for file in files}) == 6
    found = [each for each in line.made() if each.found]
    after = journal(tmp_path / "kept")
    assert len(found) == len(before) >= 2
    assert sorted(after) == sorted(each.key for each in orders), "each once"
    line.close()
    pool.close()
    assert list((tmp_path / "kept").glob("work-*")) == []
