"""What a file is, by its content: `media_type`. Names say nothing here; anybody may choose them."""

import json
from pathlib import Path

HEAD = 4096
"""Bytes that tell most kinds."""
UNKNOWN = "application/octet-stream"

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"MThd", "audio/midi"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"OTTO", "font/otf"),
    (b"\0\1\0\0\0", "font/ttf"),
)
_FORMS = {
    b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp",
    b"AIFF": "audio/aiff", b"AIFC": "audio/aiff",
}  # fmt: skip
"""What stands behind the size in RIFF, RF64 and FORM files."""
_BRANDS = {
    b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic",
    b"mif1": "image/heic", b"M4A ": "audio/mp4", b"M4B ": "audio/mp4",
}  # fmt: skip
"""Major brands of ISO base media files (ISO/IEC 14496-12) that say what is inside."""


def media_type(path: Path) -> str:
    """The media type of a file's content.

    Containers that hold sound or picture are opened to see which; text that is no JSON is plain
    text, whatever it would have a browser do.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = of_start(head)
    if found in _EITHER:
        return _EITHER[found][0 if _has_video(path) else 1]
    if found == "text/plain" and head.lstrip()[:1] in (b"{", b"["):
        return json_or_not(path.read_bytes()) or found
    return found


def json_or_not(content: bytes) -> str | None:
    """`application/json` of an object or a list in JSON; None of anything else."""
    if content.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return None
    return "application/json"


def of_start(head: bytes) -> str:
    """What a file's first `HEAD` bytes say; of containers the type that they have with video."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] in (b"RIFF", b"RF64", b"FORM"):
        return _FORMS.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/quicktime" if head[8:10] == b"qt" else "video/mp4")
    if head.startswith(b"OggS"):
        video = any(mark in head for mark in (b"\x80theora", b"fishead", b"BBCD\0"))
        return "video/ogg" if video else "audio/ogg"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"0&\xb2u\x8ef\xcf\x11"):
        return "video/x-ms-asf"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "audio/aac"  # ADTS: a sync word of twelve bits, layer 0
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[2] & 0xF0 != 0xF0:
        return "audio/mpeg"
    return "text/plain" if head and _is_text(head) else UNKNOWN


_EITHER = {
    "video/mp4": ("video/mp4", "audio/mp4"),
    "video/quicktime": ("video/quicktime", "audio/mp4"),
    "video/webm": ("video/webm", "audio/webm"),
    "video/x-matroska": ("video/x-matroska", "audio/x-matroska"),
    "video/x-ms-asf": ("video/x-ms-asf", "audio/x-ms-wma"),
}


def _has_video(path: Path) -> bool:
    import av

    try:
        with av.open(str(path)) as container:
            return any(not stream.disposition & stream.disposition.attached_pic
                       for stream in container.streams.video)  # fmt: skip
    except (av.FFmpegError, ValueError):
        return True


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A letter may be cut off at the end of what was read.
        if error.start < len(head) - 3 or len(head) < HEAD:
            return False
        text = head[: error.start].decode("utf-8")
    return not any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in text)
