"""Keys and tokens of a studio at work: in no database, log, archive, page or answer."""

import sqlite3
import zipfile
from contextlib import suppress

import httpx
import pytest

from songreel.client import Client
from songreel.models.errors import SongreelError
from songreel.web.app import create_app
from songreel.web.safety.safety import Safety
from support.cloud.faults import answers
from support.studio import served, settings_of, song

TOKEN = "a-token-of-twenty-characters"
PAGES = ("/", "/settings/keys", "/settings/money", "/settings/trail", "/docs", "/openapi.json")


@pytest.mark.slow
def test_no_secret_leaves_the_process_that_uses_it(tmp_path, cloud):
    settings = settings_of(tmp_path)
    app = create_app(settings, Safety.of("127.0.0.1", TOKEN))
    with served(app) as url, Client(url, TOKEN) as client:
        headers = {"authorization": f"Bearer {TOKEN}"}
        direct = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60)
        hook = direct.post("/api/webhooks", json={"url": f"{url}/api/about"}).json()
        project = client.create(client.upload(song(tmp_path / "a.wav", 4.0)))
        work = {
            "kind": "make", "project": project.id, "visuals": "replicate", "agreed": "50",
            "output": {"size": 64},
        }  # fmt: skip
        bought = client.run(work)
        assert bought.state == "done"
        # What the service says when it refuses may hold the key it was sent.
        cloud.fail("create", answers(401, f"no such token: {cloud.token}"), times=1000)
        shot = client.board(project.id).shots[0].id
        asked = len(cloud.requests("create"))
        retake = {"kind": "retake", "project": project.id, "shot": shot, "agreed": "50"}
        job = client.submit(retake)
        with suppress(SongreelError):
            client.wait(job.id)
        assert len(cloud.requests("create")) > asked
        packed = direct.get(f"/api/projects/{project.id}/pack").content
        told = [direct.get(f"/api/jobs/{job.id}").text, client.board(project.id).model_dump_json()]
        for where, about in direct.get("/openapi.json").json()["paths"].items():
            if "get" in about and "{" not in where and where != "/api/events":
                told.append(direct.get(where).text)
        told += [direct.get(where).text for where in (*PAGES, f"/projects/{project.id}")]
        direct.close()
    assert cloud.usd() > 0
    archive = tmp_path / "packed.zip"
    archive.write_bytes(packed)

    secrets = [cloud.token, *cloud.key.split(":"), TOKEN, hook["secret"]]
    for text in told:
        assert not any(secret in text for secret in secrets), text[:200]
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            content = opened.read(name)
            assert not any(secret.encode() in content for secret in secrets), name
    with sqlite3.connect(settings.workspace / "songreel.db") as database:
        rows = "\n".join(database.iterdump())
    assert "job.ended" in rows
    assert not any(secret in rows for secret in secrets)
    holding = set()
    for path in tmp_path.rglob("*"):
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets):
            holding.add(path.relative_to(tmp_path).as_posix())
    assert len(holding) == 1, holding  # the webhook's, in a file for its owner alone
    (only,) = holding
    assert (tmp_path / only).stat().st_mode & 0o077 == 0
