"""The queue: in order, one job a project, nobody's twice, and nothing lost with a worker."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from songreel.models.errors import InvalidInput
from songreel.models.work import Export, Make, Report, Score
from songreel.store.database import Database
from songreel.store.queue import Queue
from songreel.store.trail import Trail
from support.clocks import Clock

A, B, C = "a" * 32, "b" * 32, "c" * 32


@pytest.fixture
def clock():
    return Clock("2026-11-22T08:00:00+00:00")


@pytest.fixture
def queue(database, clock):
    return Queue(Database(database), clock=clock)


def report(project: str) -> Report:
    return Report(project=project)


def states(queue):
    return [job.state for job in queue.all()]


def test_jobs_are_taken_in_their_order_and_told_back_as_they_were_asked(queue):
    work = Export(project=A, forms=("otio", "edl"), relative=True)
    first, second = queue.add(work, actor="rest"), queue.add(report(B))
    assert queue.take("w") == queue.get(first.id)
    taken = queue.take("w")
    assert (taken.id, taken.state, taken.attempts) == (second.id, "working", 1)
    assert queue.get(first.id).work == work
    assert queue.get(first.id).actor == "rest"
    assert queue.take("w") is None


def test_one_job_a_project_and_the_others_go_before_it(queue):
    first, same, other = (queue.add(report(project)) for project in (A, A, B))
    loose = queue.add(Score(scenes="scenes:\n  - seconds: 4"))
    held = queue.take("w")
    assert [held.id, queue.take("w").id, queue.take("w").id] == [first.id, other.id, loose.id]
    assert queue.take("w") is None
    assert queue.done(held, {})
    assert queue.take("w").id == same.id


def test_work_on_no_project_is_done_side_by_side(queue):
    both = [queue.add(Score(scenes="scenes:\n  - seconds: 4")).id for _ in range(2)]
    assert [queue.take("w").id, queue.take("v").id] == both


def test_the_order_can_be_changed(queue):
    jobs = [queue.add(report(project)).id for project in "abcd" for project in [project * 32]]
    queue.move(jobs[3], before=jobs[1])
    queue.move(jobs[0])
    urgent = queue.add(report("e" * 32), before=jobs[3]).id
    wanted = [urgent, jobs[3], jobs[1], jobs[2], jobs[0]]
    assert [job.id for job in queue.all()] == wanted
    assert [queue.take("w").id for _ in wanted] == wanted


def test_a_place_between_two_is_always_found(queue):
    first, last = queue.add(report(A)).id, queue.add(report(B)).id
    for _ in range(60):  # halved as often, a float has no room any more
        first, last = queue.add(report(C), before=last).id, last
    order = [job.id for job in queue.all()]
    assert order[-2:] == [first, last]
    assert len({job.place for job in queue.all()}) == 62


def test_what_has_ended_has_no_turn(queue):
    job = queue.add(report(A))
    queue.cancel(job.id)
    with pytest.raises(InvalidInput, match=r"has ended \(cancelled\)"):
        queue.move(job.id)
    with pytest.raises(InvalidInput, match="there is no job 7"):
        queue.get("7")


def test_a_worker_that_was_taken_over_is_told_so_and_changes_nothing(queue, clock):
    queue.add(report(A))
    slow = queue.take("slow", stale=60)
    clock.forward(seconds=61)
    quick = queue.take("quick", stale=60)
    assert (quick.id, quick.attempts, quick.crashes) == (slow.id, 2, 1)
    assert queue.alive(slow, "cutting", 0.9) == "lost"
    assert not any((queue.done(slow, {}), queue.failed(slow, "no"), queue.give_back(slow)))
    assert queue.get(slow.id).worker == "quick"
    assert queue.done(quick, {"film": "a.mp4"})
    assert queue.get(slow.id).result == {"film": "a.mp4"}


def test_a_worker_that_says_it_is_alive_keeps_its_job(queue, clock):
    queue.add(report(A))
    job = queue.take("w", stale=60)
    for _ in range(5):
        clock.forward(seconds=50)
        assert queue.alive(job, "cutting", 0.5) == ""
        assert queue.take("v", stale=60) is None


def test_workers_known_to_be_dead_are_not_waited_for(queue):
    queue.add(report(A))
    job = queue.take("dead")
    assert queue.take("v", dead=["dead"]).id == job.id


def test_a_job_that_takes_its_server_along_five_times_is_given_up_in_a_sentence(queue, clock):
    """Known to be dead, or not heard of for a minute: another machine's server."""
    job = queue.add(report(A), actor="rest")
    for n in range(5):
        job = queue.take("w" if n % 2 else "v", stale=60, dead=["v"])
        assert (job.attempts, job.crashes) == (n + 1, n)
        clock.forward(seconds=61 if n % 2 else 1)
    assert queue.take("x", stale=60, dead=["v"]) is None
    job = queue.get(job.id)
    assert (job.state, job.worker, job.ended) == ("failed", "", clock())
    assert "5 times in a row at the same place (its server or machine went away" in job.error
    (line,) = Trail(queue.database).entries()
    assert (line.action, line.subject, line.actor) == ("job.ended", job.id, "rest")
    assert line.detail == {"kind": "report", "state": "failed", "error": job.error}
    assert queue.again(job.id).crashes == 0
    assert queue.take("x") is not None


