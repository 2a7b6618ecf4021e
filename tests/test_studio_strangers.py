"""Who wants the studio to be busy, or to be somebody else's, by how they ask."""

import os
import socket
import stat
import time

import pytest

from songreel.store.database import Database
from songreel.web import server
from songreel.web.app import create_app
from songreel.web.safety import gate
from songreel.web.safety.safety import Safety
from support.needs import needs
from support.studio import asked, served, settings_of, studio_of

TOKEN = "a-token-of-twenty-characters"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A studio with its pages."""
    needs("nicegui")
    return create_app(settings_of(tmp_path_factory.mktemp("shown")), Safety(), runner=False)


def test_nobody_tells_pages_where_to_load_scripts_from(shown):
    headers = {"x-forwarded-prefix": "//evil.example", "x-forwarded-host": "evil.example"}
    with asked(shown) as client:
        page = client.get("/", headers=headers)
    assert page.status_code == 200
    assert "evil.example" not in page.text


def test_addresses_that_are_none_are_told_from_methods_that_are_none(shown):
    client = asked(shown)
    assert client.get("/api/nothing").status_code == 404
    refused = client.post("/api/queue", json={"held": True})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, PUT")


def test_who_sends_headers_byte_by_byte_is_let_go_and_who_asks_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "SILENCE", 0.3)
    with served(studio_of(tmp_path)) as address:
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(f"GET /api/about HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nx: ".encode())
            assert _closed(slow, b"y")
        with socket.create_connection(("127.0.0.1", port)) as listens:
            listens.sendall(f"GET /api/events HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n".encode())
            assert not _closed(listens, b"", 1.0)


def test_who_never_sends_the_token_is_let_go(tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "PATIENCE", 0.2)
    with served(studio_of(tmp_path, Safety.of("127.0.0.1", TOKEN))) as address:
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as slow:
            head = f"POST /login HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: 99\r\n\r\nt"
            slow.sendall(head.encode())
            slow.settimeout(60)
            assert b" 408 " in slow.recv(4096)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_other_users_of_the_machine_look_into_no_new_workspace(tmp_path):
    before = os.umask(0o022)
    try:
        new, shared = tmp_path / "data" / "songreel", tmp_path / "shared"
        Database(f"sqlite:///{new / 'songreel.db'}")
        assert stat.S_IMODE(new.stat().st_mode) == 0o700
        assert stat.S_IMODE(new.parent.stat().st_mode) == 0o755
        with server._alone(settings_of(tmp_path)):
            assert stat.S_IMODE((tmp_path / "workspace").stat().st_mode) == 0o700
        shared.mkdir(mode=0o755)
        Database(f"sqlite:///{shared / 'songreel.db'}")
        assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    finally:
        os.umask(before)


def _closed(connection: socket.socket, drip: bytes, most: float = 60.0) -> bool:
    """Whether the server ends a connection while something is sent now and then."""
    until = time.monotonic() + most
    connection.settimeout(0.05)
    while time.monotonic() < until:
        try:
            connection.sendall(drip)
            if connection.recv(4096) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False
