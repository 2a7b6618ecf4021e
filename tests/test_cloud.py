"""The local server that the hosted sources are tested against: its protocols, its bill, its faults.

Asked with plain httpx and with Replicate's own client, so that what songreel makes of it is not
the measure of it.
"""

import base64
import hashlib
import hmac
import json
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
import replicate
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from replicate.exceptions import ReplicateError

from songreel.generation.shelf import measure
from support.cloud.faults import (
    ENDLESS,
    FORGED,
    NO_VIDEO,
    NOT_JSON,
    PAGE,
    REFUSED,
    answer_lost,
    answers,
    fails,
    gives,
    lying,
    repeated,
    reset_unread,
    says,
    silent,
    slow,
    truncated,
)
from support.cloud.films import marks, read_marks
from support.cloud.offers import FAL, REPLICATE
from support.cloud.server import Cloud
from support.pictures import read_video

LTX = "8c47da666861d081eeb4d1261853087de23923a268a69b63febdf5dc1dee08e4"
SMALL = {"prompt": "a coast", "target_size": 512, "aspect_ratio": "16:9", "seed": 7}
HAILUO = {"prompt": "a coast", "duration": 6, "resolution": "512p"}
FAL_LTX = "fal-ai/ltxv-13b-098-distilled"
FAL_SMALL = {"prompt": "a coast", "num_frames": 25, "resolution": "480p", "seed": 9}


@pytest.fixture
def cloud():
    with Cloud() as made:
        yield made


@pytest.fixture
def http(cloud):
    """A client with Replicate's token, below its API."""
    headers = {"Authorization": f"Bearer {cloud.token}"}
    with httpx.Client(base_url=f"{cloud.url}/replicate/v1", headers=headers) as client:
        yield client


@pytest.fixture
def fal(cloud):
    """A client with fal's key."""
    with httpx.Client(base_url=cloud.url, headers={"Authorization": f"Key {cloud.key}"}) as client:
        yield client


def created(http, ref=LTX, values=SMALL, **more):
    return http.post("/predictions", json={"version": ref, "input": values, **more})


def ended(http, id_, within=60.0):
    until = time.monotonic() + within
    while time.monotonic() < until:
        said = http.get(f"/predictions/{id_}").json()
        if said["status"] not in ("starting", "processing"):
            return said
        time.sleep(0.01)
    raise AssertionError(f"not ended after {within} s")


def sent(fal, ref=FAL_LTX, values=FAL_SMALL):
    return fal.post(f"/queue/{ref}", json=values).json()


def completed(fal, job, within=60.0):
    until = time.monotonic() + within
    while time.monotonic() < until:
        answer = fal.get(job["status_url"])
        if answer.json()["status"] == "COMPLETED":
            assert answer.status_code == 200
            return answer.json()
        assert answer.status_code == 202
        time.sleep(0.01)
    raise AssertionError(f"not completed after {within} s")


# Replicate


def test_a_prediction_runs_to_its_end_and_is_billed_once(cloud, http):
    answer = created(http)
    assert answer.status_code == 201
    job = answer.json()
    assert (job["status"], job["output"], job["model"]) == (
        "starting", None, "lightricks/ltx-video"
    )  # fmt: skip
    done = ended(http, job["id"])
    assert done["status"] == "succeeded"
    assert len(done["output"]) == 1
    [line] = cloud.bill()
    assert (line.id, line.service, line.model) == (job["id"], "replicate", "lightricks/ltx-video")
    assert line.usd == Decimal(str(done["metrics"]["predict_time"])) * Decimal("0.000975")
    assert cloud.usd() == line.usd > 0


