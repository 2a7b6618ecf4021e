"""What both hosted sources must do, each asked against the server of `support.cloud`."""

import logging
import re
import time
import traceback
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import cv2
import numpy as np
import pytest

from songreel.generation.catalogue.compare import differences
from songreel.generation.catalogue.load import catalogue
from songreel.generation.fetch import fetch
from songreel.generation.provider import Context
from songreel.generation.shelf import measure
from songreel.models.clip import Images, Job, Still
from songreel.models.errors import InvalidInput, ProviderError
from songreel.models.files import sha256_of
from songreel.models.storyboard import CameraMove, ShotSize
from support.cloud.faults import (
    NOT_JSON,
    PAGE,
    REFUSED,
    answer_lost,
    answers,
    fails,
    gives,
    reset_unread,
    says,
    silent,
    slow,
    truncated,
)
from support.cloud.films import marks, read_marks
from support.cloud.server import Cloud
from support.pictures import read_video, scenery, write_photo
from support.services import (
    Hosted,
    await_end,
    closed_port,
    intent,
    plan_one,
    refused_submit,
    wanted,
)

ENTRIES = catalogue().entries
SERVICES = ("replicate", "fal")


@pytest.fixture
def cloud():
    with Cloud() as made:
        yield made


@pytest.fixture(params=SERVICES)
def service(request, cloud, monkeypatch, tmp_path):
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    made = Hosted(request.param, cloud, tmp_path / "scratch")
    yield made
    made.close()


@pytest.fixture
def provider(service):
    return service.provider()


only = {
    name: pytest.mark.parametrize("service", [name], indirect=True) for name in SERVICES
}  # fmt: skip


def film(count=8, seconds=2.0, take=None, **more):
    """Shots of a film; `take` shares one over all of them."""
    return {
        f"s{i:02d}": wanted(
            seconds, seed=3 if take else i, take=take, prompt=f"a coast {0 if take else i}", **more
        )
        for i in range(count)
    }  # fmt: skip


# Planning


def test_it_tells_of_itself_and_of_a_missing_key(service, monkeypatch, tmp_path):
    provider = service.provider()
    made = type(provider)
    context = Context(scratch=tmp_path)
    assert made.describe(context).ready
    assert provider.name.startswith(f"{service.name}:")
    assert provider.traits.costs_money
    assert not provider.traits.local
    monkeypatch.delenv("REPLICATE_API_TOKEN")
    monkeypatch.delenv("FAL_KEY")
    monkeypatch.setenv("SONGREEL_KEYS", str(tmp_path / "none.toml"))
    standing = made.describe(context)
    assert not standing.ready
    assert re.search(r"REPLICATE_API_TOKEN|FAL_KEY", standing.reason)
    with pytest.raises(InvalidInput, match="REPLICATE_API_TOKEN|FAL_KEY"):
        made(context)
    with pytest.raises(InvalidInput, match="no-such-model"):
        service.provider("no-such-model")


def test_nothing_is_asked_of_the_network_before_a_clip_is(service):
    provider = service.provider()
    request = plan_one(provider)
    provider.quote(request)
    provider.alternatives(request)
    provider.notes(request)
    provider.notices()
    provider.headers(f"{service.cloud.elsewhere}/delivery/a.mp4")
    assert service.cloud.requests() == []


def test_planning_twice_is_the_same_plan(service):
    asked = film()
    assert service.provider().plan(asked) == service.provider().plan(asked)


def test_a_plan_has_every_shot_in_order_and_none_is_too_short(provider):
    asked = film(seconds=1.9)
    planned = provider.plan(asked)
    assert list(planned) == list(asked)
    for shot, portion in planned.items():
        assert portion.frames >= asked[shot].frames
        assert portion.rate == asked[shot].rate
        assert portion.end <= portion.request.frames / portion.request.rate


def test_shots_of_one_take_show_parts_of_a_clip_that_do_not_overlap(provider):
    planned = provider.plan(film(seconds=1.4, take="chorus"))
    by_clip: dict[str, list[tuple[Fraction, Fraction]]] = {}
    for portion in planned.values():
        span = (portion.first / portion.rate, portion.end)
        by_clip.setdefault(portion.request.fingerprint, []).append(span)
    assert len(by_clip) < len(planned)
    for spans in by_clip.values():
        for (a, b), (c, d) in combinations(spans, 2):
            assert b <= c or d <= a


