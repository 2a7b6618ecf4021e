"""Who is let in: hosts, origins, tokens; and what those who are let in are told."""

import re
import sqlite3
from contextlib import closing

import pytest

from songreel.models.errors import InvalidInput
from songreel.web.routes import all_routers
from songreel.web.safety.door import WRONG, Door, own_place
from songreel.web.safety.names import safe_name
from songreel.web.safety.origins import SAFE, foreign
from songreel.web.safety.safety import Safety
from support.studio import asked, studio_of

TOKEN = "a token of twenty chars".replace(" ", "-")


@pytest.fixture(scope="module")
def open_studio(tmp_path_factory):
    return studio_of(tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    return studio_of(folder, Safety.of("0.0.0.0", TOKEN, ["studio.example"], [folder]))


@pytest.mark.parametrize(
    ("host", "let_in"),
    [
        ("127.0.0.1:8110", True), ("localhost", True), ("LocalHost:1", True), ("[::1]:8110", True),
        ("localhost.", True), ("evil.example", False), ("127.0.0.1.evil.example", False),
        ("localhost.evil.example:8110", False), ("", False), ("127.0.0.1@evil.example", False),
        ("192.168.1.7:8110", False), ("localhost:8110:1", False), ("a b", False), ("[::1", False),
        ("0.0.0.0", False), ("127.0.0.1\x00", False), ("2130706433", False),
    ],
)  # fmt: skip
def test_only_names_of_this_studio_are_answered(open_studio, host, let_in):
    reply = asked(open_studio).get("/api/about", headers={"host": host})
    assert reply.status_code == (200 if let_in else 403)
    if not let_in:
        assert "host" in reply.json()["error"]


@pytest.mark.parametrize(
    ("host", "let_in"),
    [("192.168.1.7:8110", True), ("[fe80::1]", True), ("studio.example", True),
     ("evil.example", False), ("localhost", True)],
)  # fmt: skip
def test_at_all_addresses_an_address_will_do_and_a_foreign_name_will_not(guarded, host, let_in):
    headers = {"host": host, "authorization": f"Bearer {TOKEN}"}
    reply = asked(guarded).get("/api/about", headers=headers)
    assert reply.status_code == (200 if let_in else 403)


OWN = {"host": "127.0.0.1:8110"}
CROSS = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:9999"},  # another program of this machine
    {"origin": "http://127.0.0.1.evil.example:8110"},
    {"origin": "http://["},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "http://127.0.0.1:8110", "sec-fetch-site": "cross-site"},
]


@pytest.mark.parametrize("headers", CROSS)
def test_a_page_of_elsewhere_changes_nothing_and_reads_nothing(open_studio, headers):
    client = asked(open_studio)
    before = client.get("/api/trail").json(), client.get("/api/limits").json()
    body = {"scope": "workspace", "usd": "1"}
    for method, where, more in (
        ("PUT", "/api/limits", {"json": body}),
        ("POST", "/api/uploads?name=x.txt", {"content": b"words"}),
        ("POST", "/api/uploads", {"files": {"file": ("x.txt", b"words")}}),
        ("DELETE", f"/api/projects/{'0' * 32}", {}),
        ("GET", "/api/projects", {}),
        ("GET", "/_nicegui_ws/socket.io/?EIO=4&transport=polling", {}),
        ("POST", "/_nicegui_ws/socket.io/?EIO=4&transport=polling", {"content": b"40"}),
        ("OPTIONS", "/api/limits", {}),
    ):
        reply = client.request(method, where, headers=headers, **more)
        assert reply.status_code == 403, (method, where)
        assert "access-control-allow-origin" not in reply.headers
    assert before == (client.get("/api/trail").json(), client.get("/api/limits").json())


def _unsafe():
    """Every route that changes something: method and address."""
    for route in (route for router in all_routers() for route in router.routes):
        for method in route.methods - SAFE:
            yield method, re.sub(r"\{[^}]*\}", "0" * 32, route.path)


def _rows(database):
    """All that the workspace knows."""
    with closing(sqlite3.connect(database)) as opened:
        return list(opened.iterdump())


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data"])
def test_no_route_does_what_a_page_of_elsewhere_asks(open_studio, kind):
    client = asked(open_studio)
    client.get("/api/projects")
    file = open_studio.state.workspace.settings.workspace / "songreel.db"
    before, routes = _rows(file), sorted(_unsafe())
    assert len(routes) > 20
    for method, where in routes:
        headers = {"origin": "http://127.0.0.1:9999", "content-type": kind}
        reply = client.request(method, where, headers=headers, content=b'{"held": true}')
        assert (reply.status_code, "another site" in reply.text) == (403, True), (method, where)
    assert _rows(file) == before


