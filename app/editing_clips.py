"""The clips of a project as a timeline needs to know them, read fast: `clips_of`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from glob import escape
from pathlib import Path
from typing import NamedTuple

from songreel.project import Project
from songreel.takes import NAME
from songreel.unchanged import Documents


class Made(NamedTuple):
    """A clip of a shot. The documents are written by songreel; a spoilt one is left out."""

    shot: str
    take: str
    """Start of its request's fingerprint."""
    file: Path
    sha256: str
    begins: float
    """Seconds into the file at which the shot begins."""
    when: float
    """By which takes are ordered, the newest last."""
    stands_in: bool


@dataclass(frozen=True)
class Clips:
    """What lies in a project's folder of clips."""

    takes: Mapping[str, tuple[Made, ...]] = field(default_factory=dict)
    """The clips whose files are there, by shot, the newest last."""
    under_way: frozenset[str] = frozenset()
    """Shots for which something is ordered and has not come yet."""
    lost: frozenset[str] = frozenset()
    """Shots for which something was ordered in vain."""


def clips_of(project: Project, documents: Documents, only: str = "") -> Clips:
    """The clips of a project, made and ordered; or `only` those of one shot."""
    takes: dict[str, list[Made]] = {}
    ordered: dict[str, set[str]] = {".job": set(), ".failed": set()}
    if not project.clips.is_dir():
        return Clips()
    for path in project.clips.glob(f"{escape(only)}-*.json" if only else "*.json"):
        name, dot, kind = path.stem.partition(".")
        shot, dash, take = name.rpartition("-")
        if not dash or len(take) != NAME or only not in ("", shot):
            continue
        if dot:  # of an order, or measured of a clip: `s07-3fa9c1d2.motion.json`
            ordered.get(f".{kind}", set()).add(shot)
            continue
        made = documents.load(path, _read)
        if made is not None:
            takes.setdefault(shot, []).append(made)
    return Clips(
        {
            shot: tuple(sorted(them, key=lambda made: (made.when, made.take)))
            for shot, them in takes.items()
        },
        under_way=frozenset(ordered[".job"]),
        lost=frozenset(ordered[".failed"]),
    )


def _read(path: Path) -> Made | None:
    shot, _, take = path.stem.rpartition("-")
    try:
        raw = json.loads(path.read_bytes())
        name = raw["file"]
        file = path.parent / name
        if raw.get("kind") != "songreel.clip" or Path(name).name != name:
            return None
        written = file.stat().st_mtime
        cut_at = raw.get("cut_at")
        request = raw["request"]
        begins = _seconds(cut_at) if cut_at else request["head"] / _seconds(request["rate"])
        return Made(
            shot, take, file, raw["sha256"], begins, written, raw.get("substitution") is not None
        )
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return None


def _seconds(text: object) -> float:
    """A fraction as documents write it: `7/24`."""
    top, _, bottom = str(text).partition("/")
    return float(top) / float(bottom or 1)
