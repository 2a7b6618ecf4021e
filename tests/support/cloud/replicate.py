"""Replicate's HTTP API, as its OpenAPI document and pages tell it (2026-11-21)."""

import base64
import hashlib
import json
import secrets
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from support.cloud import hooks
from support.cloud.clock import iso, parse
from support.cloud.faults import Fault
from support.cloud.jobs import Job
from support.cloud.menu import Model
from support.cloud.schemas import schemas
from support.cloud.wire import Call, Reply, Route

if TYPE_CHECKING:
    from support.cloud.server import Cloud

NO_TOKEN = "You did not pass a valid authentication token"
THROTTLED = "Request was throttled. Your rate limit resets in ~{}s."
TITLES = {
    400: "Bad request", 401: "Unauthenticated", 402: "Insufficient credit", 403: "Forbidden",
    404: "Not found", 422: "Input validation failed", 429: "Too many requests",
    500: "Internal server error", 502: "Bad gateway", 503: "Service unavailable",
}  # fmt: skip
WORDS = {"queued": "starting", "running": "processing"}


def route(method: str, parts: tuple[str, ...]) -> Route:
    """What a request below the API's base is about."""
    kind, values = "other", parts
    match (method, *parts):
        case ("POST", "v1", "predictions"):
            kind, values = "create", ()
        case ("POST", "v1", "models", owner, name, "predictions"):
            kind, values = "create", (f"{owner}/{name}",)
        case ("GET", "v1", "predictions"):
            kind, values = "list", ()
        case ("GET", "v1", "predictions", id_):
            kind, values = "poll", (id_,)
        case ("POST", "v1", "predictions", id_, "cancel"):
            kind, values = "cancel", (id_,)
        case ("GET", "v1", "models", owner, name):
            kind, values = "model", (f"{owner}/{name}",)
        case ("GET", "v1", "models", owner, name, "versions", version):
            kind, values = "model", (f"{owner}/{name}", version)
        case ("POST", "v1", "files"):
            kind, values = "upload", ()
        case ("GET", "v1", "files", id_):
            values = ("file", id_)
        case ("GET", "v1", "webhooks", "default", "secret"):
            values = ("secret",)
        case ("GET", "v1", "account"):
            values = ("account",)
    return Route("replicate", kind, values)


def problem(status: int, title: str, detail: str, **more: Any) -> Reply:
    """An error in the form of RFC 7807."""
    said = {"title": title, "detail": detail, "status": status, **more}
    return Reply(status, json.dumps(said).encode(), "application/problem+json")


def worded(fault: Fault) -> Reply:
    """An answer that a fault asks for."""
    status = fault.status or 500
    if status == 429:
        return Reply.of(429, {"detail": fault.detail or THROTTLED.format(30)})
    more: dict[str, Any] = {}
    detail = fault.detail or TITLES.get(status, "Error")
    if fault.fields:
        more["invalid_fields"] = [
            {"type": "invalid", "field": f"input.{name}", "description": why}
            for name, why in fault.fields
        ]
        detail = "".join(f"- input.{name}: {why}\n" for name, why in fault.fields)
    return problem(status, TITLES.get(status, "Error"), detail, **more)


def answer(cloud: "Cloud", asked: Route, call: Call, fault: Fault) -> Reply:
    """Do what a request asks."""
    values = asked.values
    if asked.kind == "create":
        return _create(cloud, values, call, fault)
    if asked.kind == "list":
        return _list(cloud, call)
    if asked.kind == "upload":
        return _upload(cloud, call)
    if asked.kind == "model":
        return _model(cloud, *values)
    if asked.kind in ("poll", "cancel"):
        job = cloud.jobs.get(values[0])
        if job is None or job.service != "replicate":
            return problem(404, "Not found", "The requested resource could not be found.")
        if asked.kind == "cancel":
            now = cloud.clock.now()
            if job.stage(now) in ("queued", "running"):
                job.canceled = now
        return Reply.of(200, prediction(cloud, job))
    if values == ("secret",):
        return Reply.of(200, {"key": cloud.signer.secret})
    if values == ("account",):
        return Reply.of(200, {"type": "user", "username": "tester", "name": "A test"})
    if values[:1] == ("file",) and (found := _file(cloud, values[1])):
        return Reply.of(200, found)
    return problem(404, "Not found", "The requested resource could not be found.")


