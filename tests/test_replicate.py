"""What is special to Replicate; what both services share is in test_hosted.py."""

import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import httpx
import pytest

from songreel.generation.catalogue.load import catalogue
from songreel.generation.provider import Context
from songreel.generation.providers.replicate import CANCEL_AFTER, Replicate
from songreel.models.clip import Images, Job, Still
from songreel.models.errors import ProviderError
from songreel.models.files import sha256_of
from support.pictures import scenery, write_photo
from support.scripted import Scripted, plan_one

KEY = "r8_this-is-a-planted-key"
SENT = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _keyed(monkeypatch):
    monkeypatch.setenv("REPLICATE_API_TOKEN", KEY)
    monkeypatch.delenv("REPLICATE_BASE_URL", raising=False)


@pytest.fixture
def script():
    return Scripted().on("POST", "/predictions", prediction(), 201)


@pytest.fixture
def make(script, tmp_path):
    made = []

    def one(model="", **more):
        provider = Replicate(
            Context(scratch=tmp_path, model=model), transport=script, lag=0.0, **more
        )
        made.append(provider)
        return provider

    yield one
    for provider in made:
        provider.close()


def prediction(**more):
    return {
        "id": "p1", "model": "lightricks/ltx-video", "version": "hidden", "input": {},
        "status": "starting", "created_at": SENT.isoformat(), "started_at": None, "output": None,
        "error": None, "logs": "", "metrics": None, "data_removed": False, "urls": {},
    } | more  # fmt: skip


def polled(provider, script, **more):
    request = plan_one(provider)
    script.on("GET", "/predictions/p1", prediction(**more))
    return provider.poll(Job(provider=provider.name, id="p1", request=request))


def lost(provider, request=None, sent=SENT):
    return Job(provider=provider.name, id="", request=request or plan_one(provider), sent=sent)


def listed(script, *items, **headers):
    script.on("GET", "/v1/predictions", {"next": None, "results": list(items)}, **headers)


# Creating


def test_an_official_model_is_asked_by_name(make, script):
    provider = make("hailuo-02")
    provider.submit(plan_one(provider))
    assert script.seen[0].url == (
        "https://api.replicate.com/v1/models/minimax/hailuo-02/predictions"
    )
    assert set(script.sent("/predictions")[0]) == {"input"}


def test_a_community_model_is_asked_by_its_version(make, script):
    provider = make("ltx-video")
    provider.submit(plan_one(provider))
    assert script.seen[0].url == "https://api.replicate.com/v1/predictions"
    assert script.sent("/predictions")[0]["version"] == (
        catalogue().find("replicate", "ltx-video").version
    )


def test_a_creation_has_an_end_and_does_not_wait(make, script):
    provider = make()
    job = provider.submit(plan_one(provider))
    [create] = script.seen
    assert create.headers["Cancel-After"] == CANCEL_AFTER
    assert "Prefer" not in create.headers
    assert create.extensions["timeout"]["read"] == 60.0  # the client itself asks for none
    script.on("POST", "/cancel", prediction(status="canceled"))
    provider.cancel(job)
    assert "Cancel-After" not in script.seen[1].headers


@pytest.mark.parametrize("base", ["https://proxy.example", "https://proxy.example/v1/"])
def test_the_base_may_end_in_the_version(make, script, monkeypatch, base):
    monkeypatch.setenv("REPLICATE_BASE_URL", base)
    provider = make()
    provider.submit(plan_one(provider))
    assert script.seen[0].url == "https://proxy.example/v1/predictions"
    assert script.seen[0].headers["Authorization"] == f"Bearer {KEY}"


def test_the_official_client_never_holds_the_key(make, script, caplog):
    caplog.set_level(logging.DEBUG)
    provider = make()
    provider.submit(plan_one(provider))
    assert script.seen[0].headers["Authorization"] == f"Bearer {KEY}"
    client = provider._client
    assert KEY not in repr(vars(client))
    assert KEY not in str(client._client.headers)
    assert KEY not in caplog.text


def test_an_id_is_kept_though_the_client_cannot_read_the_rest(make, script):
    provider = make()
    strange = prediction(id="p9", status="on its way", version=None)
    script.on("POST", "/predictions", strange, 201)
    assert provider.submit(plan_one(provider)).id == "p9"