def test_replicates_own_client_is_served(cloud):
    client = replicate.Client(api_token=cloud.token, base_url=f"{cloud.url}/replicate")
    job = client.predictions.create(version=LTX, input=SMALL)
    while job.status in ("starting", "processing"):
        time.sleep(0.01)
        job.reload()
    assert job.status == "succeeded"
    assert [item.id for item in client.predictions.list()] == [job.id]
    official = client.models.predictions.create("minimax/hailuo-02", HAILUO)
    assert official.cancel() is None
    with pytest.raises(ReplicateError, match="status: 404"):
        client.models.predictions.create("lightricks/ltx-video", SMALL)
    shown = client.models.get("lightricks/ltx-video")
    assert shown.latest_version.id == LTX
    with pytest.raises(ReplicateError, match="401"):
        replicate.Client(api_token="r8_no", base_url=f"{cloud.url}/replicate").predictions.get("a")


def test_the_clip_has_the_models_form_and_tells_whose_it_is(http, tmp_path):
    values = {"prompt": "a lamp in the rain", "target_size": 512, "aspect_ratio": "16:9",
              "length": 129, "seed": 300}  # fmt: skip
    done = ended(http, created(http, LTX, values).json()["id"])
    path = tmp_path / "clip.mp4"
    path.write_bytes(httpx.get(done["output"][0]).content)
    facts = measure(path)
    assert (facts.frames, facts.rate) == (129, Fraction(24))
    assert (facts.width, facts.height) == (672, 384)
    frames = read_video(path)
    assert {read_marks(frame) for frame in frames[::16]} == {marks(300, "a lamp in the rain")}
    assert abs(frames[0].astype(float) - frames[1]).mean() > 1


@pytest.mark.parametrize("model", [*REPLICATE.values(), *FAL.values()], ids=lambda m: m.ref)
def test_every_model_has_a_form_and_a_price_for_its_defaults(model):
    values = model.complete({"prompt": "a coast"})
    form = model.form(values)
    assert 3 <= form.seconds <= 12
    assert min(form.width, form.height) >= 384
    assert Decimal("0.01") < model.usd(values, form) < Decimal("5")
    assert not model.mistakes({name: v for name, v in values.items() if v is not None}).keys() - {
        name for name, taken in model.inputs.items() if taken.required
    }


@pytest.mark.parametrize(
    ("ref", "values", "fields"),
    [
        ("no/such", {"prompt": "x"}, ["version"]),
        ("lightricks/ltx-video", SMALL, ["version"]),
        ("0" * 64, SMALL, ["version"]),
        (f"other/name:{LTX}", SMALL, ["version"]),
        (LTX, SMALL | {"length": 100}, ["input.length"]),
        (LTX, SMALL | {"steps": 51, "cfg": 0.5}, ["input.cfg", "input.steps"]),
        (LTX, SMALL | {"frames": 97}, ["input.frames"]),
        ("minimax/hailuo-02", {"duration": 6}, ["input.prompt"]),
        ("minimax/hailuo-02", HAILUO | {"duration": "6"}, ["input.duration"]),
    ],
)
def test_what_is_wrong_is_refused_and_costs_nothing(cloud, http, ref, values, fields):
    answer = created(http, ref, values)
    assert answer.status_code == 422
    said = answer.json()
    assert {"title", "detail", "status"} <= said.keys()
    assert sorted(item["field"] for item in said["invalid_fields"]) == fields
    assert cloud.bill() == []


@pytest.mark.parametrize("ref", [LTX, f"lightricks/ltx-video:{LTX}", "minimax/hailuo-02"])
def test_a_version_is_a_hash_a_name_and_hash_or_an_official_name(http, ref):
    values = HAILUO if "hailuo" in ref else SMALL
    assert created(http, ref, values).status_code == 201