def test_a_planned_request_holds_nothing_of_the_film(service):
    first = plan_one(service.provider())
    other = plan_one(
        service.provider(), width=640, height=360, rate=Fraction(30000, 1001), frames=60,
        energy=0.9, motion=0.1, motif="waves", camera=CameraMove.ORBIT, size=ShotSize.CLOSE,
        palette=((0.1, 0.2, 20), (0.4, 0.2, 40), (0.9, 0.1, 60)),
    )  # fmt: skip
    assert first == other
    assert (first.head, first.drive, first.motif) == (0, None, "")
    assert first.source[0] == service.name


def test_other_words_or_another_seed_is_another_clip(provider):
    first = plan_one(provider)
    assert plan_one(provider, prompt="a forest").fingerprint != first.fingerprint
    assert plan_one(provider, seed=8).fingerprint != first.fingerprint


def test_the_same_model_with_another_seed_may_stand_in(provider):
    request = plan_one(provider)
    [other] = provider.alternatives(request)
    assert other.seed != request.seed
    assert other.model_copy(update={"seed": request.seed}) == request


# From the request to the clip


def test_a_clip_is_made_and_billed_once(service, provider):
    request = plan_one(provider)
    job = provider.submit(request)
    assert (job.id, job.request, job.provider) == (job.id, request, provider.name)
    assert job.id
    state = await_end(provider, job)
    assert state.status == "done"
    assert state.result.startswith(service.cloud.elsewhere)
    assert service.creates == 1
    [line] = service.cloud.bill()
    assert line.id == job.id
    assert line.input["prompt"] == request.prompt


def test_a_job_is_picked_up_by_another_process(service, provider):
    job = provider.submit(plan_one(provider))
    stored = Job.model_validate_json(job.model_dump_json())
    assert await_end(service.provider(), stored).status == "done"


def test_waiting_says_so(service, provider):
    service.cloud.running = 1e6
    job = provider.submit(plan_one(provider))
    for _ in range(3):
        state = provider.poll(job)
        assert (state.status, state.result) == ("waiting", None)
        assert 0 <= state.progress < 1
        service.cloud.clock.advance(60)


