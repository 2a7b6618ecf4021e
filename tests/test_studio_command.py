"""`songreel studio` as it is started and ended: one a workspace, a clear word, a clean end."""

import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest

from songreel.models.errors import InvalidInput
from songreel.web.server import Wish, _link, _listening
from support.command import command

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as of POSIX")


def _start(folder, *options):
    """The command in a process of its own, once it listens; its address."""
    here = os.environ | {"SONGREEL_CONFIG": str(folder / "config"), "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, "-m", "songreel.cli.main", "--workspace", str(folder / "workspace"),
             "studio", "--no-browser", "--port", "0", *options]  # fmt: skip
    process = subprocess.Popen(words, env=here, text=True, stderr=subprocess.PIPE, cwd=folder)
    line = process.stderr.readline()
    found = re.search(r"http://\S+", line)
    assert found, line
    return process, found[0]


def _answers(url, **more):
    until = time.monotonic() + 120
    while True:
        try:
            return httpx.get(url, timeout=30, trust_env=False, **more)
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.mark.slow
def test_it_serves_alone_and_ends_at_the_first_signal(tmp_path):
    process, address = _start(tmp_path)
    try:
        assert _answers(f"{address}api/about").json()["remote"] is False
        second = command(tmp_path)("studio", "--no-browser", status=1)
        assert f"has its studio open at {address} already" in second.stderr
        with httpx.stream("GET", f"{address}api/events", timeout=30) as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("retry")
            process.send_signal(signal.SIGINT)
            assert [line for line in lines if line.startswith("data")] == []
        assert process.wait(60) == 0
    finally:
        process.kill()
    said = process.stderr.read()
    assert "Traceback" not in said
    assert not (tmp_path / "workspace" / "studio.url").exists()


@pytest.mark.slow
def test_elsewhere_it_asks_for_the_token_that_it_printed(tmp_path):
    process, link = _start(tmp_path, "--host", "0.0.0.0")
    try:
        port = re.search(r":(\d+)/", link)[1]
        token = link.partition("token=")[2]
        assert len(token) >= 40
        about = f"http://127.0.0.1:{port}/api/about"
        assert _answers(about).status_code == 401
        inside = _answers(about, headers={"authorization": f"Bearer {token}"})
        assert str(tmp_path) not in inside.text
        assert inside.json()["token"] is True
        opened = _answers(f"http://127.0.0.1:{port}/?token={token}", follow_redirects=False)
        assert opened.status_code == 303
    finally:
        process.terminate()
        process.wait(60)
        process.kill()


def test_a_port_that_is_taken_is_named():
    with _listening(Wish(port=0)) as first:
        port = first.getsockname()[1]
        with (
            pytest.raises(InvalidInput, match=f"port {port} is taken"),
            _listening(Wish(port=port)),
        ):
            pass
        with pytest.raises(InvalidInput, match="no address"), _listening(Wish("no such host!")):
            pass
    with _listening(Wish()) as one, _listening(Wish()) as two:
        assert one.getsockname() != two.getsockname()


@pytest.mark.parametrize(
    ("host", "token", "link"),
    [("127.0.0.1", None, "http://127.0.0.1:8110/"), ("::1", "t", "http://[::1]:8110/?token=t")],
)
def test_a_link_says_all(host, token, link):
    assert _link(host, 8110, token) == link
