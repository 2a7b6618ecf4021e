"""Files that people send: what they are is found in their content, and hostile ones are refused."""

import asyncio
import io
import os
import struct
import sys
import time
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from songreel.models.errors import InvalidInput, MachineError
from songreel.web.errors import Refused
from songreel.web.safety import content, receiving
from songreel.web.safety.content import look
from songreel.web.safety.safety import Safety
from support.studio import asked, send, song, studio_of


def film(form: str = "mp4", size: int = 64) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = size, size, "yuv420p"
        for level in range(6):
            picture = np.full((size, size, 3), 40 * level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return out.getvalue()


def sound(form: str, codec: str, rate: int = 48_000) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        wave = np.sin(np.arange(rate // 2) * 0.05).astype(np.float32)
        given = av.AudioFrame.from_ndarray(np.stack([wave, wave]), "fltp", "stereo")
        given.sample_rate = rate
        fit = av.AudioResampler(stream.format.name, "stereo", rate, stream.frame_size or 1024)
        for frame in (*fit.resample(given), *fit.resample(None)):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def photo(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(out, form)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, in a few hundred bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))  # fmt: skip

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


TAKEN = {
    "flac": (lambda: sound("flac", "flac"), "audio/flac", ".flac"),
    "mp3": (lambda: sound("mp3", "libmp3lame"), "audio/mpeg", ".mp3"),
    "opus": (lambda: sound("ogg", "libopus"), "audio/ogg", ".ogg"),
    "m4a": (lambda: sound("ipod", "aac"), "audio/mp4", ".m4a"),
    "aiff": (lambda: sound("aiff", "pcm_s16be"), "audio/aiff", ".aiff"),
    "mp4": (film, "video/mp4", ".mp4"),
    "mkv": (lambda: film("matroska"), "video/x-matroska", ".mkv"),
    "jpeg": (lambda: photo("JPEG"), "image/jpeg", ".jpg"),
    "png": (lambda: photo("PNG"), "image/png", ".png"),
    "webp": (lambda: photo("WEBP"), "image/webp", ".webp"),
    "png with a page behind it": (
        lambda: photo("PNG") + b"<script>alert(1)</script>", "image/png", ".png"),
    "lyrics": (lambda: "[00:01.00] héllo <3\n".encode(), "text/plain", ".txt"),
    "a text that begins as a program does": (lambda: b"Mz. Right\n", "text/plain", ".txt"),
    "plan": (lambda: b'{"kind": "songreel.plan"}', "application/json", ".json"),
    "fcpxml": (lambda: b'<?xml version="1.0"?><!DOCTYPE fcpxml><fcpxml version="1.9"/>',
               "application/xml", ".fcpxml"),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN)
def test_a_file_is_what_it_holds(tmp_path, case):
    make, media_type, suffix = TAKEN[case]
    path = tmp_path / "file.exe"
    path.write_bytes(make())
    found = look(path)
    assert (found.media_type, found.suffix) == (media_type, suffix)


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
REFUSED = {
    "empty": (lambda: b"", "empty"),
    "hls": (lambda: PLAYLIST, "playlist"),
    "hls behind a mark": (lambda: b"\xef\xbb\xbf\r\n" + PLAYLIST, "playlist"),
    "hls behind ID3": (lambda: b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + PLAYLIST, "no sound"),
    "pls": (lambda: b"[playlist]\nFile1=http://127.0.0.1/a.mp3\n", "playlist"),
    "concat": (lambda: b"ffconcat version 1.0\nfile '/etc/passwd'\n", "list of files"),
    "sdp": (lambda: b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 0\r\n", "stream"),
    "dash": (lambda: b"<?xml version='1.0'?><MPD><BaseURL>http://x/</BaseURL></MPD>", "markup"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "markup"),
    "html": (lambda: b"\n <!DOCTYPE html><script>alert(1)</script>", "markup"),
    "fcpxml with entities": (
        lambda: b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><fcpxml/>', "entities"),
    "gif": (lambda: photo("GIF"), "GIF"),
    "zip": (lambda: b"PK\x03\x04" + bytes(100), "archive"),
    "gzip bomb": (lambda: b"\x1f\x8b\x08" + bytes(100), "archive"),
    "program": (lambda: b"\x7fELF" + bytes(100), "program"),
    "pdf": (lambda: b"%PDF-1.7\n", "paper"),
    "noise": (lambda: np.random.default_rng(1).bytes(50_000), "no sound"),
    "nothing but zeros": (lambda: bytes(5000), "no sound"),
    "latin-1": (lambda: "Straße".encode("latin-1"), "no sound"),
    "cut mp4": (lambda: film()[:200], "no sound"),
    "cut png": (lambda: photo("PNG")[:60], "damaged"),
    "cut jpeg": (lambda: photo("JPEG")[:300], "damaged"),
    "picture of 3.6 gigapixels": (lambda: png_of(60_000, 60_000), "pixels"),
    "film of no size": (lambda: b"YUV4MPEG2 W64 H64 F25:1\nFRAME\n" + bytes(6144), "no sound"),
    "broken font": (lambda: b"\0\x01\0\0" + bytes(200), "font is damaged"),
    "text of 3 MiB": (lambda: b"la " * 2**20, "longer"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_hostile_files_are_refused_with_a_sentence(tmp_path, case):
    make, why = REFUSED[case]
    path = tmp_path / "song.mp3"
    path.write_bytes(make())
    with pytest.raises(InvalidInput, match=why) as refused:
        look(path)
    assert str(tmp_path) not in str(refused.value)


def test_ffmpeg_takes_a_playlist_for_nothing_even_where_its_start_is_not_known(
    tmp_path, monkeypatch
):
    song(tmp_path / "other.wav", 1.0)
    path = tmp_path / "list.m3u8"
    path.write_bytes(PLAYLIST.replace(b"file:///etc/passwd", b"other.wav"))
    monkeypatch.setattr(content, "_refuse_by_start", lambda _: None)
    assert look(path).kind == "text"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return studio_of(tmp_path_factory.mktemp("uploads"), Safety(upload_limit=200_000))


def _left(app) -> list[Path]:
    folder = app.state.workspace.settings.workspace / "uploads"
    return list(folder.iterdir()) if folder.is_dir() else []


def test_uploads_are_looked_at_in_a_process_of_their_own(studio):
    client = asked(studio)
    hostile = send(client, PLAYLIST, "song.mp3")
    assert hostile.status_code == 415
    assert "playlist" in hostile.json()["error"]
    words = send(client, b"[00:01.00] la\n", "../../../../words.lrc", kind="text")
    assert (words.status_code, words.json()["name"]) == (201, "words.lrc")
    other = send(client, b"words", "words.txt", kind="audio")
    assert (other.status_code, "sound is needed" in other.json()["error"]) == (415, True)
    assert _left(studio) == []


def test_what_is_too_large_is_refused_while_it_comes(studio):
    client = asked(studio)
    said = client.post("/api/uploads", content=bytes(300_000))
    assert said.status_code == 413
    assert "195 KiB" in said.json()["error"]

    def parts():
        for _ in range(20):
            yield bytes(50_000)

    assert client.post("/api/uploads", content=parts()).status_code == 413
    form = {"file": ("a.wav", bytes(300_000))}
    assert client.post("/api/uploads", files=form).status_code == 413
    huge = client.post("/api/uploads", content=b"x", headers={"content-length": "9" * 18})
    assert huge.status_code == 413
    assert _left(studio) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/octet-stream", 422), (b"x", "multipart/form-data", 400),
        (b"x", "multipart/form-data; boundary=", 400),
        (b"--b\r\nnonsense", "multipart/form-data; boundary=b", 400),
        (b"--b\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b", 422),
        (b"x", "multipart/form-data; boundary=" + "b" * 5000, 400),
    ],
)  # fmt: skip
def test_a_form_that_is_none_is_refused(studio, body, kind, status):
    reply = asked(studio).post("/api/uploads", content=body, headers={"content-type": kind})
    assert reply.status_code == status, reply.text
    assert _left(studio) == []


def test_a_full_disk_is_told_and_nothing_stays(studio, monkeypatch):
    class Full:
        free = 2**20

    monkeypatch.setattr(receiving.shutil, "disk_usage", lambda _: Full)
    reply = asked(studio).post("/api/uploads", content=b"words")
    assert reply.status_code == 503
    assert "make room" in reply.json()["error"]
    assert _left(studio) == []


def test_a_file_that_breaks_its_reader_breaks_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"words")
    monkeypatch.setattr(receiving.sys, "executable", "/nonexistent/python")
    with pytest.raises(MachineError, match="cannot look"):
        receiving.inspect(path)


def test_who_reads_a_strangers_file_has_no_keys(tmp_path, monkeypatch):
    path, reader = tmp_path / "x", tmp_path / "reader"
    path.write_bytes(b"words")
    names = 'print(json.dumps({"refused": " ".join(os.environ)}))'
    reader.write_text(f"#!{sys.executable}\nimport json, os\n{names}\n")
    reader.chmod(0o700)
    for name in ("REPLICATE_API_TOKEN", "FAL_KEY", "AWS_SECRET_ACCESS_KEY", "SONGREEL_DATABASE"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setattr(receiving.sys, "executable", str(reader))
    with pytest.raises(Refused) as told:
        receiving.inspect(path)
    names = set(str(told.value).split())
    assert "PATH" in names
    assert not {n for n in names if "KEY" in n or "TOKEN" in n or n.startswith("SONGREEL")}


def test_few_files_are_looked_at_at_once(tmp_path, monkeypatch):
    """Each look may take gigabytes; who waits for a turn keeps no thread of the server."""
    now, most = 0, 0

    def look(path: Path) -> content.Found:  # noqa: ARG001
        nonlocal now, most
        now += 1
        most = max(most, now)
        time.sleep(0.02)
        now -= 1
        return content.Found("text", "text/plain", ".txt")

    async def many() -> None:
        received = receiving.Received(tmp_path / "x", "x.txt")
        await asyncio.gather(*(receiving.typed(received) for _ in range(10)))

    monkeypatch.setattr(receiving, "inspect", look)
    asyncio.run(many())
    assert most == receiving.LOOKS


def test_words_are_no_song(studio):
    client = asked(studio)
    words = send(client, b"la la", "words.txt").json()
    refused = client.post("/api/projects", json={"song": words["sha256"]})
    assert (refused.status_code, refused.json()["where"]) == (422, "body.song")


def test_what_a_killed_studio_left_is_swept_when_the_next_one_starts(tmp_path):
    app = studio_of(tmp_path)
    folder = app.state.workspace.settings.workspace / "uploads"
    folder.mkdir(parents=True)
    old, young = folder / "old.upload", folder / "young.upload"
    for path in (old, young):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    with asked(app):
        assert [path.name for path in folder.iterdir()] == ["young.upload"]