def test_the_list_is_newest_first_in_pages_and_by_time(cloud, http):
    cloud.page = 2
    ids = []
    for number in range(5):
        ids.append(created(http, LTX, SMALL | {"seed": number}).json()["id"])
        cloud.clock.advance(10)
    page = http.get("/predictions").json()
    found, pages = [], 1
    while True:
        found += page["results"]
        if page["next"] is None:
            break
        page, pages = http.get(page["next"]).json(), pages + 1
    assert pages == 3
    assert [item["id"] for item in found] == ids[::-1]
    assert [item["input"]["seed"] for item in found] == [4, 3, 2, 1, 0]
    assert page["previous"] is not None
    since = found[1]["created_at"]
    late = http.get("/predictions", params={"created_after": since}).json()
    assert [item["id"] for item in late["results"]] == [ids[4], ids[3]]
    early = http.get("/predictions", params={"created_before": since}).json()["results"]
    assert ids[4] not in [item["id"] for item in early]


def test_after_an_hour_nothing_is_left_but_the_bill(cloud, http):
    job = created(http).json()
    done = ended(http, job["id"])
    cloud.clock.advance(3599)
    assert httpx.get(done["output"][0]).status_code == 200
    cloud.clock.advance(2)
    late = http.get(f"/predictions/{job['id']}").json()
    assert (late["status"], late["output"], late["input"], late["data_removed"]) == (
        "succeeded", None, {}, True
    )  # fmt: skip
    assert httpx.get(done["output"][0]).status_code == 404
    assert len(cloud.bill()) == 1


def test_a_cancelled_run_is_charged_and_an_aborted_one_is_not(cloud, http):
    cloud.running = 60.0
    job = created(http, "minimax/hailuo-02", HAILUO).json()
    cloud.clock.advance(1)
    http.post(f"/predictions/{job['id']}/cancel")
    assert ended(http, job["id"])["status"] == "canceled"
    assert len(cloud.bill()) == 1
    cloud.queued = 60.0
    body = {"version": "minimax/hailuo-02", "input": HAILUO}
    job = http.post("/predictions", json=body, headers={"Cancel-After": "5s"}).json()
    cloud.clock.advance(6)
    assert ended(http, job["id"])["status"] == "aborted"
    assert len(cloud.bill()) == 1


def test_a_failed_run_costs_its_time_where_time_is_sold(cloud, http):
    for ref, values in (("minimax/hailuo-02", HAILUO), (LTX, SMALL)):
        cloud.fail("create", fails("CUDA out of memory"))
        done = ended(http, created(http, ref, values).json()["id"])
        assert (done["status"], done["error"], done["output"]) == (
            "failed", "CUDA out of memory", None
        )  # fmt: skip
    assert [line.model for line in cloud.bill()] == ["lightricks/ltx-video"]


def test_an_uploaded_file_can_be_named_and_another_cannot(cloud, http):
    answer = http.post(
        "/files", files={"content": ("a.png", b"\x89PNG", "image/png")},
        data={"metadata": json.dumps({"of": "a test"})},
    )  # fmt: skip
    assert answer.status_code == 201
    said = answer.json()
    assert said["checksums"]["sha256"] == hashlib.sha256(b"\x89PNG").hexdigest()
    assert (said["content_type"], said["size"], said["name"]) == ("image/png", 4, "a.png")
    here = said["urls"]["get"]
    assert cloud.files[here] == ("image/png", b"\x89PNG")
    assert created(http, LTX, SMALL | {"image": here}).status_code == 201
    assert created(http, LTX, SMALL | {"image": f"{here}x"}).status_code == 422


def test_a_models_schema_says_what_its_inputs_are(http):
    said = http.get("/models/minimax/hailuo-02").json()
    assert said["is_official"]
    schemas = said["latest_version"]["openapi_schema"]["components"]["schemas"]
    fields = schemas["Input"]["properties"]
    assert schemas["Input"]["required"] == ["prompt"]
    assert fields["duration"]["default"] == 6
    [reference] = fields["duration"]["allOf"]
    assert schemas[reference["$ref"].rpartition("/")[2]]["enum"] == [6, 10]
    assert http.get("/models/no/such").status_code == 404


# fal