def test_a_job_that_gets_further_may_lose_any_number_of_servers(queue):
    queue.add(report(A))
    for n in range(12):
        job = queue.take(f"w{n}", dead=[f"w{n - 1}"])
        queue.alive(job, "clips", 0.05 * (n + 1))
    assert (job.attempts, queue.get(job.id).crashes) == (12, 0)


def test_who_is_known_to_be_there_keeps_its_job_over_a_night_asleep(queue, clock):
    """Nobody was heard of meanwhile, and the wall clock has gone on."""
    jobs = [queue.add(report(project)) for project in (A, B)]
    queue.take("w")
    queue.take("v")
    clock.forward(hours=9)
    assert queue.take("w", stale=60, alive=["v"]) is None
    assert [queue.get(job.id).worker for job in jobs] == ["w", "v"]
    assert queue.take("v", stale=60).id == jobs[0].id  # of "w" it does not know


def test_a_clock_that_is_set_back_keeps_nobody_waiting_and_nothing_untold(queue, clock):
    queue.add(report(A))
    job = queue.take("w")
    queue.alive(job, "clips: 1", 0.1)
    before = queue.last_event
    clock.forward(hours=-3)
    queue.alive(job, "clips: 2", 0.2)
    clock.forward(seconds=2)
    queue.alive(job, "clips: 3", 0.3)
    told = [event.data["doing"] for event in queue.events(before)]
    assert told == ["clips: 2", "clips: 3"]
    queue.wait(job, 5, "waits: another songreel is at work")
    clock.forward(hours=-3)
    assert queue.take("w") is not None
    queue.done(queue.get(job.id), {})
    assert queue.get(job.id).state == "done"
    ids = [event.id for event in queue.events()]
    assert ids == sorted(ids)


def test_a_job_over_which_the_clock_was_set_back_does_not_count_as_quick(queue, clock):
    for hours in (0, -3):
        queue.add(report(A))
        job = queue.take("w")
        clock.forward(hours=hours, seconds=30)
        queue.done(job, {})
    assert queue.seconds("report") == (30.0,)


def test_a_job_that_gets_further_between_crashes_is_not_given_up(queue):
    queue.add(report(A))
    for n in range(6):
        job = queue.take("w")
        queue.alive(job, "clips", 0.1 * n)
        assert queue.crashed(job, "ended by SIGKILL")
        assert queue.get(job.id).crashes == 1
    for crashes in (2, 3):
        job = queue.take("w")
        queue.alive(job, "clips", 0.505)  # no further
        assert queue.crashed(job, "ended by SIGKILL")
        assert queue.get(job.id).crashes == crashes
    assert queue.get(job.id).state == "failed"


def test_a_job_whose_process_ends_three_times_is_given_up_in_a_sentence(queue):
    queue.add(report(A))
    for attempt in range(3):
        job = queue.take("w")
        assert job.attempts == attempt + 1
        assert queue.crashed(job, "ended by SIGKILL")
    ended = queue.get(job.id)
    assert ended.state == "failed"
    assert "3 times in a row at the same place (ended by SIGKILL)" in ended.error
    again = queue.again(job.id)
    assert (again.state, again.crashes, again.error) == ("waiting", 0, ended.error)
    assert queue.take("w").error == ""


