"""Batches over Ray, on a cluster of several nodes in this machine."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_batch import record_of, short_songs

from songreel.generation.farm import nodes
from songreel.generation.farm.farmed import Farmed
from songreel.generation.farm.kept import Kept
from songreel.generation.farm.order import ClipOrder, Setup
from songreel.generation.farm.places import Wanted
from songreel.generation.farm.ray_line import RayLine
from songreel.generation.farm.ray_pool import RayPool
from songreel.generation.farm.ray_worker import RayWorker
from songreel.generation.provider import Context
from songreel.generation.providers.builtin import Builtin
from songreel.models.clip import NO_IMAGES
from songreel.models.errors import MachineError
from support.command import command
from support.farms import QUIET, all_done, asked, journal, order, planned, until
from support.needs import needs

ray = needs("ray")

TESTS = str(Path(__file__).parent)


def plain(source, node):  # noqa: ARG001
    return Wanted(source=source, gpu=False)


class Nobody:
    """A broker that is told and does not listen."""

    def __getattr__(self, name):
        return self

    def remote(self, *said):
        pass


def test_a_worker_without_a_shared_disk_sends_the_bytes(tmp_path):
    own = Kept(tmp_path / "of the broker")
    near = RayWorker("near", Nobody(), str(own.folder), own.id, str(tmp_path / "near"))
    far = RayWorker("far", Nobody(), str(tmp_path / "not here"), own.id, str(tmp_path / "far"))
    (request,) = planned(tmp_path, range(1), frames=4)
    wanted = ClipOrder.of(Setup(source="builtin"), "builtin", request, NO_IMAGES)
    sent = far.make(wanted.model_dump_json())
    assert not far.hello()
    assert own.take_bytes(sent.data, wanted, sent.made).read_bytes() == sent.data
    found = near.make(wanted.model_dump_json())
    assert near.hello()
    assert (found.made.found, found.made.worker, found.data) == (True, "far", None)
    refused = near.make(order(1, "nothing").model_dump_json())
    assert refused.made is None
    assert "no source of clips is called 'nothing'" in refused.reason
    for worker in (near, far):
        worker.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Four nodes of a core each."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SONGREEL_WORKSPACE", str(tmp_path_factory.mktemp("nodes")))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("PYTHONPATH", TESTS)
        for name, value in QUIET.items():
            patch.setenv(name, value)
        there = Cluster(
            initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
        )
        for _ in range(3):
            there.add_node(num_cpus=1)
        yield there
        ray.shutdown()
        there.shutdown()


@pytest.fixture
def farm(cluster, tmp_path):
    """A pool of four actors, and a film's line to it."""
    nodes.connect(cluster.address, 1)
    first = ray.get_runtime_context().get_node_id()
    pool = RayPool(tmp_path / "kept", nodes.nodes(), first, ["builtin"], plain, None)
    line = RayLine("film", 0, {"builtin"}, pool.broker)
    yield pool, line
    line.close()
    pool.close()
    ray.shutdown()


@pytest.mark.slow
def test_four_workers_make_forty_clips_though_one_is_killed(farm, tmp_path):
    pool, line = farm
    context = Context(scratch=tmp_path / "scratch")
    farmed = Farmed(Builtin(context), line, context, "builtin")
    wanted = {f"s{seed:02d}": asked(seed, frames=24) for seed in range(40)}
    jobs = [farmed.submit(p.request) for p in farmed.plan(wanted).values()]
    until(lambda: len(journal(tmp_path / "kept")) >= 8)
    victim, actor = next(iter(ray.get(pool.broker.processes.remote()).items()))
    ray.kill(actor)
    until(lambda: all(farmed.poll(job).status != "waiting" for job in jobs), 240)
    assert {farmed.poll(job).status for job in jobs} == {"done"}
    assert len({Path(farmed.poll(job).result).read_bytes() for job in jobs}) == 40
    assert sorted(journal(tmp_path / "kept")) == sorted(job.id for job in jobs), "each once"
    made, making, handing, notices = pool.work()
    assert sum(made.values()) == 40
    assert [text for text in notices if text.startswith(victim) and "started again" in text]
    assert len(made) == 4
    assert all(made.values()), "each worker made some"
    print(f"{making:.1f} s of making, {1000 * handing / 40:.1f} ms a clip handed over")
    farmed.close()