def test_a_request_goes_through_the_queue_and_is_billed_once(cloud, fal, tmp_path):
    job = sent(fal)
    assert job["status"] == "IN_QUEUE"
    done = completed(fal, job)
    assert "error" not in done
    result = fal.get(job["response_url"]).json()
    path = tmp_path / "clip.mp4"
    path.write_bytes(httpx.get(result["video"]["url"]).content)
    assert measure(path).frames == 25
    assert read_marks(read_video(path)[3]) == marks(9, "a coast")
    [line] = cloud.bill()
    assert (line.id, line.usd) == (job["request_id"], Decimal("0.020833"))


def test_addresses_hold_the_owner_and_the_app_only(fal):
    values = {"prompt": "a coast"}
    job = sent(fal, "fal-ai/minimax/hailuo-02/standard/text-to-video", values)
    for name in ("status_url", "response_url", "cancel_url"):
        assert f"/queue/fal-ai/minimax/requests/{job['request_id']}" in job[name]
        assert "hailuo" not in job[name]


def test_a_wrong_input_is_found_when_it_runs_and_costs_nothing(cloud, fal):
    job = sent(fal, values=FAL_SMALL | {"resolution": "481p"})
    done = completed(fal, job)
    assert done["error"]
    answer = fal.get(job["response_url"])
    assert answer.status_code == 422
    [wrong] = answer.json()["detail"]
    assert (wrong["loc"], wrong["type"]) == (["body", "resolution"], "literal_error")
    assert answer.headers["X-Fal-Retryable"] == "false"
    assert cloud.bill() == []


def test_completed_does_not_mean_success(cloud, fal):
    cloud.fail("create", REFUSED)
    cloud.fail("create", fails("a GPU fell off the bus", code=500))
    first, second = sent(fal), sent(fal)
    assert completed(fal, first)["error_type"] == "content_policy_violation"
    answer = fal.get(first["response_url"])
    assert answer.json()["detail"][0]["type"] == "content_policy_violation"
    assert (answer.status_code, answer.headers["X-Fal-Retryable"]) == (422, "false")
    completed(fal, second)
    answer = fal.get(second["response_url"])
    assert (answer.status_code, answer.headers["X-Fal-Retryable"]) == (500, "true")
    assert cloud.bill() == []


def test_no_more_requests_run_than_the_account_may(cloud, fal):
    cloud.at_once, cloud.running = 2, 60.0
    jobs = [sent(fal) for _ in range(4)]
    cloud.clock.advance(1)
    words = [fal.get(job["status_url"]).json() for job in jobs]
    assert [said["status"] for said in words] == ["IN_PROGRESS"] * 2 + ["IN_QUEUE"] * 2
    assert [said["queue_position"] for said in words[2:]] == [0, 1]


def test_a_request_is_cancelled_while_it_waits_and_is_then_free(cloud, fal):
    cloud.queued = 60.0
    job = sent(fal)
    answer = fal.put(job["cancel_url"])
    assert (answer.status_code, answer.json()["status"]) == (202, "CANCELLATION_REQUESTED")
    assert fal.get(job["response_url"]).status_code == 499
    assert fal.put(job["cancel_url"]).json()["status"] == "ALREADY_COMPLETED"
    assert cloud.bill() == []


def test_unknown_apps_requests_and_expired_results_are_404(cloud, fal):
    assert fal.post("/queue/fal-ai/no-such", json={}).status_code == 404
    assert fal.get("/queue/fal-ai/ltx-video/requests/abc/status").status_code == 404
    job = sent(fal)
    completed(fal, job)
    address = fal.get(job["response_url"]).json()["video"]["url"]
    cloud.clock.advance(3601)
    assert fal.get(job["response_url"]).status_code == 404
    assert httpx.get(address).status_code == 404