def test_a_job_given_back_is_no_crash(queue):
    queue.add(report(A))
    for _ in range(5):
        assert queue.give_back(queue.take("w"))
    assert queue.get(queue.all()[0].id).crashes == 0


def test_pause_resume_and_cancel_of_a_job_that_waits(queue):
    job = queue.add(report(A)).id
    assert queue.pause(job).state == "paused"
    assert queue.pause(job).state == "paused"
    assert queue.take("w") is None
    assert queue.resume(job).state == "waiting"
    assert queue.cancel(job).state == "cancelled"
    with pytest.raises(InvalidInput, match="has ended: it is cancelled"):
        queue.resume(job)
    assert queue.again(job).state == "waiting"


def test_a_worker_hears_what_is_wished_and_says_when_it_is_so(queue):
    queue.add(report(A))
    job = queue.take("w")
    assert queue.pause(job.id).wish == "pause"
    assert queue.alive(job) == "pause"
    assert queue.resume(job.id).wish == ""
    assert queue.alive(job) == ""
    queue.pause(job.id)
    assert queue.paused(job)
    assert states(queue) == ["paused"]
    queue.resume(job.id)
    job = queue.take("w")
    queue.cancel(job.id)
    assert queue.alive(job) == "cancel"
    assert queue.cancelled(job)
    assert states(queue) == ["cancelled"]


