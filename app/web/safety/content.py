"""What a file is, found in its content and never in its name: `look`.

Run as a program, `python -m songreel.web.safety.content FILE`, it prints what it found as JSON.
That is how uploads are looked at: in a process of its own with bounded memory and time, so that a
file made to break a decoder breaks nothing else.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

from songreel.models.errors import InvalidInput

Kind = Literal["audio", "video", "image", "text", "document", "font"]

FORMATS: dict[str, tuple[str, str, str]] = {
    # By FFmpeg's name of the demuxer: media type of sound, of pictures, and ending.
    "wav": ("audio/wav", "", ".wav"),
    "w64": ("audio/x-w64", "", ".w64"),
    "flac": ("audio/flac", "", ".flac"),
    "mp3": ("audio/mpeg", "", ".mp3"),
    "aac": ("audio/aac", "", ".aac"),
    "aiff": ("audio/aiff", "", ".aiff"),
    "caf": ("audio/x-caf", "", ".caf"),
    "ac3": ("audio/ac3", "", ".ac3"),
    "ogg": ("audio/ogg", "video/ogg", ".ogg"),
    "mov": ("audio/mp4", "video/mp4", ".mp4"),
    "matroska": ("audio/x-matroska", "video/x-matroska", ".mkv"),
    "avi": ("audio/x-msvideo", "video/x-msvideo", ".avi"),
    "mpegts": ("audio/mp2t", "video/mp2t", ".ts"),
    "mpeg": ("audio/mpeg", "video/mpeg", ".mpg"),
    "asf": ("audio/x-ms-wma", "video/x-ms-wmv", ".wma"),
    "mxf": ("", "video/mxf", ".mxf"),
}
"""Containers that hold what they hold. Playlists (HLS, DASH, concat), session descriptions and
image sequences name other files and addresses and are not among them."""
PICTURES = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "WEBP": ("image/webp", ".webp"),
    "BMP": ("image/bmp", ".bmp"),
    "TIFF": ("image/tiff", ".tif"),
}
"""By Pillow's name: media type and ending. GIF is film, SVG is a program: neither is a photo."""
ENDINGS: dict[str, frozenset[str]] = {
    ".wav": frozenset({".wav", ".wave"}),
    ".aiff": frozenset({".aiff", ".aif", ".aifc"}),
    ".ogg": frozenset({".ogg", ".oga", ".opus", ".ogv"}),
    ".mp4": frozenset({".mp4", ".m4a", ".m4v", ".mov", ".3gp"}),
    ".mkv": frozenset({".mkv", ".mka", ".webm"}),
    ".ts": frozenset({".ts", ".mts", ".m2ts"}),
    ".mpg": frozenset({".mpg", ".mpeg", ".vob"}),
    ".wma": frozenset({".wma", ".wmv", ".asf"}),
    ".jpg": frozenset({".jpg", ".jpeg"}),
    ".tif": frozenset({".tif", ".tiff"}),
    ".txt": frozenset({".txt", ".lrc", ".srt", ".vtt", ".edl", ".yaml", ".yml", ".csv", ".md"}),
    ".json": frozenset({".json", ".otio"}),
}
"""Endings that say the same as an ending above; of others, themselves."""

MOST_PIXELS = 120_000_000
"""Of a photo: 108 megapixels are what the largest sensors in telephones have."""
MOST_SIDE = 8192
"""Pixels of a side of a film: 8K."""
MOST_TEXT = 2 * 2**20
"""Bytes: lyrics with times have about 60 a second of song."""
MOST_DOCUMENT = 64 * 2**20
"""Bytes of a plan or an edit."""
_START = 1 << 16
_MEMORY = 3 * 2**30
_SECONDS = 60


class Found(NamedTuple):
    """What a file is."""

    kind: Kind
    media_type: str
    suffix: str
    """With the dot."""