def test_the_platform_lists_requests_with_their_input(cloud, fal):
    jobs = []
    for number in range(5):
        jobs.append(sent(fal, values=FAL_SMALL | {"seed": number}))
        cloud.clock.advance(10)
    sent(fal, "fal-ai/ltx-video", {"prompt": "other"})
    asked = {"endpoint_id": FAL_LTX, "expand": "payloads", "limit": 2}
    page = fal.get("/platform/v1/models/requests/by-endpoint", params=asked).json()
    found = page["items"]
    while page["has_more"]:
        more = asked | {"cursor": page["next_cursor"]}
        page = fal.get("/platform/v1/models/requests/by-endpoint", params=more).json()
        found += page["items"]
    assert [item["json_input"]["seed"] for item in found] == [4, 3, 2, 1, 0]
    assert [item["request_id"] for item in found] == [job["request_id"] for job in jobs[::-1]]
    window = {"endpoint_id": FAL_LTX, "start": found[2]["sent_at"], "end": found[0]["sent_at"]}
    items = fal.get("/platform/v1/models/requests/by-endpoint", params=window).json()["items"]
    assert [item["request_id"] for item in items] == [jobs[3]["request_id"], jobs[2]["request_id"]]
    assert "json_input" not in items[0]


def test_files_are_stored_with_a_token_and_without(cloud, fal):
    grant = fal.post("/rest/storage/auth/token?storage_type=fal-cdn-v3", json={}).json()
    headers = {"Authorization": f"{grant['token_type']} {grant['token']}",
               "Content-Type": "image/png", "X-Fal-File-Name": "a.png"}  # fmt: skip
    address = f"{grant['base_url']}/files/upload"
    stored = httpx.post(address, content=b"\x89PNG", headers=headers).json()
    assert cloud.files[stored["access_url"]] == ("image/png", b"\x89PNG")
    assert httpx.get(stored["access_url"]).content == b"\x89PNG"
    assert httpx.post(address, content=b"x", headers={"Authorization": "no"}).status_code == 401
    asked = {"file_name": "b.png", "content_type": "image/png"}
    place = "/rest/storage/upload/initiate?storage_type="
    given = fal.post(f"{place}fal-cdn-v3", json=asked).json()
    assert httpx.put(given["upload_url"], content=b"two").status_code == 200
    assert httpx.get(given["file_url"]).content == b"two"
    assert fal.post(f"{place}gcs", json=asked).status_code == 400
    image = {"prompt": "a coast", "image_url": given["file_url"]}
    job = sent(fal, "fal-ai/ltx-video/image-to-video", image)
    assert "error" not in completed(fal, job)


# Webhooks


@pytest.fixture
def ear():
    """A receiver of webhooks: what it has heard, as (path, headers, body)."""
    heard = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    server.heard, server.url = heard, f"http://127.0.0.1:{server.server_address[1]}/hook?job=s01"
    yield server
    server.shutdown()
    server.server_close()


def heard(ear, count, within=60.0):
    until = time.monotonic() + within
    while len(ear.heard) < count and time.monotonic() < until:
        time.sleep(0.01)
    return ear.heard


def test_replicates_webhooks_are_signed_with_the_accounts_secret(cloud, http, ear):
    cloud.fail("webhook", repeated(2), skip=1)
    cloud.fail("webhook", FORGED)
    job = created(http, webhook=ear.url, webhook_events_filter=["start", "completed"]).json()
    created(http, webhook=ear.url, webhook_events_filter=["completed"])
    secret = http.get("/webhooks/default/secret").json()["key"]
    good = []
    for path, headers, body in heard(ear, 4):
        assert path == "/hook?job=s01"
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mac = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        good.append(headers["webhook-signature"] == f"v1,{mac}")
    assert sorted(good) == [False, True, True, True]
    assert json.loads(ear.heard[0][2])["id"] in cloud.jobs
    assert job["id"] in cloud.jobs