def test_an_answer_without_an_id_is_ambiguous(make, script):
    provider = make()
    script.on("POST", "/predictions", {"ok": True}, 201)
    with pytest.raises(ProviderError, match="not known") as caught:
        provider.submit(plan_one(provider))
    assert caught.value.ambiguous


UNSENT = [httpx.ConnectError("[Errno -2] Name or service not known"),
          httpx.ConnectTimeout("timed out"), httpx.PoolTimeout("no connection free"),
          httpx.ConnectError("certificate verify failed")]  # fmt: skip
SENT_MAYBE = [httpx.ReadTimeout("timed out"), httpx.ReadError("reset"),
              httpx.RemoteProtocolError("disconnected"),
              httpx.WriteTimeout("timed out")]  # fmt: skip


@pytest.mark.parametrize("error", [*UNSENT, *SENT_MAYBE], ids=repr)
def test_only_what_may_have_arrived_is_ambiguous(make, script, error):
    provider = make()

    def fails(_):
        raise error

    script.on("POST", "/predictions", fails)
    with pytest.raises(ProviderError) as caught:
        provider.submit(plan_one(provider))
    assert caught.value.ambiguous == (error in SENT_MAYBE)
    assert caught.value.retryable == (error in UNSENT)
    assert len(script.seen) == 1


@pytest.mark.parametrize("status", [429, 503, 504])
def test_the_clients_own_repetition_does_not_happen(make, script, status):
    provider = make()
    script.on("GET", "/predictions/p1", {"detail": "later"}, status, Retry_After="3")
    with pytest.raises(ProviderError) as caught:
        provider.poll(Job(provider=provider.name, id="p1", request=plan_one(provider)))
    assert caught.value.retryable
    assert caught.value.retry_after == 3.0
    script.on("POST", "/p1/cancel", {"detail": "later"}, status)
    with pytest.raises(ProviderError):
        provider.cancel(Job(provider=provider.name, id="p1", request=plan_one(provider)))
    assert len(script.seen) == 2


def test_a_redirect_is_not_followed_with_the_key(make, script):
    provider = make()
    script.on("POST", "/predictions", {}, 302, Location="https://elsewhere.example/")
    with pytest.raises(ProviderError, match="another address"):
        provider.submit(plan_one(provider))
    assert len(script.seen) == 1


def test_what_the_model_would_refuse_is_not_sent(make, script):
    provider = make("hailuo-02")
    request = plan_one(provider, prompt="x" * 3000)
    with pytest.raises(ProviderError, match="3000 characters"):
        provider.submit(request)
    assert script.seen == []


# Asking


def test_progress_is_read_from_the_log(make, script):
    log = "seed 7\n 10%|#    | 3/30\n 40%|####      | 12/30 [00:04<00:06]"
    assert polled(make(), script, status="processing", logs=log).progress == 0.4
    assert polled(make(), script, status="processing", logs="100% cotton").progress == 0.0


def test_aborted_costs_nothing_and_cancelled_while_it_ran_does(make, script):
    state = polled(make(), script, status="aborted")
    assert (state.status, state.charge.usd) == ("failed", 0)
    state = polled(make(), script, status="canceled")
    assert (state.status, state.charge.usd) == ("failed", 0)
    ran = {"started_at": SENT.isoformat(), "metrics": {"predict_time": 10.0}}
    state = polled(make(), script, status="canceled", **ran)
    assert state.charge.usd == Decimal("0.009750")  # 10 s of an L40S


def test_a_failed_run_costs_its_time(make, script):
    state = polled(make(), script, status="failed", error="boom", metrics={"predict_time": 4})
    assert (state.refused, state.charge.usd) == (False, Decimal("0.003900"))
    assert "boom" in state.detail


@pytest.mark.parametrize(
    "error",
    [
        "The input or output was flagged as sensitive. Please try again. (E005)",
        "Content Policy violation detected",
        "NSFW content detected in all outputs",
    ],
)
def test_content_that_is_refused_is_told_by_its_words(make, script, error):
    assert polled(make(), script, status="failed", error=error).refused