def look(path: Path) -> Found:
    """What the file at `path` is, by opening it and decoding some of it.

    Nothing but the file itself is read, whatever it names: FFmpeg is given its bytes, may open no
    other place by any protocol, and may take it for nothing but `FORMATS`.

    Raises:
        InvalidInput: It is empty, broken, of a kind that is not taken, or larger than is decoded.
    """
    with path.open("rb") as file:
        start = file.read(_START)
        if not start:
            raise InvalidInput("the file is empty: it has no bytes")
        found = _edit(file, start)
        if found is None:
            _refuse_by_start(start)
            found = (
                _picture(file, start) or _font(file, start) or _media(file) or _text(file, start)
            )
    if found is None:
        raise InvalidInput(
            "the file is no sound, film, photo (JPEG, PNG, WebP, BMP, TIFF), font or text in UTF-8 "
            "that can be read, or it is damaged"
        )
    return found


_PLAYLIST = "a playlist, which names other files and addresses; upload the song itself"
_MARKUP = (
    "a document with markup (SVG, HTML, XML), which can hold programs and addresses; give photos "
    "as JPEG or PNG and words as plain text"
)
_ARCHIVE = "an archive; unpack it and upload what is in it"
_PROGRAM = "a program, which is not taken"
_TEXTS = {
    b"#extm3u": _PLAYLIST, b"[playlist]": _PLAYLIST, b"<asx": _PLAYLIST, b"<smil": _PLAYLIST,
    b"ffconcat": "a list of files, which is not taken; upload the film itself",
    b"v=0\r\n": "the description of a stream, which names addresses",
    b"v=0\n": "the description of a stream, which names addresses",
    b"<?xml": _MARKUP, b"<!doctype": _MARKUP, b"<!--": _MARKUP, b"<svg": _MARKUP,
    b"<html": _MARKUP, b"<script": _MARKUP, b"<mpd": _MARKUP,
}  # fmt: skip
"""What texts that are not taken begin with, in lower case and without what is blank."""
_BYTES = {
    b"GIF8": "a GIF; give photos as JPEG or PNG, and film as MP4",
    b"PK\x03\x04": _ARCHIVE, b"\x1f\x8b": _ARCHIVE, b"7z\xbc\xaf": _ARCHIVE, b"Rar!\x1a": _ARCHIVE,
    b"\xfd7zXZ": _ARCHIVE, b"(\xb5/\xfd": _ARCHIVE,
    b"%PDF-": "a document for paper, which is not taken", b"%!PS": "a document for paper, which is "
    "not taken", b"\x7fELF": _PROGRAM, b"#!/": _PROGRAM, b"MZ\x90\0": _PROGRAM,
}  # fmt: skip


def _refuse_by_start(start: bytes) -> None:
    """Name what is well known and not taken, for a sentence that says why."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for begins, what in _BYTES.items():
        if start.startswith(begins):
            raise InvalidInput(f"the file is {what}")
    for begins, what in _TEXTS.items():
        if text.startswith(begins):
            raise InvalidInput(f"the file is {what}")


def _edit(file: BinaryIO, start: bytes) -> Found | None:
    """An edit in Apple's XML: the one kind of markup that is read here, without entities."""
    if b"<fcpxml" not in start[:4096] or not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(
        b"<?xml"
    ):
        return None
    file.seek(0)
    content = file.read(MOST_DOCUMENT + 1)
    if len(content) > MOST_DOCUMENT or b"<!ENTITY" in content or b"\0" in content:
        raise InvalidInput("the edit (FCPXML) defines entities or is too large; it is not taken")
    return Found("document", "application/xml", ".fcpxml")


def _font(file: BinaryIO, start: bytes) -> Found | None:
    """A font, opened as it is when words are drawn with it."""
    kinds = {b"\0\x01\0\0": ("font/ttf", ".ttf"), b"true": ("font/ttf", ".ttf"),
             b"OTTO": ("font/otf", ".otf"), b"ttcf": ("font/collection", ".ttc")}  # fmt: skip
    if start[:4] not in kinds:
        return None
    from PIL import ImageFont

    file.seek(0)
    try:
        ImageFont.truetype(file, 16).getbbox("songreel")
    except Exception as error:  # FreeType's errors come in every kind
        raise InvalidInput(f"the font is damaged or cut off: {_short(error)}") from error
    return Found("font", *kinds[start[:4]])


