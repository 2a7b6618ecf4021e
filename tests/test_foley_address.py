"""Films that lie at an address: what is fetched, and from where not."""

import httpx
import pytest

from songreel.generation.foley.address import checked, fetched, is_address, name_of
from songreel.models.errors import InvalidInput

PUBLIC, PRIVATE = "http://93.184.215.14/clips/sea.mp4", "http://127.0.0.1:9/sea.mp4"


def served(**pages):
    """A network of these pages, by path; what was asked."""
    asked = []

    def answer(request):
        asked.append(str(request.url))
        return pages[request.url.path.rsplit("/", 1)[-1].partition(".")[0]]()

    return httpx.MockTransport(answer), asked


def film(size=1000):
    headers = {"Content-Length": str(size)}
    return lambda: httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"x" * size))


def leads_to(url):
    return lambda: httpx.Response(302, headers={"Location": url})


def test_a_film_is_fetched_once(tmp_path):
    network, asked = served(sea=film())
    first = fetched(PUBLIC, tmp_path, transport=network)
    assert first.read_bytes() == b"x" * 1000
    assert first.name.startswith("sea-")
    assert fetched(PUBLIC, tmp_path, transport=network) == first
    assert len(asked) == 1
    assert fetched(PUBLIC + "?v=2", tmp_path, transport=network) != first


def test_the_users_own_network_is_his_own(tmp_path):
    network, _ = served(sea=film())
    assert fetched(PRIVATE, tmp_path, transport=network).stat().st_size == 1000


def test_a_public_server_does_not_lead_into_a_private_network(tmp_path):
    network, asked = served(sea=leads_to("http://127.0.0.1:9/secret.mp4"), secret=film())
    with pytest.raises(InvalidInput, match=r"leads on to 127\.0\.0\.1, which lies in a private"):
        fetched(PUBLIC, tmp_path, transport=network)
    assert asked == [PUBLIC]
    assert not list(tmp_path.iterdir())


def test_too_much_and_nothing_are_refused(tmp_path):
    network, _ = served(sea=film(5000))
    with pytest.raises(InvalidInput, match="the film has 5000 bytes, more than 4000"):
        fetched(PUBLIC, tmp_path, transport=network, largest=4000)
    network, _ = served(sea=lambda: httpx.Response(404))
    with pytest.raises(InvalidInput, match="download it yourself"):
        fetched(PUBLIC, tmp_path, transport=network)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a/The%20Sea.MP4?x=1", "The Sea.MP4"),
        ("https://example.org/watch?v=1", "watch.mp4"),
        ("https://example.org", "film.mp4"),
        ("https://example.org/..%2F..%2Fetc%2Fpasswd", "passwd.mp4"),
        ("https://example.org/.mp4", "mp4.mp4"),
    ],
)
def test_names(url, name):
    assert name_of(url) == name


def test_what_is_no_address():
    assert is_address("https://example.org/film.mp4")
    assert not is_address("film.mp4")
    assert not is_address("C:/film.mp4")
    for url in ("ftp://example.org/f.mp4", "file:///etc/passwd", "http://[::1", "http:///f.mp4"):
        with pytest.raises(InvalidInput) as told:
            checked(url)
        assert "\n" not in str(told.value)
