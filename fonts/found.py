"""Fonts found on the system for what ours has no glyphs for."""

import os
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTLibError

from songreel.fonts.faces import opened
from songreel.models.files import sha256_of
from songreel.models.overlay import FontFile

PREFERRED = (
    "noto sans", "source han sans", "hiragino", "yu gothic", "meiryo", "pingfang",
    "microsoft yahei", "malgun", "apple sd gothic", "segoe ui", "sf arabic", "geeza", "thonburi",
    "leelawadee", "nirmala", "kohinoor", "arial hebrew", "ipa", "takao", "vl gothic",
    "wenquanyi", "nanum", "dejavu sans", "arial", "freesans",
)  # fmt: skip
"""Families without serifs, the better first; others come after them, by name."""
WEIGHTS = ("semibold", "demibold", "bold", "medium", "w6", "w5", "black", "regular", "")
"""The nearer to our SemiBold, the earlier."""
TONGUES = {"ja": ("jp", "japan", "hiragino kaku", "yu gothic", "meiryo", "ipa", "takao"),
           "ko": ("kr", "korea", "malgun", "apple sd", "nanum"),
           "zh": ("sc", "cn", "yahei", "pingfang sc", "wenquanyi")}  # fmt: skip
"""One Han character is drawn in each country's own way."""
UNFIT = ("mono", "condensed", "italic", "oblique", "serif", "nastaliq", "naskh ui", "looped",
         "rashi", "kufi", "lastresort", "last resort", "fallback", "adobe blank")  # fmt: skip
ENDINGS = (".ttf", ".otf", ".ttc", ".otc")


def tongue_of(text: str) -> str:
    """The language whose Han characters `text` has: ja, ko or zh; empty without any."""
    if any("\u3040" <= c <= "\u30ff" for c in text):
        return "ja"
    if any("\uac00" <= c <= "\ud7a3" for c in text):
        return "ko"
    return "zh" if any("\u3400" <= c <= "\u9fff" for c in text) else ""


def face_for(clusters: Iterable[str], tongue: str) -> FontFile | None:
    """The best font of the system that has glyphs for all `clusters`; None where none has."""
    wanted = tuple(dict.fromkeys(clusters))
    return _best(wanted, tongue)


@cache
def _best(clusters: tuple[str, ...], tongue: str) -> FontFile | None:
    codes = sorted({ord(c) for cluster in clusters for c in cluster})
    pictured = any(is_emoji(cluster) for cluster in clusters)
    for path, index, _ in sorted(_having(codes), key=lambda one: _rank(one[2], tongue, pictured)):
        try:
            font = FontFile(file=str(path), index=index, sha256=_sha256(path))
            face = opened(font)
            if all(face.has(cluster) for cluster in clusters):
                face.at(32)
                return font
        except Exception:  # a broken font of the system's is not the user's fault
            continue
    return None


def is_emoji(cluster: str) -> bool:
    """Whether a cluster is meant as a picture in colour."""
    first = ord(cluster[0])
    return "\ufe0f" in cluster or 0x1F1E6 <= first <= 0x1F1FF or 0x1F300 <= first <= 0x1FAFF


def script_of(character: str) -> str:
    """A name for the script of a character, for messages, such as "Arabic" or "CJK"."""
    if is_emoji(character):
        return "emoji"
    word = unicodedata.name(character, "unknown").split()[0]
    return word if word == "CJK" else word.capitalize()


def _rank(name: str, tongue: str, pictured: bool) -> tuple[object, ...]:
    """Sorts fonts, the better first; `name` is family, style and file in small letters."""
    words = name.split()
    emoji = "emoji" in name
    foreign = bool(tongue) and not any(
        hint in words or (len(hint) > 2 and hint in name) for hint in TONGUES[tongue]
    )
    family = next((i for i, known in enumerate(PREFERRED) if name.startswith(known)), 99)
    weight = next(i for i, known in enumerate(WEIGHTS) if known in name)
    unfit = sum(word in name for word in UNFIT)
    return (emoji != pictured, foreign, unfit, family, weight, name)


def _having(codes: list[int]) -> list[tuple[Path, int, str]]:
    """(file, index, name) of fonts that may have `codes`."""
    asked = ":charset=" + " ".join(f"{code:x}" for code in codes[:64])
    form = "%{file}\t%{index}\t%{family[0]} %{style[0]}\n"
    try:
        reply = subprocess.run(
            ["fc-list", "-f", form, asked], capture_output=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return list(_files())
    found = []
    for row in reply.stdout.decode("utf-8", "replace").splitlines():
        file, index, name = row.split("\t")
        if file.lower().endswith(ENDINGS) and int(index) < 0x10000:  # above: named instances
            found.append((Path(file), int(index), name.lower()))
    return found


@cache
def _files() -> tuple[tuple[Path, int, str], ...]:
    """All fonts in the folders where systems keep them."""
    found: list[tuple[Path, int, str]] = []
    for path in sorted({path for folder in folders() for path in _inside(folder)}):
        stem = (
            path.stem.lower().replace("-", " ").replace("_", " ").replace("notosans", "noto sans ")
        )
        found.extend((path, i, stem) for i in range(_count(path)))
    return tuple(found)


def folders() -> tuple[Path, ...]:
    """Where systems keep their fonts."""
    home = Path.home()
    if sys.platform == "darwin":
        places = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    elif sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        places = [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
        places += [Path(local) / "Microsoft/Windows/Fonts"] if local else []
    else:
        data = os.environ.get("XDG_DATA_HOME") or str(home / ".local/share")
        places = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path(data) / "fonts",
                  home / ".fonts"]  # fmt: skip
    return tuple(places)


def _inside(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())


def _count(path: Path) -> int:
    if path.suffix.lower() not in (".ttc", ".otc"):
        return 1
    try:
        with TTCollection(path, lazy=True) as collection:
            return len(collection.fonts)
    except (TTLibError, OSError):
        return 0


@cache
def _sha256(path: Path) -> str:
    return sha256_of(path)