def _picture(file: BinaryIO, start: bytes) -> Found | None:
    """A photo, decoded whole: a truncated one is refused here and not in the middle of a film."""
    from PIL import Image

    known = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"BM", b"II*\0", b"MM\0*")
    if not start.startswith(known) or (start.startswith(b"RIFF") and start[8:12] != b"WEBP"):
        return None
    Image.MAX_IMAGE_PIXELS = None  # ours is checked here, before anything is decoded
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=list(PICTURES)) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise InvalidInput(
                        f"the picture has {width}×{height} pixels; "
                        f"{MOST_PIXELS // 10**6} million are the most"
                    )
                image.load()
                media_type, suffix = PICTURES[str(image.format)]
    except InvalidInput:
        raise
    except Exception as error:  # Pillow's decoders raise of every kind
        raise InvalidInput(f"the picture is damaged or cut off: {_short(error)}") from error
    return Found("image", media_type, suffix)


def _media(file: BinaryIO) -> Found | None:
    """Sound or film, some of it decoded."""
    import av

    file.seek(0)
    options = {
        # Neither protocols nor formats that open other places; what the file is found to be must
        # be one of these, whatever it would rather be.
        "protocol_whitelist": "",
        "format_whitelist": ",".join(FORMATS),
        "probesize": "10000000",
    }
    try:
        with av.open(file, options=options, metadata_errors="replace") as container:
            name = container.format.name
            form = FORMATS.get(name.partition(",")[0])
            if form is None:
                return None
            return _decoded(container, form)
    except av.FFmpegError:
        return None


def _decoded(container: Any, form: tuple[str, str, str]) -> Found | None:
    """The kind of an open container; None where nothing in it can be decoded."""
    import av

    sound, picture, suffix = form
    for stream in container.streams.video:
        context = stream.codec_context
        if max(context.width, context.height) > MOST_SIDE:
            raise InvalidInput(
                f"the film has {context.width}×{context.height} pixels; "
                f"{MOST_SIDE} a side are the most"
            )
    cover = av.stream.Disposition.attached_pic
    films = [s for s in container.streams.video if not s.disposition & cover]
    sounds = list(container.streams.audio)
    if films and not sounds and not picture:
        return None
    wanted = films[0] if films and picture else sounds[0] if sounds else None
    if wanted is None:
        return None
    frames = 0
    for packet in container.demux(wanted):
        try:
            frames += len(packet.decode())
        except av.FFmpegError:
            continue
        if frames:
            break
    if not frames:
        return None
    if wanted in films:
        return Found("video", picture, suffix)
    ending = {".mp4": ".m4a", ".mkv": ".mka"}.get(suffix, suffix)
    return Found("audio", sound, ending)


def _text(file: BinaryIO, start: bytes) -> Found | None:
    """Words, or a document of songreel's or an editor's, in UTF-8."""
    if b"\0" in start:
        return None
    file.seek(0)
    content = file.read(MOST_DOCUMENT + 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if any(ord(c) < 32 and c not in "\t\n\r\f" for c in text):
        return None
    if text.lstrip()[:1] in ("{", "["):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            pass
        else:
            return Found("document", "application/json", ".json")
    if len(content) > MOST_TEXT:
        raise InvalidInput(f"the text is longer than {MOST_TEXT // 2**20} MiB")
    return Found("text", "text/plain", ".txt")


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]


def _bound() -> None:
    """Let this process take a bounded share of the machine, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(path: str) -> int:
    _bound()
    try:
        found = look(Path(path))
    except InvalidInput as error:
        print(json.dumps({"refused": str(error)}))
    except MemoryError:
        print(json.dumps({"refused": "the file takes more memory than is given to any file"}))
    else:
        print(json.dumps(found._asdict()))
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