def prediction(cloud: "Cloud", job: Job) -> dict[str, Any]:
    """A prediction as the service writes it just now."""
    now = cloud.clock.now()
    stage, ended, kept = job.stage(now), job.ended(), cloud.kept(job)
    over = stage not in ("queued", "running")
    output: Any = None
    if stage == "succeeded" and kept:
        output = cloud.output(job)
        if job.fault.shape == "list" or (job.model.as_list and job.fault.shape != "string"):
            output = [output]
    error = None
    if stage == "failed":
        error = job.error
    address = f"{cloud.url}/replicate/v1/predictions/{job.id}"
    return {
        "id": job.id,
        "model": job.model.ref,
        "version": job.model.version or "hidden",
        "input": job.input if kept else {},
        "output": output,
        "logs": "" if stage == "queued" or not kept else f"Using seed: {job.seed}\n",
        "error": error,
        "status": job.fault.word or WORDS.get(stage, stage),
        "created_at": iso(job.created),
        "started_at": iso(job.starts) if now >= job.starts and stage != "aborted" else None,
        "completed_at": iso(ended) if over else None,
        "deadline": iso(job.deadline) if job.deadline is not None else None,
        "data_removed": not kept,
        "source": "api",
        "metrics": _metrics(job) if over and stage != "aborted" else None,
        "urls": {
            "get": address,
            "cancel": f"{address}/cancel",
            "web": f"https://replicate.com/p/{job.id}",
        },
    }


def _metrics(job: Job) -> dict[str, Any]:
    measured: dict[str, Any] = {
        "predict_time": job.gpu_seconds, "total_time": job.gpu_seconds + 1.5
    }  # fmt: skip
    if job.model.official and job.error is None:
        measured |= {
            "video_output_count": 1,
            "video_output_duration_seconds": float(job.form.seconds),
        }
        if "resolution" in job.model.inputs:
            measured["resolution_target"] = job.model.complete(job.input)["resolution"]
        if "generate_audio" in job.model.inputs:
            measured["with_audio"] = job.model.complete(job.input)["generate_audio"]
    return measured


def _create(cloud: "Cloud", values: tuple[str, ...], call: Call, fault: Fault) -> Reply:
    try:
        sent = call.json()
    except ValueError:
        return problem(400, "Bad request", "The request body is not valid JSON.")
    ref = values[0] if values else str(sent.get("version") or "")
    found = cloud.offers["replicate"].get(ref) if values else _versioned(cloud, ref)
    if values and (found is None or not found.official):
        return problem(404, "Not found", "The requested resource could not be found.")
    if found is None:
        return problem(
            422, "Invalid version or not permitted",
            "The specified version does not exist (or perhaps you don't have permission to use "
            "it?)",
            invalid_fields=[
                {"type": "invalid", "field": "version", "description": "does not exist"}
            ],
        )  # fmt: skip
    model, given = found, sent.get("input")
    if not isinstance(given, dict):
        return problem(422, "Input validation failed", "- input is required\n")
    wrong = model.mistakes(given) | _unknown_files(cloud, model, given)
    if wrong:
        return problem(
            422, "Input validation failed",
            "".join(f"- input.{name}: {why}\n" for name, (_, why) in wrong.items()),
            invalid_fields=[
                {"type": kind, "field": f"input.{name}", "description": why}
                for name, (kind, why) in wrong.items()
            ],
        )  # fmt: skip
    after = call.headers.get("Cancel-After")

    def make(number: int, now: float, starts: float, ends: float) -> Job:
        return Job(
            id=secrets.token_hex(13), service="replicate", model=model, ref=ref,
            input=given, number=number, created=now, starts=starts,
            ends=float("inf") if fault.endless or fault.word else ends, fault=fault,
            deadline=now if fault.stops == "aborted" else now + _seconds(after) if after else None,
            canceled=(starts + ends) / 2 if fault.stops == "canceled" else None,
            webhook=str(sent.get("webhook") or ""),
            events=tuple(sent.get("webhook_events_filter") or hooks.EVENTS),
            files=cloud.uploaded(model, given),
        )  # fmt: skip

    job = cloud.take(make)
    prefer = call.headers.get("Prefer") or ""
    if prefer.startswith("wait"):
        patience = float(prefer.partition("=")[2] or 60)
        until = min(job.ended(), cloud.clock.now() + patience)
        while cloud.clock.now() < until and not cloud.closing:
            cloud.pause(min(0.01, max(0.0, until - cloud.clock.now())))
    return Reply.of(201, prediction(cloud, job))


def _versioned(cloud: "Cloud", ref: str) -> Model | None:
    """The model that `owner/name`, `owner/name:hash` or a bare hash stands for."""
    name, _, version = ref.rpartition(":")
    for model in cloud.offers["replicate"].values():
        if ref == model.ref:
            return model if model.official else None
        if model.version and version == model.version and name in ("", model.ref):
            return model
    return None