def test_fals_webhooks_are_signed_with_the_key_it_publishes(cloud, fal, ear):
    job = fal.post(f"/queue/{FAL_LTX}", json=FAL_SMALL, params={"fal_webhook": ear.url}).json()
    [(_, headers, body)] = heard(ear, 1)
    [key] = httpx.get(f"{cloud.url}/rest/.well-known/jwks.json").json()["keys"]
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(key["x"] + "=="))
    parts = [headers[f"X-Fal-Webhook-{name}"] for name in ("Request-Id", "User-Id", "Timestamp")]
    message = "\n".join([*parts, hashlib.sha256(body).hexdigest()]).encode()
    signature = bytes.fromhex(headers["X-Fal-Webhook-Signature"])
    public.verify(signature, message)
    with pytest.raises(InvalidSignature):
        public.verify(signature, message + b".")
    said = json.loads(body)
    assert (said["request_id"], said["status"]) == (job["request_id"], "OK")
    assert said["payload"]["video"]["url"].endswith(".mp4")


# Faults


@pytest.mark.parametrize("status", [401, 402, 403, 404, 422, 429, 500, 502, 503])
def test_a_status_on_demand_is_met_once_and_takes_no_job(cloud, http, fal, status):
    cloud.fail("create", answers(status, retry_after=7, fields={"prompt": "is too long"}), times=2)
    first, second = created(http), fal.post(f"/queue/{FAL_LTX}", json=FAL_SMALL)
    assert first.status_code == second.status_code == status
    assert first.headers["Retry-After"] == "7"
    assert cloud.bill() == []
    assert created(http).status_code == 201
    assert fal.post(f"/queue/{FAL_LTX}", json=FAL_SMALL).status_code == 200
    assert len(cloud.bill()) == 2


def test_a_throttled_call_says_when_if_not_in_a_header(cloud, http):
    cloud.fail("create", answers(429))
    answer = created(http)
    assert "Retry-After" not in answer.headers
    assert "resets in ~30s" in answer.json()["detail"]


def test_a_connection_reset_before_the_body_is_read_is_not_billed(cloud, http):
    cloud.fail("create", reset_unread())
    with pytest.raises(httpx.TransportError):  # at writing or at reading, as it happens
        created(http)
    assert cloud.bill() == []
    assert created(http).status_code == 201


@pytest.mark.parametrize("fault", [answer_lost(), silent(20)], ids=lambda fault: fault.name)
def test_a_lost_answer_is_billed_and_in_the_list(cloud, http, fal, fault):
    cloud.fail("create", fault, times=2)
    with pytest.raises((httpx.ReadError, httpx.ReadTimeout)):
        http.post("/predictions", json={"version": LTX, "input": SMALL}, timeout=0.3)
    with pytest.raises((httpx.ReadError, httpx.ReadTimeout)):
        fal.post(f"/queue/{FAL_LTX}", json=FAL_SMALL, timeout=0.3)
    until = time.monotonic() + 60  # who asks may have given up before it is taken
    while len(cloud.bill()) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert {line.service for line in cloud.bill()} == {"replicate", "fal"}
    assert http.get("/predictions").json()["results"][0]["input"] == SMALL
    asked = {"endpoint_id": FAL_LTX, "expand": "payloads"}
    items = fal.get("/platform/v1/models/requests/by-endpoint", params=asked).json()["items"]
    assert items[0]["json_input"] == FAL_SMALL
    assert [line.status for line in cloud.requests("create")] == [None, None]


def test_a_fault_can_wait_for_its_turn_and_for_an_input(cloud, http):
    cloud.fail("create", answers(503), skip=1, when=lambda values: values["seed"] == 2)
    seeds = [1, 2, 2, 2]
    got = [created(http, LTX, SMALL | {"seed": seed}).status_code for seed in seeds]
    assert got == [201, 201, 503, 201]
    with pytest.raises(ValueError, match="before its body is read"):
        cloud.fail("create", reset_unread(), when=lambda _: True)


