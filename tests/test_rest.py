"""The REST interface on a real small project: made, planned, edited, fetched, forgotten."""

import json
from itertools import islice, takewhile
from pathlib import Path

import httpx
import pytest

from songreel.web.errors import Problem
from support.studio import asked, send, served, song, studio_of, work_off


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A studio with one project, planned by a job."""
    folder = tmp_path_factory.mktemp("studio")
    app = studio_of(folder)
    client = asked(app)
    content = song(folder / "Night Drive.wav").read_bytes()
    asset = send(client, content, "../../Night Drive.wav").json()
    made = client.post("/api/projects", json={"song": asset["sha256"]})
    assert made.status_code == 201
    work = {"kind": "plan", "project": made.json()["id"], "planning": {"seed": 3}}
    assert client.post("/api/jobs", json=work).status_code == 202
    (job,) = work_off(app.state.workspace)
    assert job.state == "done"
    return app, client, made.json(), asset


def test_an_upload_is_an_asset_known_by_its_content(studio):
    _, client, _, asset = studio
    assert (asset["media_type"], asset["name"]) == ("audio/wav", "Night Drive.wav")
    again = client.get(f"/api/uploads/{asset['sha256']}").json()
    assert again["size"] == asset["size"]
    content = client.get(f"/api/uploads/{asset['sha256']}/content")
    assert len(content.content) == asset["size"]
    assert content.headers["x-content-type-options"] == "nosniff"


def test_a_form_sends_a_file_too(studio):
    _, client, _, asset = studio
    content = client.get(f"/api/uploads/{asset['sha256']}/content").content
    files = {"file": ("my söng.mp3", content, "application/pdf")}
    reply = client.post("/api/uploads", files=files)
    assert reply.status_code == 201
    assert reply.json()["sha256"] == asset["sha256"]
    assert reply.headers["location"] == f"/api/uploads/{asset['sha256']}"
    two = [("file", ("a.wav", content)), ("file", ("b.wav", content))]
    assert client.post("/api/uploads", files=two).status_code == 422


def test_a_project_is_listed_and_says_what_is_there(studio):
    _, client, project, _ = studio
    assert [one["id"] for one in client.get("/api/projects").json()] == [project["id"]]
    assert client.get("/api/projects", params={"after": project["id"]}).json() == []
    assert client.get("/api/projects", params={"after": "0" * 32}).status_code == 404
    assert client.get("/api/projects", params={"limit": 0}).status_code == 422
    state = client.get(f"/api/projects/{project['id']}").json()
    assert (state["planned"], state["heard"], state["filmed"]) == (True, True, False)
    assert project["title"] == "Night Drive"


def test_the_plan_comes_byte_for_byte_and_is_not_sent_twice(studio):
    app, client, project, _ = studio
    on_disk = app.state.workspace.projects.open(project["id"]).plan.read_bytes()
    reply = client.get(f"/api/projects/{project['id']}/plan")
    assert reply.content == on_disk
    again = client.get(reply.url, headers={"if-none-match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_edit_names_its_revision_and_a_stale_one_is_refused(studio):
    _, client, project, _ = studio
    where = f"/api/projects/{project['id']}"
    board = client.get(f"{where}/board").json()
    shot = board["shots"][0]["id"]
    body = {
        "edits": [{"kind": "lock", "shots": [shot], "locked": True}],
        "revision": board["revision"],
    }
    after = client.post(f"{where}/edits", json=body)
    assert after.status_code == 200
    assert after.json()["shots"][0]["locked"]
    stale = client.post(f"{where}/edits", json=body)
    assert stale.status_code == 409
    assert "changed" in stale.json()["error"]
    assert not client.post(f"{where}/undo").json()["shots"][0]["locked"]
    assert client.post(f"{where}/redo").json()["shots"][0]["locked"]
    client.post(f"{where}/undo")


def test_an_edited_plan_is_put_back_unless_another_is_there(studio):
    _, client, project, _ = studio
    where = f"/api/projects/{project['id']}"
    got = client.get(f"{where}/plan")
    tag, plan = got.headers["etag"], got.json()
    plan["shots"][0]["prompt"] = "a lighthouse in the rain"
    headers = {"if-match": tag}
    board = client.put(f"{where}/plan", json=plan, headers=headers)
    assert board.status_code == 200, board.text
    assert board.json()["shots"][0]["prompt"] == "a lighthouse in the rain"
    assert client.put(f"{where}/plan", json=plan, headers=headers).status_code == 409
    plan["shots"][0]["at"] = "nonsense"
    refused = client.put(f"{where}/plan", json=plan)
    assert refused.status_code == 422
    assert "shots[0].at" in refused.json()["error"]
    client.post(f"{where}/undo")
    assert client.get(f"{where}/plan").content == got.content
    versions = client.get(f"{where}/plans").json()
    assert client.get(f"{where}/plans/{versions[0]['number']}").content == got.content


def test_a_plan_of_another_song_is_refused(studio):
    _, client, project, _ = studio
    where = f"/api/projects/{project['id']}/plan"
    plan = client.get(where).json()
    plan["track"]["sha256"] = "0" * 64
    assert "another song" in client.put(where, json=plan).json()["error"]


def test_a_plan_names_no_file_that_its_sender_chose(studio):
    _, client, project, _ = studio
    where = f"/api/projects/{project['id']}/plan"
    for image in ("/etc/passwd", "../../other/face.png", "~/face.png", "C:\\face.png"):
        plan = client.get(where).json()
        plan["shots"][0]["start_image"] = image
        refused = client.put(where, json=plan)
        assert refused.status_code == 422
        assert "outside of the project" in refused.json()["error"]


def test_effects_and_words_are_laid_over_a_plan(studio):
    _, client, project, _ = studio
    where = f"/api/projects/{project['id']}"
    shot = client.get(f"{where}/board").json()["shots"][0]["id"]
    body = {"shot": shot, "clear": True, "add": ["punch-in on kick 0.6"]}
    assert client.post(f"{where}/effects", json=body).status_code == 200
    effects = [e for e in client.get(f"{where}/effects").json() if e["shot"] == shot]
    assert [e["words"] for e in effects] == ["punch-in on kick 0.6"]
    assert (
        "nothing is called"
        in client.post(f"{where}/effects", json=body | {"add": ["punch-in on moon"]}).json()[
            "error"
        ]
    )
    lyrics = "[00:01.00]la la\n[00:03.00]lo lo\n"
    words = {"title": "Night", "lyrics": lyrics, "lyrics_name": "words.lrc"}
    shown = client.post(f"{where}/captions", json=words)
    assert shown.status_code == 200, shown.text
    assert [line["text"] for line in shown.json()["lines"]] == ["la la", "lo lo"]
    assert shown.json() == client.get(f"{where}/captions").json()
    assert {shot["id"] for shot in client.get(f"{where}/cast").json()} >= {shot}
    for _ in range(2):
        client.post(f"{where}/undo")


def test_a_webhook_is_kept_and_its_secret_told_once(studio):
    _, client, _, _ = studio
    added = client.post("/api/webhooks", json={"url": "http://127.0.0.1:9/hook"})
    assert added.status_code == 201
    assert added.json()["secret"].startswith("whsec_")
    where = added.headers["location"]
    assert "secret" not in client.get(where).json()
    assert len(client.get("/api/webhooks").json()) == 1
    assert client.post(f"{where}/enable").status_code == 200
    assert client.delete(where).status_code == 204
    assert client.get(where).status_code == 404
    for url in ("ftp://x", "http://u:p@127.0.0.1/", "http://[", "x" * 1999, "\x00"):
        assert client.post("/api/webhooks", json={"url": url}).status_code == 422


def test_what_the_plan_says_can_be_read(studio):
    _, client, project, _ = studio
    where = f"/api/projects/{project['id']}"
    assert client.get(f"{where}/storyboard").text.startswith("NIGHT DRIVE")
    assert isinstance(client.get(f"{where}/lint").json(), list)
    assert client.get(f"{where}/takes").json() == []
    quote = client.get(f"{where}/quote").json()
    assert quote["total_usd"]["high"] in ("0", "0.000000", "0.00")
    grid = client.get(f"{where}/grid").json()
    assert grid["corrected"] == []
    assert client.get(f"{where}/report").status_code == 404


@pytest.mark.parametrize(
    ("asked_for", "status", "first", "last"),
    [
        ("bytes=0-9", 206, 0, 9), ("bytes=100-", 206, 100, -1), ("bytes=-20", 206, -20, -1),
        ("bytes=5-4", 200, 0, -1), ("bytes=0-1,5-6", 200, 0, -1), ("potatoes=1-2", 200, 0, -1),
        ("bytes=-", 200, 0, -1), ("bytes=0-99999999999999999999999", 200, 0, -1),
        ("bytes=0-999999999999", 206, 0, -1),
    ],
)  # fmt: skip
def test_ranges_of_the_song(studio, asked_for, status, first, last):
    app, client, project, _ = studio
    whole = app.state.workspace.projects.open(project["id"]).song.read_bytes()
    reply = client.get(f"/api/projects/{project['id']}/media/song", headers={"range": asked_for})
    assert reply.status_code == status
    end = len(whole) + last if last < 0 else last
    begin = len(whole) + first if first < 0 else first
    assert reply.content == whole[begin : end + 1]
    if status == 206:
        assert reply.headers["content-range"] == f"bytes {begin}-{end}/{len(whole)}"


def test_a_range_past_the_end_says_how_long_the_file_is(studio):
    app, client, project, _ = studio
    size = app.state.workspace.projects.open(project["id"]).song.stat().st_size
    where = f"/api/projects/{project['id']}/media/song"
    for text in (f"bytes={size}-", "bytes=-0"):
        reply = client.get(where, headers={"range": text})
        assert reply.status_code == 416
        assert reply.headers["content-range"] == f"bytes */{size}"
        assert Problem.model_validate(reply.json())
    old = client.get(where, headers={"range": "bytes=0-1", "if-range": '"another"'})
    assert old.status_code == 200


def test_files_have_safe_names_and_pages_are_sandboxed(studio):
    app, client, project, _ = studio
    kept = app.state.workspace.projects.open(project["id"])
    kept.page.write_text("<script>parent.document</script>")
    page = client.get(f"/api/projects/{project['id']}/media/report")
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in page.headers["content-security-policy"]
    saved = client.get(f"/api/projects/{project['id']}/media/song?download=true")
    assert saved.headers["content-disposition"].startswith("attachment; filename=")
    keys = {row["key"] for row in client.get(f"/api/projects/{project['id']}/media").json()}
    assert {"song", "plan", "analysis", "report"} <= keys
    for key in ("../plan.json", "..%2f..%2fetc%2fpasswd", "nothing", "/etc/passwd", "%00"):
        found = client.get(f"/api/projects/{project['id']}/media/{key}")
        assert found.status_code == 404, key
        assert "error" in found.json()


def test_jobs_wait_move_pause_and_end(studio):
    app, client, project, _ = studio
    work = {"kind": "hear", "project": project["id"]}
    first, second = (client.post("/api/jobs", json=work).json() for _ in range(2))
    order = lambda: [j["id"] for j in client.get("/api/jobs?state=waiting").json()]  # noqa: E731
    assert order() == [first["id"], second["id"]]
    client.post(f"/api/jobs/{second['id']}/move", json={"before": first["id"]})
    assert order() == [second["id"], first["id"]]
    assert client.post(f"/api/jobs/{first['id']}/pause").json()["state"] == "paused"
    assert client.post(f"/api/jobs/{first['id']}/resume").json()["state"] == "waiting"
    for job in (first, second):
        assert client.post(f"/api/jobs/{job['id']}/cancel").json()["state"] == "cancelled"
    assert client.post(f"/api/jobs/{first['id']}/pause").status_code == 409
    assert client.post(f"/api/jobs/{first['id']}/again").status_code == 202
    client.post(f"/api/jobs/{first['id']}/cancel")
    assert client.put("/api/queue", json={"held": True}).json() == {"held": True}
    assert client.put("/api/queue", json={"held": False}).json() == {"held": False}
    assert client.get(f"/api/jobs/{'0' * 32}").status_code == 404
    unknown = client.post("/api/jobs", json=work | {"project": "0" * 32})
    assert (unknown.status_code, unknown.json()["where"]) == (422, "body.project")
    assert app.state.workspace.queue.all(states=("waiting",)) == ()


def test_events_are_told_from_where_one_was(studio):
    app, client, _, _ = studio
    past = client.get("/api/events/past").json()
    assert [one["id"] for one in past] == sorted(one["id"] for one in past)
    after = past[len(past) // 2]["id"]
    later = [one["id"] for one in past if one["id"] > after]
    with served(studio_of(app.state.workspace.settings.workspace.parent)) as address:
        for ask in (
            {"params": {"after": after}},
            {"headers": {"last-event-id": str(after)}},
            {"params": {"after": 0}, "headers": {"last-event-id": str(after)}},
        ):
            told = _listen(f"{address}/api/events", len(later), **ask)
            assert [one["id"] for one in told] == later
            assert told[0]["job"] == next(one for one in past if one["id"] > after)["job"]


def _listen(address, count, **ask):
    """The first events that a browser is told; fewer where nothing more comes."""
    with httpx.stream("GET", address, timeout=60, trust_env=False, **ask) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        lines = takewhile(lambda line: not line.startswith(":"), reply.iter_lines())
        told = (json.loads(line[6:]) for line in lines if line.startswith("data: "))
        return list(islice(told, count))


def test_a_project_is_packed_and_another_comes_out(studio):
    _, client, project, _ = studio
    packed = client.get(f"/api/projects/{project['id']}/pack")
    assert packed.headers["content-type"] == "application/zip"
    made = client.post(
        "/api/projects/unpack", content=packed.content, headers={"content-type": "application/zip"}
    )
    assert made.status_code == 201, made.text
    other = made.json()["project"]
    assert (other["title"], other["id"] == project["id"]) == (project["title"], False)
    plans = [
        client.get(f"/api/projects/{id_}/plan").content for id_ in (project["id"], other["id"])
    ]
    assert plans[0] == plans[1]
    no = client.delete(f"/api/projects/{other['id']}?files=true&confirm=other")
    assert no.status_code == 409
    assert Path(other["folder"]).is_dir()
    gone = client.delete(f"/api/projects/{other['id']}?files=true&confirm={other['title']}")
    assert gone.status_code == 204
    assert not Path(other["folder"]).exists()
    assert client.get(f"/api/projects/{other['id']}").status_code == 404
    assert client.post("/api/projects/unpack", content=b"PK\x03\x04nonsense").status_code == 422


def test_forgetting_leaves_the_folder(studio, tmp_path):
    app, client, _, asset = studio
    made = client.post("/api/projects", json={"song": asset["sha256"], "title": "a/b: c"}).json()
    assert made["title"] == "a b c"
    where = f"/api/projects/{made['id']}"
    assert client.patch(where, json={"title": "Other"}).json()["title"] == "Other"
    assert client.delete(where).status_code == 204
    assert Path(made["folder"]).is_dir()
    assert str(tmp_path) not in client.get(where).json()["error"]
    assert app.state.workspace.films in Path(made["folder"]).parents


@pytest.mark.parametrize(
    "where",
    ["looks", "styles", "models", "providers", "sounds", "visuals", "effects", "costs", "limits",
     "credits", "history", "trail", "keys", "about", "doctor", "queue"],
)  # fmt: skip
def test_what_there_is_can_be_asked_for(studio, where):
    _, client, _, _ = studio
    reply = client.get(f"/api/{where}")
    assert reply.status_code == 200
    assert reply.json() is not None


def test_a_limit_and_a_credit_are_kept(studio):
    _, client, project, _ = studio
    body = {"scope": "project", "project": project["id"], "usd": "5"}
    (limit,) = client.put("/api/limits", json=body).json()
    assert (limit["scope"], float(limit["usd"])) == ("project", 5.0)
    assert client.put("/api/limits", json=body | {"usd": None}).json() == []
    wrong = {"scope": "month", "project": "0" * 32, "usd": "1"}
    assert client.put("/api/limits", json=wrong).json()["where"] == "body.project"
    (credit,) = client.post("/api/credits", json={"service": "fal", "usd": "10"}).json()
    assert float(credit["left"]) == 10.0


def test_keys_are_told_to_be_set_and_nothing_more(studio, monkeypatch):
    _, client, _, _ = studio
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_verysecretvalue")
    for where in ("keys", "providers", "about", "doctor", "models"):
        assert "verysecret" not in client.get(f"/api/{where}").text
    keys = {one["service"]: one["set"] for one in client.get("/api/keys").json()}
    assert keys["replicate"]


@pytest.mark.parametrize(
    ("method", "where", "status"),
    [
        ("GET", "/api", 404), ("GET", "/api/", 404), ("GET", "/api/nothing", 404),
        ("DELETE", "/api/projects", 405), ("PUT", "/api/queue/x", 404),
        ("GET", "/api/projects/not-an-id", 422), ("GET", f"/api/projects/{'0' * 32}", 404),
        ("GET", "/api/jobs?limit=0", 422), ("GET", "/api/jobs?limit=9" + "9" * 400, 422),
        ("GET", "/api/events/past?after=-1", 422), ("GET", "/api/trail?since=yesterday", 422),
        ("GET", "/api/trail?since=%00", 422),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_in_one_form(studio, method, where, status):
    _, client, _, _ = studio
    reply = client.request(method, where)
    assert reply.status_code == status
    assert set(reply.json()) <= {"error", "where"}
    if status == 405:
        assert "GET" in reply.headers["allow"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"\\ud800"', b'{"song": "\\ud800"}', b"\xff\xfe", b"\0",
        b'{"song": 1e999}', b'{"song": ' + b"9" * 5000 + b"}", b"[" * 100_000,
        b'{"title": "' + b"x" * 1_000_000 + b'"}', b'{"song": NaN}',
        b'{"song": "' + b"0" * 64 + b'", "title": "\\u0000"}',
        b'{"song": "' + b"0" * 64 + b'", "extra": 1}',
    ],
)  # fmt: skip
def test_no_body_breaks_it(studio, body):
    _, client, _, _ = studio
    headers = {"content-type": "application/json"}
    for where in ("/api/projects", "/api/jobs", "/api/limits"):
        method = "PUT" if where.endswith("limits") else "POST"
        reply = client.request(method, where, content=body, headers=headers)
        assert 400 <= reply.status_code < 500
        assert reply.json()["error"]


def test_a_body_that_is_no_json_or_too_large_is_refused(studio):
    _, client, _, _ = studio
    plain = client.post("/api/projects", content=b"{}", headers={"content-type": "text/plain"})
    assert plain.status_code == 415
    large = client.post("/api/projects", content=b" " * (9 * 2**20),
                        headers={"content-type": "application/json"})  # fmt: skip
    assert large.status_code == 413

    def parts():
        for _ in range(9):
            yield b" " * 2**20

    unsaid = client.post("/api/projects", content=parts(),
                         headers={"content-type": "application/json"})  # fmt: skip
    assert unsaid.status_code == 413


def test_the_description_is_a_page_that_loads_nothing(studio):
    _, client, _, _ = studio
    page = client.get("/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "http" not in page.text.replace("http://127.0.0.1", "").lower().split("<main>")[0]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "/api/projects/{project}/board" in page.text
    assert client.get("/openapi.json").json()["paths"]


def test_every_route_says_how_it_fails(studio):
    app, _, _, _ = studio
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
            assert {"400", "401", "403", "404", "409", "413", "415", "422"} <= set(
                operation["responses"]
            ), (method, path)
