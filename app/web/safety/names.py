"""Names that people's files have, as names and nothing else: `safe_name`."""

import re
import unicodedata

from songreel.models.names import DEVICES, UNSEEN
from songreel.web.safety.content import ENDINGS, FORMATS, PICTURES

LONGEST = 120
"""Bytes of a name; systems take 255, and things are put before and behind it."""
_FORBIDDEN = re.compile(r'[<>:"|?*%\x00-\x1f\x7f]+')


def safe_name(given: str, suffix: str = "", *, known: frozenset[str] = frozenset()) -> str:
    r"""A name without a folder, without what systems read as more than a letter.

    Args:
        given: As it came; folders before it are dropped.
        suffix: With the dot; what the content is. It replaces what the name ends in, unless that
            is one of `known`: `song.mp3` that holds WAV becomes `song.wav`.
        known: Endings, lower case, that say the same.

    Returns:
        1 to 120 bytes in UTF-8, without `/ \\ : * ? " < > | %`, control characters, marks that
        turn the direction of writing, dots at either end; never a name that Windows keeps.
    """
    text = given.encode("utf-8", "replace").decode()
    text = unicodedata.normalize("NFC", text).replace("\\", "/").rpartition("/")[2]
    text = "".join(c for c in text if unicodedata.category(c) not in UNSEEN)
    text = " ".join(_FORBIDDEN.sub("-", text).split()).strip(". ")
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > 8 or not stem:
        stem, ending = text, ""
    end = f".{ending.lower()}" if ending else ""
    if suffix and end not in known:
        end = suffix
        stem = stem if ending.lower() in _MEDIA or not ending else text
    stem = stem.strip(". ") or "upload"
    if DEVICES.fullmatch(stem):
        stem = f"_{stem}"
    room = LONGEST - len(end.encode())
    return stem.encode()[:room].decode(errors="ignore").strip(". ") + end


_MEDIA = frozenset(
    {ending[1:] for endings in ENDINGS.values() for ending in endings}
    | {form[-1][1:] for form in (*FORMATS.values(), *PICTURES.values())}
    | {"opus", "gif", "svg", "html", "htm", "m3u", "m3u8", "pls", "sdp", "exe", "zip"}
)
"""Endings that say what a file is: another takes their place. `Mr. Blue` keeps its full stop."""