@pytest.mark.parametrize("shape", ["list", "string"])
def test_output_may_be_a_list_or_a_string(service, provider, shape):
    service.cloud.fail("create", gives(shape))
    assert await_end(provider, provider.submit(plan_one(provider))).result.endswith(".mp4")


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A photo, and its SHA-256."""
    path = tmp_path_factory.mktemp("photo") / "start.png"
    write_photo(path, scenery(1280, 720))
    return path, sha256_of(path)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_every_model_of_the_catalogue_is_asked_legally_and_quoted_around_the_bill(
    cloud, monkeypatch, tmp_path, entry, image
):
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    service = Hosted(entry.provider, cloud, tmp_path / "scratch")
    if entry.needs("audio"):
        pytest.skip("it is asked with the song's own sound, which no request carries")
    image, sha256 = image
    still = Still(sha256=sha256)
    more = {role: still for role in ("start", "end") if entry.needs(role)}
    if entry.needs("references"):
        more["references"] = (still,)
    provider = service.provider(entry.name)
    request = plan_one(provider, **more)
    images = Images(
        start=image if request.start else None,
        end=image if request.end else None,
        references=(image,) * len(request.references),
    )
    job = provider.submit(request, images)
    state = await_end(provider, job)
    assert state.status == "done", state.detail
    [line] = cloud.bill()
    quote = provider.quote(request)
    assert 0 < quote.low <= line.usd <= quote.high, (quote, line.usd)
    form = cloud.jobs[job.id].form
    assert form.frames >= request.frames
    assert form.rate == request.rate
    if state.charge is not None and state.charge.measured:
        assert state.charge.usd == pytest.approx(line.usd, abs=Decimal("0.000002"))
    service.close()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_no_entry_of_the_catalogue_breaks_on_the_live_schema(cloud, monkeypatch, tmp_path, entry):
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    service = Hosted(entry.provider, cloud, tmp_path / "scratch")
    live = service.provider(entry.name).live_schema(entry)
    assert [str(found) for found in differences(entry, live) if found.breaks] == []
    service.close()


def test_an_images_bytes_arrive_and_are_sent_once(service, tmp_path):
    entry = next(
        e for e in ENTRIES if e.provider == service.name and e.takes("start") and not e.takes("end")
    )
    provider = service.provider(entry.name)
    path = write_photo(tmp_path / "a.png", scenery(1280, 720))
    still = Still(sha256=sha256_of(path))
    for seed in (1, 2):
        request = plan_one(provider, start=still, seed=seed)
        assert request.start == still
        provider.submit(request, Images(start=path))
    [(kind, sent)] = service.cloud.files.values()
    assert kind.startswith("image/")
    seen = cv2.imdecode(np.frombuffer(sent, np.uint8), cv2.IMREAD_COLOR)
    assert seen.shape[1] / seen.shape[0] == pytest.approx(request.width / request.height, rel=0.02)
    assert len(service.cloud.bill()) == 2


# Fetching


def fetched(service, provider, target):
    state = await_end(provider, provider.submit(plan_one(provider)))
    fetch(state.result, target, provider=service.name, headers=provider.headers)


def test_the_clip_is_fetched_whole_and_without_the_key(service, provider, tmp_path):
    fetched(service, provider, tmp_path / "clip.mp4")
    request = plan_one(provider)
    assert measure(tmp_path / "clip.mp4").frames >= request.frames
    assert read_marks(read_video(tmp_path / "clip.mp4")[0]) == marks(request.seed, request.prompt)
    [line] = service.cloud.requests("download")
    assert "authorization" not in line.headers


@pytest.mark.parametrize(
    ("fault", "again"),
    [
        (truncated(), True),
        (answers(500), True),
        (answers(503), True),
        (answers(429, retry_after=3), True),
        (answer_lost(), True),
        (answers(404), False),
        (answers(410), False),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_download_that_fails_is_classed_and_leaves_nothing(
    service, provider, tmp_path, fault, again
):
    service.cloud.fail("download", fault)
    with pytest.raises(ProviderError) as caught:
        fetched(service, provider, tmp_path / "clip.mp4")
    assert (caught.value.retryable, caught.value.charged) == (again, True)
    assert caught.value.retry_after == (3.0 if fault.status == 429 else None)
    assert not (tmp_path / "clip.mp4").exists()


# Sending


FINAL = {"retryable": False, "ambiguous": False, "refused": False, "down": False}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (answers(401), FINAL | {"down": True}),
        (answers(402), FINAL | {"down": True}),
        (answers(404), FINAL),
        (answers(422, fields={"prompt": "is too long"}), FINAL),
        (answers(429, retry_after=7), FINAL | {"retryable": True, "retry_after": 7.0}),
        (answers(429), FINAL | {"retryable": True}),
        (answers(500), FINAL | {"ambiguous": True}),
        (answers(502), FINAL | {"ambiguous": True}),
        (answers(503), FINAL | {"ambiguous": True}),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else "",
)
def test_a_refused_submission_is_classed_and_not_repeated(service, provider, fault, told):
    service.cloud.fail("create", fault)
    error = refused_submit(provider, plan_one(provider))
    assert {name: getattr(error, name) for name in told} == told
    assert error.provider == service.name
    assert service.creates == 1
    assert service.cloud.bill() == []
    if fault.fields:
        assert "is too long" in str(error)


@only["replicate"]
def test_where_no_header_says_when_the_words_do(service, provider):
    service.cloud.fail("create", answers(429))
    assert refused_submit(provider, plan_one(provider)).retry_after == 30.0


@pytest.mark.parametrize(
    "fault", [answer_lost(), silent(30), NOT_JSON, PAGE], ids=["lost", "silent", "half", "page"]
)
def test_a_job_whose_answer_is_lost_is_found_and_not_bought_again(service, fault):
    provider = service.provider(wait=0.5)
    service.cloud.fail("create", fault)
    request = plan_one(provider)
    sent = intent(provider, request)
    error = refused_submit(provider, request)
    assert error.ambiguous
    assert not error.retryable
    found = provider.find(sent)
    assert found is not None
    assert found.id == service.cloud.bill()[0].id
    assert found.request == request
    assert found.key == sent.key
    assert await_end(provider, found).status == "done"
    assert service.creates == 1
    assert len(service.cloud.bill()) == 1


def test_a_connection_reset_before_the_body_is_read_bought_nothing(service, provider):
    service.cloud.fail("create", reset_unread())
    request = plan_one(provider)
    sent = intent(provider, request)
    error = refused_submit(provider, request)
    assert error.ambiguous != error.retryable
    assert provider.find(sent) is None
    assert service.creates == 1
    assert service.cloud.bill() == []
    provider.submit(request)
    assert len(service.cloud.bill()) == 1


def test_a_service_that_is_not_there_may_be_asked_again(service, monkeypatch):
    with closed_port() as address:
        for name in service.cloud.environment():
            if name.endswith("_URL"):
                monkeypatch.setenv(name, address)
        provider = service.provider()
        error = refused_submit(provider, plan_one(provider))
    assert error.retryable
    assert not error.ambiguous


def test_a_slow_answer_is_waited_for(service, provider):
    service.cloud.fail("create", slow(0.3))
    assert provider.submit(plan_one(provider)).id


# Looking for a lost job


def test_what_was_never_taken_is_not_found(provider):
    provider.submit(plan_one(provider, prompt="another shot"))
    provider.submit(plan_one(provider, seed=99, prompt="a third"))
    assert provider.find(intent(provider, plan_one(provider))) is None


def test_the_same_request_of_an_hour_ago_is_not_the_lost_one(service, provider):
    request = plan_one(provider)
    provider.submit(request)
    service.cloud.clock.advance(-3000)
    old = next(iter(service.cloud.jobs.values()))
    old.created -= 3000
    old.starts -= 3000
    old.ends -= 3000
    service.cloud.clock.advance(3000)
    assert provider.find(intent(provider, request)) is None


def test_a_lost_job_is_found_behind_many_newer_ones(service, provider):
    service.cloud.page = 2
    service.cloud.fail("create", answer_lost())
    request = plan_one(provider)
    sent = intent(provider, request)
    refused_submit(provider, request)
    for seed in range(100, 107):
        provider.submit(plan_one(provider, seed=seed, prompt=f"a coast {seed}"))
    found = provider.find(sent)
    assert found is not None
    assert found.id == service.cloud.bill()[0].id


def test_of_two_jobs_of_the_same_input_the_one_sent_when_ours_was_is_found(service, provider):
    request = plan_one(provider)
    service.cloud.fail("create", answer_lost(), skip=1)
    provider.submit(request)
    time.sleep(0.05)
    sent = intent(provider, request)
    refused_submit(provider, request)
    found = provider.find(sent)
    assert found is not None
    assert found.id == service.cloud.bill()[1].id


@pytest.mark.parametrize("ahead", [-90, 90])
def test_a_clock_that_is_wrong_by_a_minute_and_a_half_hides_nothing(service, provider, ahead):
    service.cloud.clock.advance(ahead)
    service.cloud.fail("create", answer_lost())
    request = plan_one(provider)
    sent = intent(provider, request)
    refused_submit(provider, request)
    found = provider.find(sent)
    assert found is not None
    assert found.id == service.cloud.bill()[0].id


@pytest.mark.parametrize("fault", [answers(500), answers(503), answers(429), answer_lost()])
def test_a_list_that_cannot_be_had_just_now_may_be_asked_again(service, provider, fault):
    service.cloud.fail("list", fault)
    with pytest.raises(ProviderError) as caught:
        provider.find(intent(provider, plan_one(provider)))
    assert caught.value.retryable


@pytest.mark.parametrize("fault", [NOT_JSON, PAGE, answers(403), answers(404)])
def test_a_list_that_is_none_does_not_mean_that_nothing_was_taken(service, provider, fault):
    service.cloud.fail("list", fault, times=9)
    with pytest.raises(ProviderError):
        provider.find(intent(provider, plan_one(provider)))


@only["replicate"]
def test_inputs_that_are_no_longer_kept_cannot_be_told(service, provider):
    service.cloud.fail("create", answer_lost())
    request = plan_one(provider)
    sent = intent(provider, request)
    refused_submit(provider, request)
    service.cloud.clock.advance(3700)
    with pytest.raises(ProviderError, match="cannot be told"):
        provider.find(sent)


@only["fal"]
def test_a_list_without_running_requests_does_not_mean_that_nothing_was_taken(service):
    provider = service.provider(lag=None)
    service.cloud.lists_unfinished, service.cloud.running = False, 60.0
    service.cloud.fail("create", answer_lost())
    request = plan_one(provider)
    sent = intent(provider, request)
    refused_submit(provider, request)
    with pytest.raises(ProviderError, match="cannot be told") as caught:
        provider.find(sent)
    assert caught.value.retryable
    service.cloud.clock.advance(70)
    found = provider.find(sent)
    assert found is not None
    assert found.id == service.cloud.bill()[0].id


def test_a_list_that_lags_is_not_believed_at_once(service):
    hasty = service.provider(lag=None)
    request = plan_one(hasty)
    with pytest.raises(ProviderError) as caught:
        hasty.find(intent(hasty, request))
    assert caught.value.retryable
    later = intent(hasty, request)
    long_ago = later.model_copy(update={"sent": later.sent - timedelta(minutes=30)})
    assert hasty.find(long_ago) is None


# Polling


@pytest.mark.parametrize(
    "fault",
    [answers(500), answers(502), answers(503), answers(429), answer_lost(), NOT_JSON, PAGE],
    ids=lambda fault: fault.name,
)
def test_a_poll_that_fails_may_be_repeated(service, provider, fault):
    job = provider.submit(plan_one(provider))
    service.cloud.fail("poll", fault)
    with pytest.raises(ProviderError) as caught:
        provider.poll(job)
    assert (caught.value.retryable, caught.value.down) == (True, False)
    assert await_end(provider, job).status == "done"
    assert service.creates == 1


@only["fal"]
@pytest.mark.parametrize("fault", [answers(502), answers(429), answer_lost(), NOT_JSON, PAGE])
def test_a_result_that_cannot_be_had_just_now_is_asked_for_again(service, provider, fault):
    job = provider.submit(plan_one(provider))
    service.cloud.fail("result", fault)
    assert await_end(provider, job).status == "done"
    assert ("result", fault.name) in service.cloud.faults.dealt


def test_a_poll_says_when_to_come_back(service, provider):
    job = provider.submit(plan_one(provider))
    service.cloud.fail("poll", answers(429, retry_after=3))
    with pytest.raises(ProviderError) as caught:
        provider.poll(job)
    assert caught.value.retry_after == 3.0


def test_a_key_that_is_withdrawn_is_no_end_of_a_job(service, provider):
    job = provider.submit(plan_one(provider))
    service.cloud.fail("poll", answers(401))
    with pytest.raises(ProviderError) as caught:
        provider.poll(job)
    assert caught.value.down


def test_a_status_that_is_not_known_is_neither_success_nor_the_end(service, provider):
    service.cloud.fail("create", says("dreaming"))
    job = provider.submit(plan_one(provider))
    service.cloud.clock.advance(5)
    with pytest.raises(ProviderError, match="dreaming") as caught:
        provider.poll(job)
    assert caught.value.retryable
    assert not caught.value.charged


def test_refused_content_is_told_from_other_failures(service, provider):
    service.cloud.fail("create", REFUSED)
    service.cloud.fail("create", fails("CUDA error: an illegal memory access was encountered"))
    first = await_end(provider, provider.submit(plan_one(provider)))
    assert (first.status, first.refused) == ("failed", True)
    second = await_end(provider, provider.submit(plan_one(provider, seed=8)))
    assert (second.status, second.refused) == ("failed", False)
    assert second.detail


def test_what_a_failed_job_costs_is_what_the_service_bills(service, provider):
    service.cloud.fail("create", fails("the machine ran out of memory"))
    state = await_end(provider, provider.submit(plan_one(provider)))
    charged = state.charge.usd if state.charge is not None else Decimal(0)
    assert charged == service.cloud.usd().quantize(Decimal("0.000001"))


def test_a_result_that_has_expired_is_an_end(service, provider):
    job = provider.submit(plan_one(provider))
    await_end(provider, job)
    service.cloud.clock.advance(3700)
    old = job.model_copy(update={"sent": job.sent - timedelta(seconds=3700)})
    state = provider.poll(old)
    assert state.status == "failed"
    assert state.charge is not None
    assert state.charge.usd > 0


def how_it_ended(provider, job):
    """The reason why there is no clip, whether it is told as a state or raised."""
    try:
        state = provider.poll(job)
    except ProviderError as error:
        return "to be asked again" if error.retryable else str(error)
    return state.detail if state.status == "failed" else state.status


def test_an_unknown_job_is_an_error(provider):
    request = plan_one(provider)
    known = provider.submit(request)
    stranger = known.model_copy(
        update={
            "id": "nobody-knows",
            "ticket": {k: v.replace(known.id, "nobody-knows") for k, v in known.ticket.items()},
        }
    )
    assert "nobody-knows" in how_it_ended(provider, stranger)
    provider.cancel(stranger)


def test_a_cancelled_job_ends(service, provider):
    service.cloud.queued = 60.0
    job = provider.submit(plan_one(provider))
    provider.cancel(job)
    assert await_end(provider, job).status == "failed"
    assert service.cloud.bill() == []
    provider.cancel(job)
    done = provider.submit(plan_one(provider, seed=8))
    service.cloud.clock.advance(100)
    await_end(provider, done)
    provider.cancel(done)


# The key


def test_the_key_goes_to_the_services_own_host_only(service, provider):
    state = await_end(provider, provider.submit(plan_one(provider)))
    assert provider.headers(state.result) == {}
    assert provider.headers("https://example.com/clip.mp4") == {}
    assert provider.headers("http://127.0.0.1.example.com/clip.mp4") == {}
    own = service.cloud.token if service.name == "replicate" else service.cloud.key
    base = service.cloud.environment()[
        "REPLICATE_BASE_URL" if service.name == "replicate" else "FAL_QUEUE_BASE_URL"
    ]
    assert own in str(provider.headers(f"{base}/v1/files/abc"))
    elsewhere = [line for line in service.cloud.requests() if line.host == "localhost"]
    assert all("authorization" not in line.headers for line in elsewhere)


def test_no_key_is_shown_whatever_goes_wrong(service, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    cloud = service.cloud
    provider = service.provider(wait=0.5)
    shown = [repr(provider), str(provider), repr(vars(provider)), str(provider.traits)]
    request = plan_one(provider)
    key = cloud.token if service.name == "replicate" else cloud.key
    echo = answers(422, detail=f"you sent {key}", fields={"prompt": f"{key} is no prompt"})
    faults = [answers(401, detail=f"bad key {key}"), echo, answers(429), answers(500), PAGE,
              NOT_JSON, answer_lost(), silent(5), reset_unread()]  # fmt: skip
    for kind in ("create", "poll", "list", "cancel"):
        job = provider.submit(request)
        for fault in faults:
            cloud.fail(kind, fault)
            calls = {
                "create": lambda: provider.submit(request),
                "poll": lambda job=job: provider.poll(job),
                "list": lambda: provider.find(intent(provider, request)),
                "cancel": lambda job=job: provider.cancel(job),
            }
            try:
                calls[kind]()
            except ProviderError as error:
                shown.append("".join(traceback.format_exception(error)))
                shown.append(repr(error))
            cloud.heal()
        shown.append(job.model_dump_json())
    assert len(shown) > 20
    shown += [record.getMessage() for record in caplog.records]
    shown += [path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()]
    for secret in (cloud.token, cloud.key):
        assert not [text for text in shown if secret in text]
