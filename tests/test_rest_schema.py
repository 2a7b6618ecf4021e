"""The REST interface against its own description: whatever is sent, it answers as it says."""

import logging

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from songreel.web.safety.safety import LOOPBACK, Safety
from support.needs import needs
from support.studio import asked, send, song, studio_of, work_off

schemathesis = needs("schemathesis")
logging.getLogger("httpx").setLevel(logging.WARNING)

from schemathesis import GenerationMode, checks  # noqa: E402 (only where it is installed)
from schemathesis.specs.openapi import checks as openapi  # noqa: E402

CHECKS = [
    checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
    openapi.unsupported_method,
    openapi.allow_header_conformance,
]
"""What makes sense here. A body that the description allows may still be refused with a sentence
(no such look, another song), and a value that it forbids may be read as what it was meant to be
(`1` for true), so that acceptance is not among them."""


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A studio in which there is something to ask for."""
    folder = tmp_path_factory.mktemp("described")
    app = studio_of(folder, Safety(names=LOOPBACK | {"testserver"}))
    client = asked(app)
    asset = send(client, song(folder / "a.wav", 4.0).read_bytes(), "a.wav").json()
    project = client.post("/api/projects", json={"song": asset["sha256"]}).json()
    client.post("/api/jobs", json={"kind": "plan", "project": project["id"]})
    work_off(app.state.workspace)
    job = client.post("/api/jobs", json={"kind": "hear", "project": project["id"]}).json()
    ids = {"project": project["id"], "job": job["id"], "sha256": asset["sha256"], "number": 1}
    return app, ids


def _answers(there, examples):
    """Ask every route, within its description and against it, for what is there and what is not."""
    app, ids = there
    found = schemathesis.openapi.from_asgi("/openapi.json", app)
    # An endless stream; packing is tried where it is tested.
    found = found.exclude(path=["/api/events", "/api/projects/{project}/pack"])
    count = 0
    for result in found.get_all_operations():
        operation = result.ok()
        for mode in GenerationMode:
            try:
                cases = operation.as_strategy(generation_mode=mode)
                _ask(cases, ids, examples)
            except Unsatisfiable:
                continue  # nothing can be said against a route without parameters
            count += 1
    return count


def _ask(cases, ids, examples):
    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    @given(case=cases, known=st.booleans())
    def one(case, known):
        own = dict(ids)
        if case.method == "DELETE" and case.operation.path == "/api/projects/{project}":
            own["project"] = "0" * 32  # the others want it
        if known and case.path_parameters:
            case.path_parameters |= {
                name: own[name] for name in case.path_parameters if name in own
            }
        case.validate_response(case.call(), checks=CHECKS)

    one()


def test_it_answers_as_it_says(there):
    assert _answers(there, 1) > 60


@pytest.mark.slow
def test_it_answers_as_it_says_whatever_is_asked(there):
    assert _answers(there, 8) > 60