@pytest.mark.parametrize(
    "output",
    ["https://replicate.delivery/a.mp4", ["https://replicate.delivery/a.mp4"],
     {"video": "https://replicate.delivery/a.mp4"}],
)  # fmt: skip
def test_output_comes_in_several_shapes(make, script, output):
    state = polled(make(), script, status="succeeded", output=output)
    assert (state.status, state.result) == ("done", "https://replicate.delivery/a.mp4")


def test_a_result_that_is_gone_was_paid(make, script):
    removed = {"output": None, "data_removed": True, "metrics": {"predict_time": 40.0}}
    state = polled(make(), script, status="succeeded", **removed)
    assert (state.status, state.charge.usd) == ("failed", Decimal("0.039000"))
    assert "no longer kept" in state.detail
    state = polled(make(), script, status="succeeded", output=[], metrics=None)
    assert state.charge.usd == plan_quote(make()).likely


def plan_quote(provider):
    return provider.quote(plan_one(provider))


@pytest.mark.parametrize("output", ["file:///etc/passwd", 7, {"gif": "https://a/b"}, ["x"]])
def test_an_output_that_is_no_address_is_an_error(make, script, output):
    with pytest.raises(ProviderError, match="no address") as caught:
        polled(make(), script, status="succeeded", output=output)
    assert not caught.value.retryable
    assert caught.value.charged


@pytest.mark.parametrize("body", [{"status": "dreaming"}, {}, [], None, "waiting"])
def test_an_answer_that_is_not_known_is_an_error(make, script, body):
    provider = make()
    script.on("GET", "/predictions/p1", body)
    with pytest.raises(ProviderError) as caught:
        provider.poll(Job(provider=provider.name, id="p1", request=plan_one(provider)))
    assert caught.value.retryable


def test_the_key_goes_along_to_the_delivery_and_nowhere_else(make):
    provider = make()
    for own in ("https://replicate.delivery/x", "https://a.b.replicate.delivery/x",
                "https://api.replicate.com/v1/files/x"):  # fmt: skip
        assert provider.headers(own) == {"Authorization": f"Bearer {KEY}"}
    for other in ("http://replicate.delivery/x", "https://replicate.delivery:8443/x",
                  "https://evilreplicate.delivery/x", "https://replicate.delivery.example/x",
                  "https://replicate.delivery@example.com/x", "http://api.replicate.com/x",
                  "https://api.replicate.com:444/x", "::", "file:///etc/passwd"):  # fmt: skip
        assert provider.headers(other) == {}, other


# Looking for it


def mine(provider, script, request=None, **more):
    """A listed prediction of the very input that is sent for `request`."""
    provider.submit(request or plan_one(provider))
    sent = script.sent("/predictions")[-1]
    entry = catalogue().find("replicate", provider.entry.name)
    return prediction(
        input=sent["input"], model=entry.ref, version=entry.version or "hidden"
    ) | more  # fmt: skip


def test_the_nearest_of_several_is_taken(make, script):
    provider = make()
    item = mine(provider, script)
    listed(
        script,
        item | {"id": "late", "created_at": (SENT + timedelta(minutes=4)).isoformat()},
        item | {"id": "it", "created_at": (SENT + timedelta(seconds=1)).isoformat()},
        item | {"id": "early", "created_at": (SENT - timedelta(minutes=1)).isoformat()},
    )
    assert provider.find(lost(provider)).id == "it"


@pytest.mark.parametrize(
    "change",
    [{"model": "someone/else"}, {"version": "0" * 64},
     {"created_at": (SENT + timedelta(minutes=11)).isoformat()},
     {"created_at": (SENT - timedelta(minutes=3)).isoformat()}],
)  # fmt: skip
def test_other_models_versions_and_times_are_not_ours(make, script, change):
    provider = make()
    listed(script, mine(provider, script, **change))
    assert provider.find(lost(provider)) is None


def test_one_field_that_differs_is_another_request(make, script):
    provider = make()
    item = mine(provider, script)
    for name, value in item["input"].items():
        other = f"{value} " if isinstance(value, str) else value + 1
        listed(script, item | {"input": item["input"] | {name: other}})
        assert provider.find(lost(provider)) is None, name
        listed(script, item | {"input": {k: v for k, v in item["input"].items() if k != name}})
        assert provider.find(lost(provider)) is None, name


