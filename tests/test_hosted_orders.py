"""Sound bought from the local server: whatever fails, nothing is paid twice, and it is told."""

import logging
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from songreel.models.errors import BudgetExceeded
from songreel.sound.pcm import read
from support.cloud import ills
from support.cloud.faults import (
    ABORTED,
    CANCELED,
    REFUSED,
    answer_lost,
    answers,
    fails,
    silent,
    slow,
)
from support.cloud.ills import creates
from support.cloud.tones import heard_pitch, pitch
from support.hosted_films import HASTY, LAG, booked
from support.hosted_sounds import deliver, prompt

SERVICES = ("replicate", "fal")
NAMES = [f"s{number:02d}" for number in range(4)]


@pytest.fixture(params=SERVICES)
def service(request):
    return request.param


def nothing_was_paid_twice(cloud):
    """No two paid jobs were asked for with the same input, but for the addresses of files."""
    inputs = [
        repr(sorted(each for each in line.input.items() if "http" not in str(each)))
        for line in cloud.bill()
    ]
    return len(inputs) == len(set(inputs))


def is_own(take, folder):
    """Whether the sound is the one that was made for its request."""
    samples, rate = read(folder / "sounds" / take.file)
    before = take.request.heard.seconds if take.request.heard else 0.0
    given = next((folder / "given").iterdir()).read_bytes()
    new = samples[:, round((before + 0.1) * rate) :]
    assert samples.shape[1] / rate >= take.request.total - 0.05
    wanted = pitch(take.request.seed, take.request.prompt, given)
    return abs(heard_pitch(new, rate) / wanted - 1) < 0.01


def test_each_is_its_own_paid_once_and_not_asked_for_again(service, cloud, tmp_path):
    made = deliver(service, tmp_path)
    assert (list(made.takes), made.lost) == (NAMES, {})
    assert all(is_own(take, tmp_path) for take in made.takes.values())
    assert all("non-commercial" in take.notes[-1] for take in made.takes.values())
    assert len(cloud.bill()) == creates(cloud) == 4
    assert cloud.requests("list") == []  # nothing was lost
    assert len(cloud.files) == 1  # what all of them go on from
    assert booked(tmp_path) == cloud.usd() == sum(take.cost.usd for take in made.takes.values())
    asked = len(cloud.requests())
    assert deliver(service, tmp_path) == made
    assert len(cloud.requests()) == asked


PASSING = [*ills.PASSING, ("upload", answers(503)), ("upload", answer_lost())]

EACH_PASSING = [
    pytest.param(
        kind, fault, service, id=f"{service}-{kind}-{fault.name}-{number}",
        marks=() if number % 5 == 0 else pytest.mark.slow,
    )
    for number, (kind, fault) in enumerate(PASSING)
    for service in ("fal" if kind == "result" else SERVICES[number % 2],)
]  # fmt: skip
"""Each at one of the services (only fal has a result to ask for); a fifth of them every day."""


@pytest.mark.parametrize(("kind", "fault", "service"), EACH_PASSING)
def test_a_fault_that_passes_costs_time_and_nothing_else(cloud, tmp_path, kind, fault, service):
    cloud.fail(kind, fault, skip=0 if kind in ("list", "upload") else 1, times=2)
    if kind == "list":
        cloud.fail("create", answer_lost())
    made = deliver(service, tmp_path, 3)
    assert (list(made.takes), made.lost) == (NAMES[:3], {})
    assert all(is_own(take, tmp_path) for take in made.takes.values())
    assert [take.request.seed for take in made.takes.values()] == [7, 8, 9]
    assert len(cloud.bill()) == 3
    assert booked(tmp_path) == cloud.usd()
    assert (kind, fault.name) in cloud.faults.dealt


def test_where_only_words_say_when_to_come_back_they_are_waited_for(cloud, tmp_path):
    cloud.fail("create", answers(429, "Your rate limit resets in ~0.1s."))
    assert list(deliver("replicate", tmp_path, 1).takes) == ["s00"]
    assert creates(cloud) == 2


def test_an_answer_that_does_not_come_is_looked_for(service, cloud, tmp_path):
    cloud.fail("create", silent(2.0))
    made = deliver(service, tmp_path, 1, wait=0.3)
    assert (list(made.takes), len(cloud.bill())) == (["s00"], 1)


FINAL = [*ills.FINAL, ("create", ABORTED), ("create", CANCELED)]

EACH = [
    pytest.param(
        kind, fault, failing, service, id=f"{service}-{kind}-{fault.name}-{failing} of 4",
        marks=() if (number + turn) % 6 == 1 and not fault.endless else pytest.mark.slow,
    )
    for number, (kind, fault) in enumerate(FINAL)
    for turn, failing in enumerate((1, 2, 4))
    for service in (SERVICES[(number + turn) % 2],)
    if (fault, service) != (ABORTED, "fal")  # it knows no such end
]  # fmt: skip
"""Any one, half and all, at the services in turn; a sixth of these every day."""


@pytest.mark.parametrize(("kind", "fault", "failing", "service"), EACH)
def test_what_fails_for_ever_is_told_and_the_rest_is_delivered(
    cloud, tmp_path, kind, fault, failing, service
):
    hit = {prompt(number) for number in range(failing)}
    cloud.fail(kind, fault, times=1e9, when=lambda values: values.get("prompt") in hit)
    patience = HASTY
    if fault.endless or fault.word:
        patience = type(HASTY)(**{**vars(HASTY), "deadline": 0.3})
    made = deliver(service, tmp_path, patience=patience)
    assert sorted([*made.takes, *made.lost]) == NAMES
    assert nothing_was_paid_twice(cloud)
    assert booked(tmp_path) >= cloud.usd() - Decimal("0.00001")
    saved = fault == answer_lost()  # found in the list
    # No credit, and wanting fewer requests for ever, are the whole account's.
    all_of_it = kind == "create" and fault.status in (402, 429)
    expected = NAMES[: 4 if all_of_it else failing]
    assert list(made.lost) == ([] if saved else expected)
    assert all(str(error) for error in made.lost.values())
    assert all(is_own(take, tmp_path) for take in made.takes.values())