def _unknown_files(
    cloud: "Cloud", model: Model, given: dict[str, Any]
) -> dict[str, tuple[str, str]]:
    """Addresses below this server at which nothing was uploaded."""
    wrong = {}
    for name, taken in model.inputs.items():
        values = given.get(name) or []
        for value in values if taken.kind == "uris" else [values] if taken.kind == "uri" else []:
            if value and cloud.missing(str(value)):
                wrong[name] = ("uri", "Does not match format 'uri', or cannot be fetched")
    return wrong


def _seconds(text: str) -> float:
    """Of a span such as 90s, 5m or 1h."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    return float(text.rstrip("smh")) * units.get(text[-1], 1.0)


def _list(cloud: "Cloud", call: Call) -> Reply:
    try:
        first = float(parse(call.one("created_after") or "1970-01-01"))
        last = float(parse(call.one("created_before") or "9999-01-01"))
        skip = int(base64.urlsafe_b64decode(call.one("cursor") or base64.b64encode(b"0")))
    except ValueError:
        return problem(400, "Bad request", "created_after and created_before are ISO 8601 times")
    with cloud.lock:
        found = [
            job for job in cloud.jobs.values()
            if job.service == "replicate" and first <= job.created <= last
        ][::-1]  # fmt: skip
    shown = found[skip : skip + cloud.page]

    def page(start: int) -> str:
        cursor = base64.urlsafe_b64encode(str(start).encode()).decode()
        kept = {name: values[0] for name, values in call.query.items() if name != "cursor"}
        query = urlencode({"cursor": cursor, **kept})
        return f"{cloud.url}/replicate/v1/predictions?{query}"

    return Reply.of(
        200,
        {
            "previous": page(max(0, skip - cloud.page)) if skip else None,
            "next": page(skip + cloud.page) if skip + cloud.page < len(found) else None,
            "results": [prediction(cloud, job) for job in shown],
        },
    )


def _model(cloud: "Cloud", ref: str, version: str | None = None) -> Reply:
    """A model with its latest version, or one of its versions."""
    model = cloud.offers["replicate"].get(ref)
    if model is None or version not in (None, model.version):
        return problem(404, "Not found", "The requested resource could not be found.")
    owner, _, name = ref.partition("/")
    latest = {
        "id": model.version or "hidden",
        "created_at": iso(0.0),
        "cog_version": "0.16",
        "openapi_schema": {"openapi": "3.0.2", "components": {"schemas": schemas(model)}},
    }
    if version is not None:
        return Reply.of(200, latest)
    return Reply.of(
        200,
        {
            "url": f"https://replicate.com/{ref}",
            "owner": owner, "name": name, "description": None, "visibility": "public",
            "github_url": None, "paper_url": None, "license_url": None, "run_count": 1,
            "cover_image_url": None, "default_example": None, "is_official": model.official,
            "latest_version": latest,
        },
    )  # fmt: skip


def _upload(cloud: "Cloud", call: Call) -> Reply:
    """A multipart form with `content` and, if wanted, `metadata`."""
    head = f"Content-Type: {call.headers.get('Content-Type')}\r\n\r\n".encode()
    parts: dict[str, Any] = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + call.body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        parts[str(name)] = part
    if "content" not in parts:
        return problem(400, "Bad request", "Missing content")
    content = parts["content"]
    data = content.get_payload(decode=True)
    id_ = secrets.token_urlsafe(24)
    address = f"{cloud.url}/replicate/v1/files/{id_}"
    cloud.files[address] = (content.get_content_type(), data)
    cloud.names[address] = content.get_filename() or "file"
    return Reply.of(201, _file(cloud, id_))


def _file(cloud: "Cloud", id_: str) -> dict[str, Any] | None:
    address = f"{cloud.url}/replicate/v1/files/{id_}"
    if address not in cloud.files:
        return None
    name, (kind, data) = cloud.names[address], cloud.files[address]
    sha256 = hashlib.sha256(data).hexdigest()
    now = cloud.clock.now()
    return {
        "id": id_, "name": name, "content_type": kind, "size": len(data), "etag": sha256[:32],
        "checksums": {"sha256": sha256, "md5": hashlib.md5(data).hexdigest()}, "metadata": {},
        "created_at": iso(now), "expires_at": iso(now + 24 * 3600), "urls": {"get": address},
    }  # fmt: skip
