"""fal.ai's queue, storage and platform APIs, as its pages tell them (2026-11-21)."""

import base64
import hashlib
import json
import secrets
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from support.cloud.clock import iso, parse
from support.cloud.faults import Fault
from support.cloud.jobs import Job
from support.cloud.menu import Model
from support.cloud.schemas import schemas
from support.cloud.wire import Call, Reply, Route

if TYPE_CHECKING:
    from support.cloud.server import Cloud

DETAILS = {
    401: "Cannot access application. Authentication is required to access this application.",
    402: "Insufficient balance. Please top up your account.",
    403: "User is locked. Reason: Exhausted balance.",
    404: "Request not found", 429: "Too many requests", 500: "Internal Server Error",
    502: "Bad Gateway", 503: "Service Unavailable",
}  # fmt: skip
MISTAKES = {"additional_property_not_allowed": "extra_forbidden", "required": "missing",
            "enum": "literal_error", "number_gte": "greater_than_equal",
            "number_lte": "less_than_equal", "string_lte": "string_too_long"}  # fmt: skip


def route(head: str, method: str, parts: tuple[str, ...]) -> Route:
    """What a request below one of the bases is about."""
    match (head, method, *parts):
        case ("queue", "GET", _, _, "requests", id_, "status"):
            return Route("fal", "poll", (id_, *parts[:2]))
        case ("queue", "GET", _, _, "requests", id_):
            return Route("fal", "result", (id_, *parts[:2]))
        case ("queue", "PUT", _, _, "requests", id_, "cancel"):
            return Route("fal", "cancel", (id_, *parts[:2]))
        case ("queue", "POST", _, _, *_):
            return Route("fal", "create", ("/".join(parts),))
        case ("platform", "GET", "v1", "models", "requests", "by-endpoint"):
            return Route("platform", "list")
        case ("platform", "GET", "v1", "models"):
            return Route("platform", "model")
        case ("rest", "GET", ".well-known", "jwks.json"):
            return Route("public", "other", ("jwks",))
        case ("rest", "POST", "storage", "auth", "token"):
            return Route("storage", "other", ("token",))
        case ("rest", "POST", "storage", "upload", "initiate"):
            return Route("storage", "other", ("initiate",))
        case ("cdn", "POST", "files", "upload"):
            return Route("cdn", "upload")
        case ("cdn", "POST", "files", "upload", "multipart"):
            return Route("cdn", "upload", ("begin",))
        case ("cdn", "PUT" | "POST", "files", name, "multipart", id_, part):
            return Route("cdn", "upload", (name, id_, part))
        case ("cdn", "PUT", "signed", id_):
            return Route("public", "upload", (id_,))
        case ("cdn", "GET", "files", id_):
            return Route("public", "other", ("file", id_))
    return Route("fal" if head == "queue" else "public", "other", parts)


def worded(fault: Fault) -> Reply:
    """An answer that a fault asks for."""
    status = fault.status or 500
    if fault.fields:
        wrong = [
            {"loc": ["body", name], "msg": why, "type": "value_error"} for name, why in fault.fields
        ]
        return Reply.of(status, {"detail": wrong}, X_Fal_Retryable="false")
    return Reply.of(status, {"detail": fault.detail or DETAILS.get(status, "Error")})


def answer(cloud: "Cloud", asked: Route, call: Call, fault: Fault) -> Reply:
    """Do what a request asks."""
    if asked.kind == "create":
        return _create(cloud, asked.values[0], call, fault)
    if asked.kind == "list":
        return _list(cloud, call)
    if asked.kind == "model":
        return _models(cloud, call)
    if asked.kind == "upload":
        return _upload(cloud, asked.values, call)
    if asked.kind in ("poll", "result", "cancel"):
        job = cloud.jobs.get(asked.values[0])
        app = "/".join(asked.values[1:3])
        if job is None or job.service != "fal" or not job.ref.startswith(app) or (
            not cloud.kept(job)
        ):  # fmt: skip
            body = {"status": "NOT_FOUND"} if asked.kind == "cancel" else {"detail": DETAILS[404]}
            return Reply.of(404, body)
        steps = {"poll": _status, "result": _result, "cancel": _cancel}
        return steps[asked.kind](cloud, job)
    if asked.values == ("jwks",):
        return Reply.of(200, {"keys": [cloud.signer.jwk()]})
    if asked.values == ("token",):
        return _token(cloud, call)
    if asked.values == ("initiate",):
        return _initiate(cloud, call)
    if asked.values[:1] == ("file",):
        kept = cloud.files.get(f"{cloud.elsewhere}/cdn/files/{asked.values[1]}")
        return Reply(200, kept[1], kept[0]) if kept else Reply.of(404, {"detail": "Not Found"})
    return Reply.of(404, {"detail": "Not Found"})