def test_a_slow_answer_comes(cloud, http):
    cloud.fail("poll", slow(0.3))
    job = created(http).json()
    began = time.monotonic()
    assert http.get(f"/predictions/{job['id']}").status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_download_can_be_cut_or_lie_or_be_something_else(cloud, http):
    [address] = ended(http, created(http).json()["id"])["output"]
    whole = httpx.get(address).content
    cloud.fail("download", truncated(0.5))
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(address)
    cloud.fail("download", lying(0.5))
    assert httpx.get(address).content == whole[: len(whole) // 2]
    cloud.fail("download", PAGE)
    page = httpx.get(address)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    cloud.fail("download", NO_VIDEO)
    assert httpx.get(address).content == NO_VIDEO.body
    cloud.fail("download", answers(410))
    assert httpx.get(address).status_code == 410
    assert httpx.get(address).content == whole


def test_a_job_can_fail_never_end_or_be_told_of_in_strange_ways(cloud, http, fal):
    def job(fault, values=SMALL):
        cloud.fail("create", fault)
        return created(http, LTX, values).json()["id"]

    assert "E005" in ended(http, job(REFUSED))["error"]
    endless = job(ENDLESS)
    cloud.clock.advance(3000)
    assert http.get(f"/predictions/{endless}").json()["status"] == "processing"
    assert http.get(f"/predictions/{job(says('dreaming'))}").json()["status"] == "dreaming"
    assert isinstance(ended(http, job(gives("string")))["output"], str)
    cloud.fail("poll", NOT_JSON)
    with pytest.raises(ValueError, match="Expecting value"):
        http.get(f"/predictions/{endless}").json()
    cloud.fail("create", says("DREAMING"))
    assert fal.get(sent(fal)["status_url"]).json()["status"] == "DREAMING"


def test_faults_by_lot_are_the_same_for_the_same_seed():
    def dealt(seed):
        with Cloud() as cloud:
            cloud.faults.storm(seed, 0.5, {"create": [answers(503), answers(429)]})
            client = httpx.Client(headers={"Authorization": f"Bearer {cloud.token}"})
            with client:
                body = {"version": LTX, "input": SMALL}
                address = f"{cloud.url}/replicate/v1/predictions"
                return [client.post(address, json=body).status_code for _ in range(20)]

    assert dealt(1) == dealt(1) != dealt(2)
    assert set(dealt(1)) == {201, 429, 503}


# What the server knows of its callers


def test_keys_are_asked_for_and_kept_nowhere(cloud, http, fal):
    job = created(http).json()
    httpx.get(ended(http, job["id"])["output"][0], headers={"Authorization": "Bearer x"})
    sent(fal)
    for path in ("replicate/v1/predictions", "queue/fal-ai/ltx-video/requests/a/status",
                 "platform/v1/models/requests/by-endpoint"):  # fmt: skip
        for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Key wrong"}):
            assert httpx.get(f"{cloud.url}/{path}", headers=header).status_code == 401
    kept = repr((cloud.requests(), cloud.bill(), cloud.jobs, cloud.files))
    assert cloud.token not in kept
    assert cloud.key not in kept
    assert "authorization" in cloud.requests("create")[0].headers
    [fetched] = cloud.requests("download")
    assert (fetched.host, "authorization" in fetched.headers) == ("localhost", True)
    assert cloud.requests("create")[0].host == "127.0.0.1"


def test_it_runs_as_a_process_of_its_own():
    child = subprocess.Popen(
        [sys.executable, "-m", "support.cloud", "--running", "0.01"],
        cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        lines = [child.stdout.readline().strip() for _ in range(6)]
        given = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        client = replicate.Client(
            api_token=given["REPLICATE_API_TOKEN"], base_url=given["REPLICATE_BASE_URL"]
        )
        client.predictions.create(version=LTX, input=SMALL)
        child.send_signal(signal.SIGINT)
        bill, _ = child.communicate(timeout=120)
    finally:
        child.kill()
    assert "lightricks/ltx-video" in bill
    assert "0.0292 USD in all" in bill