@pytest.mark.parametrize("headers", CROSS)
def test_a_page_of_elsewhere_opens_no_websocket(open_studio, headers):
    from starlette.websockets import WebSocketDisconnect

    client = asked(open_studio)
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(
            "/_nicegui_ws/socket.io/?EIO=4&transport=websocket", headers=OWN | headers
        ),
    ):
        pass
    assert refused.value.code == 1008


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),  # a program
        ({"origin": "http://127.0.0.1:8110", "sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, False),  # typed
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate",
          "sec-fetch-dest": "document"}, False),  # a link that was followed
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate",
          "sec-fetch-dest": "iframe"}, True),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors",
          "sec-fetch-dest": "image"}, True),
    ],
)  # fmt: skip
def test_a_link_may_be_followed_and_nothing_embedded(headers, refused):
    assert foreign("http", "GET", OWN | headers) is refused


def test_a_form_of_elsewhere_is_foreign_though_it_navigates():
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert foreign("http", "POST", OWN | headers)


def test_every_answer_tells_the_browser_to_be_careful(open_studio):
    client = asked(open_studio)
    for where, host in (("/api/about", ""), ("/docs", ""), ("/api/nothing", ""), ("/", "evil")):
        headers = client.get(where, headers={"host": host} if host else {}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


def test_without_the_token_nothing_is_told(guarded):
    client = asked(guarded)
    reply = client.get("/api/projects")
    assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
    page = client.get("/projects/x", follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=/projects/x")
    assert client.get("/openapi.json", follow_redirects=False).status_code == 303
    assert client.post("/", follow_redirects=False).status_code == 401


def test_a_link_with_the_token_is_shown_once_and_leaves_a_cookie(guarded):
    client = asked(guarded)
    came = client.get(f"/?token={TOKEN}&a=1", follow_redirects=False)
    assert (came.status_code, came.headers["location"]) == (303, "/?a=1")
    cookie = came.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    assert client.get("/api/about").status_code == 200
    assert client.get("/login").status_code == 200


def test_the_log_in_page_takes_the_token_and_leads_nowhere_else(guarded):
    client = asked(guarded)
    wrong = client.post("/login", data={"token": "wrong", "next": "/"})
    assert wrong.status_code == 401
    assert "not the token" in wrong.text
    right = client.post(
        "/login", data={"token": f" {TOKEN} ", "next": "//evil.example"}, follow_redirects=False
    )
    assert (right.status_code, right.headers["location"]) == (303, "/")
    hostile = client.get("/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script" not in hostile.text


@pytest.mark.parametrize(
    "place", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nb", "x"]
)
def test_nobody_is_sent_elsewhere(place):
    assert own_place(place) == "/"


@pytest.mark.parametrize(
    "given", ["", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "\ud800", "ä" * 20]
)
def test_only_the_token_opens(given):
    assert not Door(TOKEN).opens(given, "10.0.0.1")


def test_wrong_tokens_are_waited_out_and_cookies_still_hold():
    now = [0.0]
    door = Door(TOKEN, lambda: now[0])
    for _ in range(WRONG):
        assert door.patience("10.0.0.1") == 0
        assert not door.opens("wrong", "10.0.0.1")
    assert door.patience("10.0.0.1") == 60
    assert door.patience("10.0.0.2") == 0
    now[0] = 61.0
    assert door.patience("10.0.0.1") == 0


def test_addresses_of_one_network_count_as_one():
    door = Door(TOKEN)
    for host in range(WRONG):
        door.opens("wrong", f"2001:db8:1:2::{host:x}")
    assert door.patience("2001:db8:1:2:ffff::1") > 0
    assert door.patience("2001:db8:1:3::1") == 0


def test_too_many_wrong_tokens_are_answered_with_a_pause(tmp_path):
    client = asked(studio_of(tmp_path, Safety.of("0.0.0.0", TOKEN)))
    codes = [
        client.get("/api/about", headers={"authorization": f"Bearer {n}"}).status_code
        for n in range(WRONG + 1)
    ]
    assert codes == [401] * WRONG + [429]
    right = client.get("/api/about", headers={"authorization": f"Bearer {TOKEN}"})
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 0


def test_an_open_address_has_a_token_and_loopback_needs_none():
    assert Safety.of("127.0.0.1").token is None
    assert not Safety.of("127.0.0.1", None, ["localhost"]).remote
    proxied = Safety.of("127.0.0.1", None, ["studio.example"])  # others ask through a proxy
    assert proxied.remote
    assert len(proxied.token) >= 43
    made = Safety.of("192.168.1.7")
    assert made.token is not None
    assert len(made.token) >= 40
    assert made.remote
    with pytest.raises(InvalidInput, match="16 at least"):
        Safety.of("127.0.0.1", "short")


def test_nothing_is_posted_into_this_network_for_remote_people(guarded):
    client = asked(guarded, authorization=f"Bearer {TOKEN}")
    for url in ("https://127.0.0.1/", "https://192.168.1.1/", "https://[::1]/",
                "https://169.254.169.254/latest", "http://example.com/"):  # fmt: skip
        reply = client.post("/api/webhooks", json={"url": url})
        assert (reply.status_code, reply.json()["where"]) == (422, "body.url")
    assert client.get("/api/webhooks").json() == []


def test_remote_people_are_told_no_folders(guarded, tmp_path_factory):
    client = asked(guarded, authorization=f"Bearer {TOKEN}")
    told = client.get("/api/about").text + client.get("/api/doctor").text
    assert str(tmp_path_factory.getbasetemp()) not in told
    veil = guarded.safety.veil
    assert veil("/home/ann/films/a.songreel is busy") == "a.songreel is busy"
    assert veil("see /api/projects/1/media/film and 3/4 at 24/1001") == (
        "see /api/projects/1/media/film and 3/4 at 24/1001"
    )
    assert veil(r"C:\Users\ann\film.mp4 is gone") == "film.mp4 is gone"
    assert Safety().veil("/home/ann") == "/home/ann"


@pytest.mark.parametrize(("text", "size"), [("500M", 500 * 2**20), ("2G", 2**31), ("1000", 1000),
                                            ("1.5 GiB", 3 * 2**29)])  # fmt: skip
def test_the_limit_of_uploads_is_a_size(monkeypatch, text, size):
    monkeypatch.setenv("SONGREEL_UPLOAD_LIMIT", text)
    assert Safety.of().upload_limit == size


@pytest.mark.parametrize("text", ["much", "-1", "0", "1e9"])
def test_a_limit_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv("SONGREEL_UPLOAD_LIMIT", text)
    with pytest.raises(InvalidInput, match="must be a size"):
        Safety.of()


@pytest.mark.parametrize(
    ("given", "suffix", "name"),
    [
        ("../../etc/passwd", "", "passwd"), ("..\\..\\boot.ini", "", "boot.ini"),
        ("song.mp3", ".wav", "song.wav"), ("Mr. Blue", ".flac", "Mr. Blue.flac"),
        ("a/b/", ".wav", "upload.wav"), ("", "", "upload"), ("...", "", "upload"),
        ("CON.wav", ".wav", "_CON.wav"), ("x\u202egnp.exe", ".png", "xgnp.png"),
        ("frame%03d.png", ".png", "frame-03d.png"), ("concat:a|b.wav", ".wav", "concat-a-b.wav"),
        ("\ud800.wav", ".wav", "-.wav"), ("a\0b.wav", ".wav", "ab.wav"), (".hidden", "", "hidden"),
        ("song.m3u8", ".mp3", "song.mp3"), ("Ünï 曲.wav", ".wav", "Ünï 曲.wav"),
    ],
)  # fmt: skip
def test_names_are_names_and_nothing_else(given, suffix, name):
    assert safe_name(given, suffix, known=frozenset({suffix})) == name


def test_a_long_name_is_cut_between_letters():
    name = safe_name("曲" * 300 + ".wav", ".wav", known=frozenset({".wav"}))
    assert len(name.encode()) <= 120
    assert name.endswith("曲.wav")


@pytest.mark.parametrize(
    ("name", "asked_for", "secure"),
    [
        ("https://studio.example", "studio.example", True),
        ("https://studio.example/", "studio.example:443", True),
        ("https://Studio.Example:8443", "studio.example:8443", True),
        ("https://studio.example", "127.0.0.1:8110", False),  # on this machine itself, without TLS
        ("studio.example", "studio.example", False),
        ("http://studio.example", "studio.example", False),
    ],
)
def test_cookies_travel_by_tls_alone_where_that_is_how_people_come(
    tmp_path, name, asked_for, secure
):
    client = asked(
        studio_of(tmp_path, Safety.of("127.0.0.1", TOKEN, [name])),
        host=asked_for,
        **{"x-forwarded-proto": "https"},  # believed of nobody
    )
    answer = client.get("/", params={"token": TOKEN}, follow_redirects=False)
    assert answer.status_code == 303
    assert ("; Secure" in answer.headers["set-cookie"]) is secure
    assert answer.headers["set-cookie"].count("Secure") == secure


@pytest.mark.parametrize("name", ["https://", "ftp://studio.example", "a b", "https://x/y", ""])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(InvalidInput, match="no name of a host"):
        Safety.of("127.0.0.1", TOKEN, [name])