def _create(cloud: "Cloud", ref: str, call: Call, fault: Fault) -> Reply:
    try:
        given = call.json()
    except ValueError:
        return Reply.of(422, {"detail": "Invalid JSON"})
    app = "/".join(ref.split("/")[:2])
    model = cloud.offers["fal"].get(ref)
    if not any(name == app or name.startswith(f"{app}/") for name in cloud.offers["fal"]):
        return Reply.of(404, {"detail": f"Application '{app.partition('/')[2]}' not found"})
    wrong = {} if model is None else model.mistakes(given) | _unknown_files(cloud, model, given)
    if model is None:  # an app takes any path below it, and finds out when it runs
        model = Model(ref, {}, form=lambda _: None, usd=lambda *_: None)  # type: ignore[arg-type, return-value]
        wrong = {"path": ("not_found", f"Path {ref.removeprefix(app)} not found")}
    chosen = model

    def make(number: int, now: float, starts: float, ends: float) -> Job:
        return Job(
            id=str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)), service="fal",
            model=chosen, ref=ref, input=given, number=number, created=now, starts=starts,
            ends=float("inf") if fault.endless or fault.word else ends, fault=fault,
            canceled=(starts + ends) / 2 if fault.stops == "canceled" else None,
            mistakes=wrong, webhook=call.one("fal_webhook") or "",
            files=cloud.uploaded(chosen, given),
        )  # fmt: skip

    job = cloud.take(make)
    return Reply.of(
        200,
        {
            "status": "IN_QUEUE", "request_id": job.id, "queue_position": _position(cloud, job),
            "logs": None, "metrics": {}, **_addresses(cloud, job),
        },
    )  # fmt: skip


def _addresses(cloud: "Cloud", job: Job) -> dict[str, str]:
    """Status, result and cancel know the owner and the app only, not the path below."""
    app = "/".join(job.ref.split("/")[:2])
    base = f"{cloud.url}/queue/{app}/requests/{job.id}"
    return {"response_url": base, "status_url": f"{base}/status", "cancel_url": f"{base}/cancel"}


def _position(cloud: "Cloud", job: Job) -> int:
    now = cloud.clock.now()
    with cloud.lock:
        before = [
            other for other in cloud.jobs.values()
            if other.service == "fal" and other.number < job.number and other.stage(now) == "queued"
        ]  # fmt: skip
    return len(before)


def _unknown_files(
    cloud: "Cloud", model: Model, given: dict[str, Any]
) -> dict[str, tuple[str, str]]:
    """Addresses below this server at which nothing was uploaded."""
    wrong = {}
    for name, taken in model.inputs.items():
        values = given.get(name) or []
        for value in values if taken.kind == "uris" else [values] if taken.kind == "uri" else []:
            if value and cloud.missing(str(value)):
                wrong[name] = ("file_download_error", "Failed to download the file")
    return wrong


def _error(job: Job) -> tuple[str, str]:
    """(message, type) of a job that did not succeed."""
    if job.canceled is not None:
        return "Request was cancelled", "client_cancelled"
    if job.mistakes:
        return "Validation error", "validation_error"
    return job.error or "", job.fault.error_type or "internal_server_error"


def _status(cloud: "Cloud", job: Job) -> Reply:
    stage = job.stage(cloud.clock.now())
    said: dict[str, Any] = {"request_id": job.id, **_addresses(cloud, job)}
    if job.fault.word:
        return Reply.of(202, said | {"status": job.fault.word})
    if stage == "queued":
        place = {"status": "IN_QUEUE", "queue_position": _position(cloud, job)}
        return Reply.of(202, said | place)
    if stage == "running":
        return Reply.of(202, said | {"status": "IN_PROGRESS", "logs": []})
    measured = job.gpu_seconds if stage == "succeeded" else 0.1
    said |= {"status": "COMPLETED", "logs": [], "metrics": {"inference_time": measured}}
    if stage != "succeeded":
        said["error"], said["error_type"] = _error(job)
    return Reply.of(200, said)