@pytest.mark.slow
def test_a_film_without_a_shared_disk_gets_the_bytes(farm, tmp_path):
    _, line = farm
    line._seen = None
    (request,) = planned(tmp_path, range(1), frames=4)
    wanted = ClipOrder.of(Setup(source="builtin"), "builtin", request, NO_IMAGES)
    line.order(wanted)
    (file,) = all_done(line, [wanted.key])
    assert not file.is_relative_to(tmp_path / "kept")
    _, kept = Kept(tmp_path / "kept").find(wanted.key)
    assert file.read_bytes() == kept.read_bytes()


DRIVER = """
import sys, time
from pathlib import Path
from songreel.generation.farm import nodes
from songreel.generation.farm.order import ClipOrder, Setup
from songreel.generation.farm.places import Wanted
from songreel.generation.farm.ray_line import RayLine
from songreel.generation.farm.ray_pool import RayPool
from songreel.models.clip import NO_IMAGES
from support.farms import planned
folder = Path(sys.argv[1])
nodes.connect(sys.argv[2], 1)
import ray
pool = RayPool(folder / "kept", nodes.nodes(), ray.get_runtime_context().get_node_id(),
               ["builtin"], lambda source, _: Wanted(source=source, gpu=False), 2)
line = RayLine("film", 0, {"builtin"}, pool.broker)
for request in planned(folder, range(12), frames=24):
    line.order(ClipOrder.of(Setup(source="builtin"), "builtin", request, NO_IMAGES))
time.sleep(600)
"""


@pytest.mark.slow
def test_killing_the_driver_loses_no_finished_clip_and_none_is_made_twice(cluster, tmp_path):
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(tmp_path), cluster.address],
        env={**os.environ, "PYTHONPATH": TESTS},
    )
    until(lambda: len(journal(tmp_path / "kept")) >= 3, 120)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    time.sleep(3.0)  # Ray ends what belonged to it
    before = journal(tmp_path / "kept")
    nodes.connect(cluster.address, 1)
    first = ray.get_runtime_context().get_node_id()
    pool = RayPool(tmp_path / "kept", nodes.nodes(), first, ["builtin"], plain, 2)
    line = RayLine("film", 0, {"builtin"}, pool.broker)
    orders = [
        ClipOrder.of(Setup(source="builtin"), "builtin", request, NO_IMAGES)
        for request in planned(tmp_path, range(12), frames=24)
    ]
    for each in orders:
        line.order(each)
    all_done(line, [each.key for each in orders], 120)
    assert sum(each.found for each in line.made()) == len(before) >= 3
    assert sorted(journal(tmp_path / "kept")) == sorted(each.key for each in orders), "each once"
    line.close()
    pool.close()
    ray.shutdown()


@pytest.mark.slow
def test_machines_with_another_songreel_are_told_of(cluster, monkeypatch):
    nodes.connect(cluster.address, 1)
    own = nodes.here()
    monkeypatch.setattr(nodes, "here", lambda: own | {"release": "9.9"})
    with pytest.raises(MachineError, match=r"has songreel .*, this is 9\.9 .*: build one wheel"):
        nodes.nodes()
    ray.shutdown()


def test_without_a_cluster_there_is_one_sentence():
    with pytest.raises(MachineError, match="no Ray cluster at 127.0.0.1:1 .*`ray start --head`"):
        nodes.connect("127.0.0.1:1", 1)


@pytest.mark.slow
def test_ten_songs_in_one_command_over_ray(cluster, tmp_path):
    short_songs(tmp_path / "songs", 10)
    run = command(tmp_path, OMP_NUM_THREADS="1")
    arguments = (
        "batch", "songs", "--size", "72", "--out", "films", "--engine", "ray", "--address",
        cluster.address,
    )  # fmt: skip
    ended = run(*arguments, timeout=1200)
    assert "10 of 10 films are finished" in ended.stderr
    record = record_of(tmp_path / "films")
    assert all(film.outcome.ok and not film.outcome.substitutions for film in record.films)
    assert len(record.runs[0].workers) == 4
    assert record.runs[0].made == sum(record.runs[0].workers.values())
    again = run(*arguments)
    assert "0 films to make, 10 finished before" in again.stderr
