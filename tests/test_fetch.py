"""A finished clip from a service's address to this machine."""

from pathlib import Path
from time import monotonic, sleep

import httpx
import numpy as np
import pytest

from songreel.generation.fetch import fetch, local_path
from songreel.generation.workshop import Workshop
from songreel.models.errors import MachineError, ProviderError
from support.books import REQUEST

KEY = "Bearer sesame"
URL = "https://files.acme.example/clip.mp4"
BYTES = bytes(range(256)) * 400


def from_acme(url: str) -> dict[str, str]:
    return {"Authorization": KEY} if httpx.URL(url).host == "files.acme.example" else {}


class Web(httpx.MockTransport):
    """Answers by address; what was asked is kept."""

    def __init__(self, **answers: httpx.Response | Exception) -> None:
        self.asked: list[httpx.Request] = []
        self.answers = answers

        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            found = answers[request.url.host.partition(".")[0]]
            if isinstance(found, Exception):
                raise found
            return found

        super().__init__(answer)


class Slow(httpx.SyncByteStream):
    """Parts of a body; the connection ends or breaks after them."""

    def __init__(self, *parts: bytes, broken: bool = False, every=lambda: None) -> None:
        self.parts, self.broken, self.every = parts, broken, every

    def __iter__(self):
        for part in self.parts:
            self.every()
            yield part
        if self.broken:
            raise httpx.ReadError("reset")


def whole(body: bytes = BYTES) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Length": str(len(body))}, stream=Slow(body))


def get(tmp_path: Path, web: Web, url: str = URL, **more) -> Path:
    target = tmp_path / "clip.partial"
    fetch(url, target, provider="acme", headers=from_acme, transport=web, **more)
    return target


def failure(tmp_path: Path, web: Web, url: str = URL, **more) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        get(tmp_path, web, url, **more)
    assert list(tmp_path.iterdir()) == []
    assert "sesame" not in str(caught.value)
    assert caught.value.charged
    return caught.value


def test_a_clip_comes_whole_with_the_key_for_its_own_host(tmp_path):
    web = Web(files=whole())
    assert get(tmp_path, web).read_bytes() == BYTES
    assert web.asked[0].headers["Authorization"] == KEY
    assert web.asked[0].headers["Accept-Encoding"] == "identity"


def test_a_redirect_to_another_host_takes_no_key_along(tmp_path):
    elsewhere = httpx.Response(302, headers={"Location": "https://cdn.other.example/x?sig=1"})
    web = Web(files=elsewhere, cdn=whole())
    assert get(tmp_path, web).read_bytes() == BYTES
    assert [request.headers.get("Authorization") for request in web.asked] == [KEY, None]


@pytest.mark.parametrize("to", ["file:///etc/hosts", "ftp://files.acme.example/clip.mp4"])
def test_only_the_web_is_asked(tmp_path, to):
    web = Web(files=httpx.Response(302, headers={"Location": to}))
    assert not failure(tmp_path, web).retryable


def test_redirects_have_an_end(tmp_path):
    web = Web(files=httpx.Response(302, headers={"Location": URL}))
    assert "on and on" in str(failure(tmp_path, web))
    assert len(web.asked) == 6


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_is_gone_is_gone(tmp_path, status):
    error = failure(tmp_path, Web(files=httpx.Response(status)))
    assert (error.retryable, f"({status})" in str(error)) == (False, True)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_what_may_pass_is_tried_again_when_the_host_says(tmp_path, status):
    answer = httpx.Response(status, headers={"Retry-After": "7"})
    error = failure(tmp_path, Web(files=answer))
    assert (error.retryable, error.retry_after) == (True, 7.0)


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("no such host"), httpx.ReadTimeout("late"), httpx.RemoteProtocolError("")],
)
def test_a_connection_that_fails_is_tried_again(tmp_path, error):
    assert failure(tmp_path, Web(files=error)).retryable


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(200, headers={"Content-Length": "102400"}, stream=Slow(BYTES[:500])),
         "broke off after 500 bytes, 102400 were announced"),
        (httpx.Response(200, headers={"Content-Length": "500"}, stream=Slow(BYTES)),
         "broke off after 102400 bytes, 500 were announced"),
        (httpx.Response(200, stream=Slow(BYTES[:500], broken=True)), "ReadError"),
        (whole(b""), "broke off after 0 bytes"),
    ],
)  # fmt: skip
def test_a_clip_that_is_not_whole_is_no_clip(tmp_path, answer, reason):
    error = failure(tmp_path, Web(files=answer))
    assert error.retryable
    assert reason in str(error)


@pytest.mark.parametrize("length", [{"Content-Length": "102400"}, {}])
def test_a_clip_that_is_too_large_is_refused(tmp_path, length):
    answer = httpx.Response(200, headers=length, stream=Slow(BYTES))
    error = failure(tmp_path, Web(files=answer), largest=1000)
    assert not error.retryable


def test_a_clip_that_trickles_is_broken_off(tmp_path):
    now = [0.0]

    def minute() -> None:
        now[0] += 60

    body = Slow(*[b"x"] * 100, every=minute)
    error = failure(
        tmp_path, Web(files=httpx.Response(200, stream=body)), longest=600, clock=lambda: now[0]
    )
    assert error.retryable
    assert now[0] < 700


def test_a_folder_that_is_gone_is_a_fault_of_the_machine(tmp_path):
    with pytest.raises(MachineError, match="cannot write .*gone"):
        get(tmp_path / "gone", Web(files=whole()))


@pytest.mark.parametrize(
    ("result", "path"),
    [
        ("/a/b.mp4", Path("/a/b.mp4")),
        ("/films/d:x/Song: live/b.mp4", Path("/films/d:x/Song: live/b.mp4")),
        ("file:///a/b%20c.mp4", Path("/a/b c.mp4")),
        ("https://a.example/b.mp4", None),
        ("HTTP://a.example/b.mp4", None),
    ],
)
def test_a_result_is_a_file_here_or_an_address(result, path):
    assert local_path(result) == path


def test_a_result_of_another_kind_is_not_fetched():
    with pytest.raises(ValueError, match="ftp"):
        local_path("ftp://a.example/b.mp4")


def test_a_folder_with_a_colon_is_no_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    workshop = Workshop("here", Path("Song: live"), workers=1)
    picture = np.zeros((REQUEST.height, REQUEST.width, 3), dtype=np.uint8)
    job = workshop.submit(REQUEST, lambda: iter([picture] * REQUEST.frames))
    until = monotonic() + 240
    while (state := workshop.poll(job)).status == "waiting":
        assert monotonic() < until
        sleep(0.01)
    path = local_path(state.result)
    assert path.parent == tmp_path / "Song: live"
    assert path.exists()
    workshop.close()