def _result(cloud: "Cloud", job: Job) -> Reply:
    stage = job.stage(cloud.clock.now())
    if stage in ("queued", "running"):
        return Reply.of(400, {"detail": "Request is still in progress"})
    if stage == "canceled":
        message, kind = _error(job)
        return Reply.of(499, {"detail": message, "error_type": kind}, X_Fal_Error_Type=kind)
    if job.mistakes:
        if "path" in job.mistakes:
            return Reply.of(404, {"detail": job.mistakes["path"][1]})
        wrong = [
            {"loc": ["body", name], "msg": why, "type": MISTAKES.get(kind, kind),
             "input": job.input.get(name)}
            for name, (kind, why) in job.mistakes.items()
        ]  # fmt: skip
        return Reply.of(422, {"detail": wrong}, X_Fal_Retryable="false")
    if stage == "failed":
        message, kind = _error(job)
        wrong = [{"loc": ["body", "prompt"], "msg": message, "type": kind,
                  "url": f"https://docs.fal.ai/errors#{kind}", "input": job.input}]  # fmt: skip
        again = "true" if job.fault.code >= 500 else "false"
        return Reply.of(job.fault.code, {"detail": wrong}, X_Fal_Retryable=again)
    made = job.content()
    film: Any = {"url": cloud.output(job), "content_type": made.kind,
                 "file_name": f"output{made.suffix}", "file_size": None}  # fmt: skip
    what = "video" if made.kind.startswith("video/") else "audio"
    return Reply.of(200, {what: [film] if job.fault.shape == "list" else film, "seed": job.seed})


def notice(cloud: "Cloud", job: Job) -> dict[str, Any]:
    """What a webhook says."""
    result = _result(cloud, job)
    said: dict[str, Any] = {"request_id": job.id, "gateway_request_id": job.id}
    said["payload"] = json.loads(result.body)
    if result.status == 200:
        return said | {"status": "OK"}
    return said | {"status": "ERROR", "error": f"Invalid status code: {result.status}"}


def _cancel(cloud: "Cloud", job: Job) -> Reply:
    now = cloud.clock.now()
    if job.stage(now) not in ("queued", "running"):
        return Reply.of(400, {"status": "ALREADY_COMPLETED"})
    job.canceled = now
    return Reply.of(202, {"status": "CANCELLATION_REQUESTED"})


def _list(cloud: "Cloud", call: Call) -> Reply:
    """`GET /models/requests/by-endpoint`: newest end first, from `start` up to before `end`."""
    wanted = [name for given in call.query.get("endpoint_id", []) for name in given.split(",")]
    if not wanted:
        return Reply.of(422, {"error": {"type": "validation_error", "message": "endpoint_id"}})
    now = cloud.clock.now()
    try:
        first = parse(call.one("start") or iso(now - 24 * 3600))
        last = parse(call.one("end") or iso(now + 1))
        limit = min(int(call.one("limit") or 50), 100, cloud.page)
        page = int(base64.b64decode(call.one("cursor") or base64.b64encode(b"1")))
    except ValueError:
        return Reply.of(400, {"error": {"type": "validation_error", "message": "bad parameter"}})
    with cloud.lock:
        found = [
            job for job in cloud.jobs.values()
            if job.service == "fal" and job.ref in wanted and first <= job.created < last
            and call.one("request_id") in (None, job.id)
            and (cloud.lists_unfinished or now >= job.ended())
        ]  # fmt: skip
    found.sort(key=lambda job: (min(job.ended(), now), job.number), reverse=True)
    payloads = "payloads" in ",".join(call.query.get("expand", []))
    items = [_item(job, now, payloads) for job in found[(page - 1) * limit : page * limit]]
    more = len(found) > page * limit
    following = base64.b64encode(str(page + 1).encode()).decode() if more else None
    return Reply.of(200, {"items": items, "next_cursor": following, "has_more": more})


