"""What is special to fal; what both services share is in test_hosted.py."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from songreel.generation.catalogue.load import catalogue
from songreel.generation.provider import Context
from songreel.generation.providers.fal import SCHEMAS, Fal
from songreel.models.clip import Images, Job, Still
from songreel.models.errors import ProviderError
from songreel.models.files import sha256_of
from support.pictures import scenery, write_photo
from support.scripted import Scripted, plan_one

KEY = "key-id:planted-secret"
SENT = datetime.now(UTC) - timedelta(minutes=30)
AT = "https://queue.fal.run/fal-ai/ltxv-13b-098-distilled/requests/r1"
TICKET = {"status_url": f"{AT}/status", "response_url": AT, "cancel_url": f"{AT}/cancel"}
VIDEO = {"video": {"url": "https://v3.fal.media/files/a/out.mp4"}}


@pytest.fixture(autouse=True)
def _keyed(monkeypatch):
    monkeypatch.setenv("FAL_KEY", KEY)
    for name in ("FAL_QUEUE_BASE_URL", "FAL_REST_BASE_URL", "FAL_API_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def script():
    return Scripted().on(
        "POST", "distilled", {"request_id": "r1", "status": "IN_QUEUE"} | TICKET
    )  # fmt: skip


@pytest.fixture
def make(script, tmp_path):
    made = []

    def one(model="", **more):
        provider = Fal(Context(scratch=tmp_path, model=model), transport=script, **more)
        made.append(provider)
        return provider

    yield one
    for provider in made:
        provider.close()


def job(provider, **more):
    fields = {"provider": provider.name, "id": "r1", "ticket": TICKET, "sent": SENT}
    return Job(request=plan_one(provider), **(fields | more))


def completed(make, script, result, status=200, headers=None, **said):
    """Where a request stands that is COMPLETED and has this result."""
    script.on("GET", "/status", {"status": "COMPLETED", "logs": []} | said)
    answer = httpx.Response(status, json=result, headers=headers)
    script.on("GET", "/requests/r1", lambda _: answer)
    provider = make()
    return provider.poll(job(provider))


# Sending


def test_the_input_is_the_body_and_the_key_is_in_its_header(make, script):
    provider = make()
    request = plan_one(provider)
    sent = provider.submit(request)
    [create] = script.seen
    assert create.url == "https://queue.fal.run/fal-ai/ltxv-13b-098-distilled"
    assert create.headers["Authorization"] == f"Key {KEY}"
    assert script.sent("distilled")[0]["prompt"] == request.prompt
    assert (sent.id, sent.ticket) == ("r1", TICKET)


def test_a_key_may_come_in_two_halves(make, script, monkeypatch):
    monkeypatch.delenv("FAL_KEY")
    monkeypatch.setenv("FAL_KEY_ID", "one")
    monkeypatch.setenv("FAL_KEY_SECRET", "two")
    provider = make()
    provider.submit(plan_one(provider))
    assert script.seen[0].headers["Authorization"] == "Key one:two"


def test_the_addresses_are_those_of_the_answer(make, script):
    elsewhere = {name: url.replace("queue.", "queue2.") for name, url in TICKET.items()}
    script.on("POST", "distilled", {"request_id": "r1"} | elsewhere)
    script.on("GET", "/status", {"status": "IN_QUEUE", "queue_position": 3})
    provider = make()
    state = provider.poll(provider.submit(plan_one(provider)))
    assert script.seen[1].url.host == "queue2.fal.run"
    assert (state.status, state.detail) == ("waiting", "at place 3 in the queue")


def test_an_address_that_is_not_fals_is_not_asked(make, script):
    provider = make()
    stranger = {"status_url": "https://elsewhere.example/status"}
    with pytest.raises(ProviderError, match=r"elsewhere\.example"):
        provider.poll(job(provider, ticket=TICKET | stranger))
    assert script.seen == []


@pytest.mark.parametrize("body", [{"status": "IN_QUEUE"}, {"request_id": ""}, [], None])
def test_an_answer_without_an_id_is_ambiguous(make, script, body):
    script.on("POST", "distilled", body)
    provider = make()
    with pytest.raises(ProviderError) as caught:
        provider.submit(plan_one(provider))
    assert caught.value.ambiguous
    assert len(script.seen) == 1


# Asking


def test_the_log_says_how_far_it_is(make, script):
    logs = [{"message": "loading"}, {"message": " 25%|##   | 2/8 [00:01<00:03]"}, "?"]
    script.on("GET", "/status", {"status": "IN_PROGRESS", "logs": logs}, 202)
    provider = make()
    assert provider.poll(job(provider)).progress == 0.25


@pytest.mark.parametrize(
    "result", [VIDEO, {"video": [VIDEO["video"]]}, {"video": VIDEO["video"]["url"]}]
)
def test_a_result_comes_in_several_shapes(make, script, result):
    state = completed(make, script, result)
    assert (state.status, state.result) == ("done", VIDEO["video"]["url"])
    assert state.charge.usd > 0


@pytest.mark.parametrize("result", [{}, [], None, {"video": {"url": "data:x"}}, {"video": []}])
def test_a_result_without_a_video_is_a_paid_error(make, script, result):
    with pytest.raises(ProviderError, match="no address") as caught:
        completed(make, script, result)
    assert caught.value.charged
    assert not caught.value.retryable


def model_error(kind, text):
    return {"detail": [{"loc": ["body", "prompt"], "msg": text, "type": kind}]}


def test_a_refusal_is_told_by_its_type_and_never_by_its_words(make, script):
    refused = model_error("content_policy_violation", "The request could not be processed")
    state = completed(make, script, refused, 422)
    assert (state.status, state.refused) == ("failed", True)
    spoken = model_error("value_error", "content policy: this was flagged as NSFW")
    state = completed(make, script, spoken, 422)
    assert (state.status, state.refused) == ("failed", False)
    assert "prompt: content policy" in state.detail


def test_the_status_alone_may_hold_the_type(make, script):
    said = {"error": "no", "error_type": "content_policy_violation"}
    state = completed(make, script, {"detail": "?"}, 422, **said)
    assert state.refused


def test_completed_with_an_error_of_the_machine_costs_nothing(make, script):
    state = completed(
        make, script, {"detail": "gone", "error_type": "runner_disconnected"}, 503,
        headers={"X-Fal-Error-Type": "runner_disconnected"},
    )  # fmt: skip
    assert (state.status, state.charge.usd) == ("failed", 0)


def test_a_gateway_between_is_not_the_models_word(make, script):
    for status in (502, 503, 504, 429):
        with pytest.raises(ProviderError) as caught:
            completed(make, script, {"detail": "Bad Gateway"}, status)
        assert caught.value.retryable


def test_a_result_that_is_no_longer_kept_was_paid(make, script):
    state = completed(make, script, {"detail": "Request not found"}, 404)
    assert (state.status, state.charge.usd > 0) == ("failed", True)


def test_a_request_forgotten_by_fal_was_paid_if_it_is_old(make, script):
    script.on("GET", "/status", {"detail": "not found"}, 404)
    provider = make()
    old = provider.poll(job(provider, sent=SENT - timedelta(hours=1)))
    assert (old.status, old.charge.usd > 0) == ("failed", True)
    with pytest.raises(ProviderError, match="does not know"):
        provider.poll(job(provider, sent=datetime.now(UTC)))  # SENT is as old as the run by now


@pytest.mark.parametrize("status", [400, 404, 409])
def test_cancelling_what_has_ended_is_no_matter(make, script, status):
    provider = make()
    script.on("PUT", "/cancel", {"status": "ALREADY_COMPLETED"}, status)
    provider.cancel(job(provider))
    assert script.seen[0].method == "PUT"
    script.on("PUT", "/cancel", {}, 503)
    with pytest.raises(ProviderError):
        provider.cancel(job(provider))


# Looking for it


def lost(provider, **more):
    return job(provider, id="", ticket={}, **more)


def listed(script, *items):
    script.on("GET", "/requests/by-endpoint", {"items": list(items), "next_cursor": None})


def mine(provider, script, **more):
    provider.submit(plan_one(provider))
    return {
        "request_id": "r7", "endpoint_id": "fal-ai/ltxv-13b-098-distilled",
        "sent_at": SENT.isoformat(), "json_input": script.sent("distilled")[-1],
    } | more  # fmt: skip


def test_a_found_request_is_asked_after_where_the_reference_says(make, script):
    provider = make()
    listed(script, mine(provider, script))
    found = provider.find(lost(provider))
    assert found.id == "r7"
    assert found.ticket["status_url"] == (
        "https://queue.fal.run/fal-ai/ltxv-13b-098-distilled/requests/r7/status"
    )
    asked = script.seen[-1].url
    assert asked.host == "api.fal.ai"
    assert asked.params["expand"] == "payloads"


def test_the_app_has_no_path_below_it(make, script):
    provider = make("wan-2.5")
    script.on("POST", "text-to-video", {"request_id": "r1"})
    sent = provider.submit(plan_one(provider))
    assert sent.ticket["cancel_url"] == (
        "https://queue.fal.run/fal-ai/wan-25-preview/requests/r1/cancel"
    )


@pytest.mark.parametrize(
    "change",
    [{"endpoint_id": "fal-ai/veo3.1"}, {"sent_at": (SENT - timedelta(minutes=3)).isoformat()},
     {"json_input": {"prompt": "another"}}],
)  # fmt: skip
def test_another_request_is_not_ours(make, script, change):
    provider = make()
    listed(script, mine(provider, script, **change))
    assert provider.find(lost(provider)) is None


@pytest.mark.parametrize("off", [-9, 9])
def test_a_clock_that_is_minutes_off_hides_nothing(make, script, off):
    provider, skew = make(), timedelta(minutes=off)
    item = mine(provider, script, sent_at=(SENT + skew).isoformat())

    def answer(request):
        start = datetime.fromisoformat(request.url.params["start"].replace("Z", "+00:00"))
        shown = [item] if SENT + skew >= start else []
        date = format_datetime(datetime.now(UTC) + skew, usegmt=True)
        return httpx.Response(200, json={"items": shown}, headers={"Date": date})

    script.on("GET", "/requests/by-endpoint", answer)
    assert provider.find(lost(provider)).id == "r7"


def test_an_input_that_is_not_kept_cannot_be_told(make, script):
    provider = make()
    listed(script, mine(provider, script, json_input=None))
    with pytest.raises(ProviderError, match="cannot be told") as caught:
        provider.find(lost(provider))
    assert not caught.value.retryable


def test_a_young_request_may_not_have_ended_and_cannot_be_told(make, script):
    provider = make()
    listed(script)
    with pytest.raises(ProviderError, match=r"cannot be told.*run again after \d\d:\d\d UTC"):
        provider.find(lost(provider, sent=datetime.now(UTC) - timedelta(minutes=14)))
    assert provider.find(lost(provider, sent=datetime.now(UTC) - timedelta(minutes=16))) is None


def test_a_queue_elsewhere_is_not_looked_up_at_fal(script, monkeypatch, tmp_path):
    monkeypatch.setenv("FAL_QUEUE_BASE_URL", "http://127.0.0.1:9")
    provider = Fal(Context(scratch=tmp_path), transport=script)
    with pytest.raises(ProviderError, match="cannot be told.*FAL_API_BASE_URL") as caught:
        provider.find(lost(provider))
    assert not caught.value.retryable
    assert script.seen == []


# Images


@pytest.fixture
def photo(tmp_path):
    return write_photo(tmp_path / "holiday in the alps.png", scenery(640, 360))


def image_job(make, script, photo):
    provider = make("ltxv-13b-098-distilled-i2v")
    script.on("POST", "image-to-video", {"request_id": "r1"})
    request = plan_one(provider, start=Still(sha256=sha256_of(photo)))
    provider.submit(request, Images(start=photo))
    return script.sent("image-to-video")[0]["image_url"]


def test_an_image_goes_to_the_cdn_with_a_token_and_without_the_key(make, script, photo):
    token = {"token": "t1", "token_type": "Bearer", "base_url": "https://v3b.fal.media"}
    script.on("POST", "/auth/token", token)
    script.on("POST", "/files/upload", {"access_url": "https://v3b.fal.media/files/b/x.jpg"})
    assert image_job(make, script, photo) == "https://v3b.fal.media/files/b/x.jpg"
    grant, upload, _ = script.seen
    assert grant.headers["Authorization"] == f"Key {KEY}"
    assert upload.headers["Authorization"] == "Bearer t1"
    assert upload.headers["X-Fal-File-Name"].endswith(".jpg")
    assert "alps" not in str(upload.headers)
    assert upload.content[:2] == b"\xff\xd8"


def test_without_a_token_an_address_that_fal_signs_serves(make, script, photo):
    script.on("POST", "/auth/token", {"detail": "Not Found"}, 404)
    signed = {"upload_url": "https://storage.example/put?sig=1", "file_url": "https://fal.media/x"}
    script.on("POST", "/upload/initiate", signed)
    script.on("PUT", "/put", {})
    assert image_job(make, script, photo) == "https://fal.media/x"
    [put] = [request for request in script.seen if request.method == "PUT"]
    assert "Authorization" not in put.headers


def test_an_upload_that_fails_may_be_repeated_and_buys_nothing(make, script, photo):
    script.on("POST", "/auth/token", {"detail": "later"}, 503)
    with pytest.raises(ProviderError) as caught:
        image_job(make, script, photo)
    assert (caught.value.retryable, caught.value.ambiguous) == (True, False)


# Its schema


def test_the_schema_is_public_and_asked_without_the_key(make, script):
    provider = make()
    entry = catalogue().find("fal")
    script.on("GET", "/openapi.json", {"components": {"schemas": {}}})
    assert provider.live_schema(entry) == {"components": {"schemas": {}}}
    [asked] = script.seen
    assert str(asked.url).startswith(SCHEMAS)
    assert asked.url.params["endpoint_id"] == entry.ref
    assert "Authorization" not in asked.headers
    script.on("GET", "/openapi.json", {"detail": "?"})
    with pytest.raises(ProviderError, match="no schema"):
        provider.live_schema(entry)


def test_the_platform_lists_schemas_where_it_is_named(script, monkeypatch, tmp_path):
    monkeypatch.setenv("FAL_API_BASE_URL", "https://platform.example/v1")
    provider = Fal(Context(scratch=tmp_path), transport=script)
    schema = {"components": {"schemas": {"Input": {}}}}
    script.on("GET", "/v1/models", {"models": [{"endpoint_id": "x", "openapi": schema}]})
    assert provider.live_schema(catalogue().find("fal")) == schema
    assert script.seen[0].headers["Authorization"] == f"Key {KEY}"