def test_defaults_that_the_service_filled_in_do_not_hide_it(make, script):
    provider = make("hailuo-02")
    item = mine(provider, script)
    del item["input"]["duration"]  # so that it must be the same as ours
    full = item["input"] | {"duration": 6, "last_frame_image": None, "unheard_of": True}
    listed(script, item | {"input": full})
    assert provider.find(lost(provider)).id == "p1"


def test_images_are_compared_by_whether_there_are_any(make, script, tmp_path):
    provider = make("hailuo-02")
    image = write_photo(tmp_path / "a.png", scenery(320, 180))
    with_image = plan_one(provider, start=Still(sha256=sha256_of(image)))
    script.on("POST", "/files", {"id": "f", "urls": {"get": "https://api.replicate.com/f"}}, 201)
    provider.submit(with_image, Images(start=image))
    item = prediction(model="minimax/hailuo-02", input=script.sent("/predictions")[-1]["input"])
    other = item["input"] | {"first_frame_image": "https://elsewhere.example/other.jpg"}
    listed(script, item | {"input": other})
    assert provider.find(lost(provider, with_image)).id == "p1"
    assert provider.find(lost(provider)) is None


@pytest.mark.parametrize("gone", [{"input": None, "data_removed": True}, {"input": {}}])
def test_an_input_that_is_gone_cannot_be_told(make, script, gone):
    provider = make()
    listed(script, mine(provider, script) | gone)
    with pytest.raises(ProviderError, match="cannot be told") as caught:
        provider.find(lost(provider))
    assert not caught.value.retryable
    listed(script, mine(provider, script) | gone | {"model": "someone/else"})
    assert provider.find(lost(provider)) is None


def test_a_young_request_may_be_listed_yet(script, tmp_path):
    provider = Replicate(Context(scratch=tmp_path), transport=script, lag=30.0)
    listed(script)
    with pytest.raises(ProviderError, match="yet") as caught:
        provider.find(lost(provider, sent=datetime.now(UTC) - timedelta(seconds=10)))
    assert caught.value.retryable
    assert 18 < caught.value.retry_after <= 20
    assert provider.find(lost(provider)) is None


@pytest.mark.parametrize("off", [-9, 9])
def test_a_clock_that_is_minutes_off_hides_nothing(make, script, off):
    provider, skew = make(), timedelta(minutes=off)
    item = mine(provider, script) | {"created_at": (SENT + skew).isoformat()}

    def answer(request):
        after = datetime.fromisoformat(request.url.params["created_after"].replace("Z", "+00:00"))
        shown = [item] if SENT + skew >= after else []
        date = format_datetime(datetime.now(UTC) + skew, usegmt=True)
        return httpx.Response(200, json={"next": None, "results": shown}, headers={"Date": date})

    script.on("GET", "/v1/predictions", answer)
    assert provider.find(lost(provider)).id == "p1"


def test_a_further_page_elsewhere_is_not_asked(make, script):
    provider = make()
    page = {"next": "https://elsewhere.example/v1/predictions?cursor=2", "results": []}
    script.on("GET", "/v1/predictions", page)
    with pytest.raises(ProviderError, match=r"elsewhere\.example"):
        provider.find(lost(provider))
    assert [str(r.url.host) for r in script.seen] == ["api.replicate.com"]


# Its schema


def test_the_schema_is_that_of_the_version_that_is_used(make, script):
    provider = make("ltx-video")
    entry = catalogue().find("replicate", "ltx-video")
    newer = {"latest_version": {"id": "f" * 64, "openapi_schema": {"of": "newer"}}}
    script.on("GET", "/models/lightricks/ltx-video", newer)
    script.on("GET", f"/versions/{entry.version}", {"openapi_schema": {"of": "ours"}})
    told = {"latest_version": {"id": "f" * 64, "openapi_schema": {"of": "ours"}}}
    assert provider.live_schema(entry) == told
    same = {"latest_version": {"id": entry.version, "openapi_schema": {"of": "latest"}}}
    script.on("GET", "/models/lightricks/ltx-video", same)
    assert provider.live_schema(entry) == same
    script.on("GET", "/models/lightricks/ltx-video", {"latest_version": None})
    with pytest.raises(ProviderError, match="no schema"):
        provider.live_schema(entry)