def _item(job: Job, now: float, payloads: bool) -> dict[str, Any]:
    stage, over = job.stage(now), now >= job.ended()
    item: dict[str, Any] = {
        "request_id": job.id, "endpoint_id": job.ref, "sent_at": iso(job.created),
        "started_at": iso(job.starts) if now >= job.starts else None,
        "ended_at": iso(job.ended()) if over else None,
        "duration": job.ended() - job.created if over else None,
    }  # fmt: skip
    if over:
        item["status_code"] = 200 if stage == "succeeded" else 422 if job.mistakes else (
            499 if stage == "canceled" else job.fault.code
        )  # fmt: skip
    if payloads:
        item["json_input"] = job.input
    return item


def _models(cloud: "Cloud", call: Call) -> Reply:
    """`GET /models`: what is known of the named endpoints, with their schema if wanted."""
    found: list[dict[str, Any]] = []
    for ref in call.query.get("endpoint_id", []):
        model = cloud.offers["fal"].get(ref)
        if model is None:
            return Reply.of(404, {"error": {"type": "not_found", "message": f"no {ref}"}})
        found.append({"endpoint_id": ref, "metadata": {"category": "video", "status": "active"}})
        if "openapi-3.0" in call.query.get("expand", []):
            input_ = {"$ref": "#/components/schemas/Input"}
            body = {"content": {"application/json": {"schema": input_}}}
            found[-1]["openapi"] = {
                "openapi": "3.0.4",
                "components": {"schemas": schemas(model)},
                "paths": {f"/{ref}": {"post": {"requestBody": body}}},
            }
    return Reply.of(200, {"models": found, "next_cursor": None, "has_more": False})


def _token(cloud: "Cloud", call: Call) -> Reply:
    if call.one("storage_type") != "fal-cdn-v3":
        return Reply.of(400, {"detail": "Invalid storage type"})
    token = secrets.token_urlsafe(24)
    cloud.upload_tokens.add(token)
    now = cloud.clock.now()
    return Reply.of(
        200,
        {
            "token": token, "token_type": "Bearer", "base_url": f"{cloud.elsewhere}/cdn",
            "created_at": iso(now), "expires_at": iso(now + 24 * 3600),
        },
    )  # fmt: skip


def _initiate(cloud: "Cloud", call: Call) -> Reply:
    """The way without a token. Storage type `gcs` has been refused since the summer of 2026."""
    if call.one("storage_type") != "fal-cdn-v3":
        return Reply.of(400, {"detail": "Invalid storage type"})
    name = f"{secrets.token_urlsafe(12)}_{quote(str(call.json().get('file_name') or 'file'))}"
    return Reply.of(
        200,
        {
            "upload_url": f"{cloud.elsewhere}/cdn/signed/{name}",
            "file_url": f"{cloud.elsewhere}/cdn/files/{name}",
        },
    )


def _upload(cloud: "Cloud", values: tuple[str, ...], call: Call) -> Reply:
    if len(values) == 3:
        return _part(cloud, *values, call)
    asked = call.headers.get("X-Fal-File-Name") or "file"
    if values == ("begin",):
        id_, name = secrets.token_urlsafe(12), f"{secrets.token_urlsafe(12)}_{asked}"
        cloud.parts[id_] = {}
        place = f"{cloud.elsewhere}/cdn/files/{name}"
        return Reply.of(200, {"access_url": place, "uploadId": id_})
    name = values[0] if values else f"{secrets.token_urlsafe(12)}_{asked}"
    kind = call.headers.get("Content-Type") or "application/octet-stream"
    address = f"{cloud.elsewhere}/cdn/files/{name}"
    cloud.files[address] = (kind, call.body)
    return Reply.of(200, {"access_url": address, "uploaded": True})


def _part(cloud: "Cloud", name: str, id_: str, part: str, call: Call) -> Reply:
    """A part of an upload, or its end: every part that was sent must be named, in order."""
    held = cloud.parts.get(id_)
    if held is None:
        return Reply.of(404, {"detail": "no such upload"})
    if part == "complete":
        named = [(each["partNumber"], each["etag"]) for each in call.json()["parts"]]
        if named != [(number, _etag(held[number])) for number in sorted(held)]:
            return Reply.of(400, {"detail": "the parts are not those that were sent"})
        kind = call.headers.get("Content-Type") or ""
        address = f"{cloud.elsewhere}/cdn/files/{name}"
        cloud.files[address] = (kind, b"".join(held[number] for number in sorted(held)))
        return Reply.of(200, {})
    held[int(part)] = call.body
    return Reply.of(200, {}, ETag=_etag(call.body))


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'