def test_refused_content_is_not_asked_for_with_another_seed(service, cloud, tmp_path):
    cloud.fail("create", REFUSED, times=1e9)
    made = deliver(service, tmp_path, 1)
    assert made.lost["s00"].refused
    assert creates(cloud) == 1


def test_a_job_that_fails_is_tried_once_more_with_another_seed(service, cloud, tmp_path):
    cloud.fail("create", fails("out of memory"), times=1)
    made = deliver(service, tmp_path, 1)
    assert creates(cloud) == 2
    assert made.takes["s00"].request.seed != 7
    assert f"seed {made.takes['s00'].request.seed}" in made.takes["s00"].notes
    assert booked(tmp_path) == cloud.usd()
    asked = len(cloud.requests())
    assert deliver(service, tmp_path, 1) == made
    assert len(cloud.requests()) == asked


def test_what_could_not_be_fetched_is_fetched_by_the_next_run(service, cloud, tmp_path):
    cloud.fail("download", answers(503), times=1e9)
    made = deliver(service, tmp_path)
    assert (list(made.lost), made.takes) == (NAMES, {})
    cloud.heal()
    made = deliver(service, tmp_path)
    assert (list(made.takes), len(cloud.bill())) == (NAMES, 4)
    assert booked(tmp_path) == cloud.usd()


def test_a_result_that_is_gone_after_an_hour_is_booked_and_bought_anew(service, cloud, tmp_path):
    cloud.fail("download", answers(503), times=1e9)
    deliver(service, tmp_path, 1)
    cloud.heal()
    cloud.clock.advance(3700)
    made = deliver(service, tmp_path, 1)
    if service == "fal":  # whose clock says nothing of our own: it may still be under way
        assert "does not know" in str(made.lost["s00"])
        assert len(cloud.bill()) == 1
    else:
        assert list(made.takes) == ["s00"]
        assert len(cloud.bill()) == 2
    assert booked(tmp_path) >= cloud.usd() - Decimal("0.00001")


def test_nothing_is_asked_for_that_may_pass_the_cap(service, cloud, tmp_path):
    made = deliver(service, tmp_path / "all")
    price = cloud.usd()
    made = deliver(service, tmp_path / "some", allowance=2 * price, tale="again")
    assert booked(tmp_path / "some") == cloud.usd() - price <= 2 * price
    before = creates(cloud)
    made = deliver(service, tmp_path / "none", allowance=Decimal("0.000001"), tale="no")
    assert list(made.lost) == NAMES
    assert all(isinstance(error, BudgetExceeded) for error in made.lost.values())
    assert (creates(cloud), booked(tmp_path / "none")) == (before, 0)


STORM = ills.STORM | {"upload": [answers(503), answer_lost()]}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_in_a_storm_nothing_is_paid_twice(service, cloud, tmp_path, seed, caplog):
    caplog.set_level(logging.DEBUG)
    told = []
    cloud.faults.storm(seed, 0.25, STORM)
    made = deliver(service, tmp_path, 8, progress=lambda what, _: told.append(what))
    assert len(made.takes) + len(made.lost) == 8
    assert all(is_own(take, tmp_path) for take in made.takes.values())
    assert nothing_was_paid_twice(cloud)
    assert booked(tmp_path) >= cloud.usd() - Decimal("0.00001")
    assert len(cloud.faults.dealt) > 3
    told += [repr(made), *(record.getMessage() for record in caplog.records)]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    for secret in (cloud.token, cloud.key):
        assert not [text for text in told if secret in text]
        assert not [path for path in files if secret.encode() in path.read_bytes()]


def child(service, folder, tale):
    code = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, "-m", "support.hosted_sounds", service, str(folder), tale],
        cwd=code, env={**os.environ, "PYTHONPATH": str(code)},
    )  # fmt: skip


@pytest.mark.slow
def test_killed_at_random_moments_eight_sounds_are_paid(service, cloud, tmp_path):
    cloud.faults.storm(0, 0.3, {"create": [slow(0.03)], "download": [slow(0.02)]})
    assert child(service, tmp_path / "undisturbed", "none").wait() == 0
    asked, price, moments, landed = len(cloud.requests()), cloud.usd(), Random(7), 0
    for number in range(5):
        folder, tale, before = tmp_path / str(number), f"tale {number}", len(cloud.bill())
        began, after = len(cloud.requests()), moments.uniform(1, 0.9 * asked)
        running = child(service, folder, tale)
        while running.poll() is None and len(cloud.requests()) - began < after:
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.02))
        running.send_signal(signal.SIGKILL)
        landed += running.wait() == -signal.SIGKILL
        time.sleep(2 * LAG)  # what it has sent has arrived by now
        made = deliver(service, folder, 8, tale=tale)
        assert (len(made.takes), made.lost) == (8, {})
        assert len(cloud.bill()) - before == 8, f"kill {number}"
        assert booked(folder) == price
        assert not list((folder / "sounds").glob("*.job.json"))
        assert all(is_own(take, folder) for take in made.takes.values())
    assert landed >= 3