@pytest.mark.parametrize(("wish", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_what_was_wished_of_a_worker_that_died_is_so_at_once(queue, wish, state):
    queue.add(report(A))
    job = queue.take("w")
    getattr(queue, wish)(job.id)
    assert queue.take("v", dead=["w"]) is None
    assert states(queue) == [state]


def test_a_project_that_another_process_holds_lets_others_go_first(queue, clock):
    first, second = queue.add(report(A)), queue.add(report(B))
    assert queue.wait(queue.take("w"), 5, "waits: another songreel is at work")
    assert queue.get(first.id).doing.startswith("waits")
    assert queue.take("w").id == second.id
    assert queue.take("w") is None
    clock.forward(seconds=6)
    assert queue.take("w").id == first.id


def test_the_whole_queue_can_be_held_and_stays_so(queue, database):
    queue.add(report(A))
    queue.hold()
    assert queue.take("w") is None
    assert Queue(Database(database)).held
    queue.release()
    assert queue.take("w") is not None


def test_a_done_job_asked_for_again_is_a_job_of_its_own(queue):
    job = queue.add(report(A))
    queue.done(queue.take("w"), {"ok": True})
    new = queue.again(job.id)
    assert (new.id != job.id, new.work, queue.get(job.id).state) == (True, job.work, "done")


def test_events_tell_everything_in_order_and_progress_that_is_old_is_dropped(queue, clock):
    queue.add(report(A))
    job = queue.take("w")
    for percent in range(100):
        clock.forward(seconds=2)
        queue.alive(job, f"clips: {percent}", percent / 100, 1.0)
    kept = [event for event in queue.events() if event.kind == "progress"]
    assert 20 < len(kept) <= 32  # a minute, one every two seconds
    assert kept[-1].data["progress"] == 0.99
    seen = kept[-1].id
    queue.tell(job, "found", {"part": "beats", "value": [0.5]})
    queue.done(job, {})
    later = queue.events(seen)
    assert [(event.kind, event.data.get("state")) for event in later] == [
        ("found", None), ("state", "done"),
    ]  # fmt: skip
    ids = [event.id for event in queue.events()]
    assert ids == sorted(ids)
    assert queue.last_event == ids[-1]
    assert [event.data["state"] for event in queue.events() if event.kind == "state"] == [
        "waiting", "working", "done",
    ]  # fmt: skip


def test_events_are_dropped_after_a_while_a_part_at_a_time(queue, clock, monkeypatch):
    monkeypatch.setattr("songreel.store.job_events._MOST_PRUNED", 3)
    queue.add(report(A))
    job = queue.take("w")
    for part in ("beats", "bars", "key", "mood"):
        queue.tell(job, "found", {"part": part})
    clock.forward(seconds=90_000)
    queue.add(report(B))
    assert [event.data["part"] for event in queue.events() if event.kind == "found"] == ["mood"]
    queue.add(report(B))  # at once: not all was dropped yet
    assert {event.kind for event in queue.events()} == {"state"}
    clock.forward(seconds=31 * 86_400)
    last = queue.last_event
    for _ in range(3):
        queue.add(report(C))
    assert all(event.id > last for event in queue.events())
    assert len(queue.all(limit=10)) == 6  # the jobs themselves stay


def test_a_job_is_found_by_the_beginning_of_its_id(queue):
    jobs = [queue.add(report(A)) for _ in range(3)]
    assert [job.id for job in queue.beginning(jobs[1].id[:12])] == [jobs[1].id]
    assert len(queue.beginning("")) == 3
    assert queue.beginning("%") == ()


def test_progress_is_told_once_a_second_at_most_and_stages_at_once(queue, clock):
    queue.add(report(A))
    job = queue.take("w")
    for step in range(20):
        clock.forward(seconds=0.1)
        queue.alive(job, f"clips: {step}", step / 40)
    queue.alive(job, "cutting the shots", 0.6)
    told = [event.data["doing"] for event in queue.events() if event.kind == "progress"]
    assert told == ["clips: 0", "clips: 10", "cutting the shots"]
    assert queue.get(job.id).progress == 0.6


def test_an_id_of_an_event_is_never_given_out_twice(queue):
    queue.add(report(A))
    job = queue.take("w")
    queue.alive(job, "cutting", 0.5)
    last = queue.last_event  # of progress, which goes with the end
    queue.done(job, {})
    assert [event.kind for event in queue.events(last)] == ["state"]


def test_of_a_part_that_is_heard_again_the_last_telling_stays(queue):
    queue.add(report(A))
    job = queue.take("w")
    for low in ([0], [0, 1], [0, 1, 2]):
        queue.tell(job, "found", {"part": "waveform", "value": {"low": low}})
    found = [event.data["value"] for event in queue.events() if event.kind == "found"]
    assert found == [{"low": [0, 1, 2]}]


def test_jobs_and_events_of_one_project(queue):
    for project in (A, B, A):
        queue.add(report(project))
    assert [job.project for job in queue.all(project=A)] == [A, A]
    assert {event.project for event in queue.events(project=B)} == {B}
    assert len(queue.events(limit=2)) == 2


def test_a_job_that_makes_its_project_belongs_to_it(queue):
    queue.add(Score(scenes="scenes:\n  - seconds: 4"))
    job = queue.take("w")
    assert queue.belongs(job, A)
    queue.add(report(A))
    assert queue.take("w") is None


def test_what_ended_is_listed_after_what_is_to_come_the_latest_first(queue, clock):
    jobs = [queue.add(report(project)).id for project in (A, B, C)]
    for _ in range(2):
        job = queue.take("w")
        clock.forward(seconds=1)
        queue.done(job, {})
    assert [job.id for job in queue.all()] == [jobs[2], jobs[1], jobs[0]]
    assert [job.id for job in queue.all(states=("done",), limit=1)] == [jobs[1]]
    assert queue.seconds("report") == (1.0, 1.0)


def test_work_that_names_an_asset_that_is_not_there_is_refused(queue):
    with pytest.raises(InvalidInput, match="there is no asset 0000"):
        queue.add(Make(project=A, footage=("0" * 64,)))
    assert queue.all() == ()


def test_no_job_is_done_twice_by_many_workers_at_once(database):
    queue = Queue(Database(database))
    jobs = {queue.add(report(f"{n:032x}")).id for n in range(24)}

    def work(name: int) -> list[str]:
        own, mine = [], Queue(Database(database))
        while job := mine.take(f"w{name}"):
            own.append(job.id)
            assert mine.done(job, {})
        return own

    with ThreadPoolExecutor(4) as pool:
        taken = [job for own in pool.map(work, range(4)) for job in own]
    assert sorted(taken) == sorted(jobs)
