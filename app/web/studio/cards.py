"""What a list of films shows of each, read fast: `Card`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from songreel.models.harmony import Key
from songreel.models.music import Mood
from songreel.models.queued import QueuedJob
from songreel.models.storyboard import Oklch, Palette
from songreel.models.workspace import ProjectEntry
from songreel.project import Project
from songreel.web.studio.theme import HOUSE, of_song
from songreel.workspace import Workspace


@dataclass(frozen=True)
class Card:
    """A film in a list."""

    entry: ProjectEntry
    state: str
    """In a word or two: `not heard yet`, `heard`, `planned`, `film ready`, `gone`."""
    seconds: float | None = None
    tempo: float | None = None
    key: str = ""
    shots: int = 0
    look: str = ""
    palette: Palette = HOUSE
    poster: str = ""
    """URL of a picture of it; empty where there is none yet."""
    working: str = ""
    """What is being done for it just now."""
    progress: float = 0.0


def cards(workspace: Workspace, most: int | None = None) -> tuple[Card, ...]:
    """Films, the one worked on last first: all of them, or no more than `most`."""
    jobs = workspace.queue.all(("working", "waiting"))
    return tuple(card_of(entry, jobs) for entry in workspace.projects.all(most))


def card_of(entry: ProjectEntry, jobs: Sequence[QueuedJob] = ()) -> Card:
    """What a list shows of a project."""
    if not entry.there:
        return Card(entry, "gone")
    project = Project(Path(entry.folder))
    heard, plan = _heard(project), _planned(project)
    tempo, key, mood, seconds = heard.get("tempo"), heard.get("key"), heard.get("mood"), None
    if track := heard.get("track"):
        seconds = track["samples"] / track["sample_rate"]
    palette = plan.get("palette") or palette_of(key, mood)
    state = "heard" if heard else "not heard yet"
    if plan:
        state = "planned"
    if project.render.is_file() and project.video().is_file():
        state = "film ready"
    job = next((job for job in jobs if job.project == entry.id), None)
    working, progress = "", 0.0
    if job is not None:
        working = (job.doing or job.work.kind) if job.state == "working" else "waits in the queue"
        progress = job.progress
    poster = ""
    if shot := plan.get("poster"):
        poster = f"/api/projects/{entry.id}/media/thumb-{shot}"
    return Card(
        entry, state, seconds, tempo, key or "", plan.get("shots", 0), plan.get("look", ""),
        palette, poster, working, progress,
    )  # fmt: skip


def palette_of(key: str | None, mood: Mapping[str, Any] | None) -> Palette:
    """The colours of a song from what was heard in it."""
    try:
        return of_song(
            Key.model_validate(key) if key else None, Mood.model_validate(mood) if mood else None
        )
    except ValidationError:
        return HOUSE


def when(moment: datetime) -> str:
    """A moment for people: `just now`, `3 h ago`, `12 Nov`."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    for limit, unit, word in ((60, 1, ""), (3600, 60, "min"), (86400, 3600, "h")):
        if seconds < limit:
            return f"{seconds // unit:.0f} {word} ago" if word else "just now"
    if seconds < 7 * 86400:
        days = int(seconds // 86400)
        return "yesterday" if days == 1 else f"{days} days ago"
    year = "" if moment.year == datetime.now(UTC).year else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year}"


def clock(seconds: float) -> str:
    """A length as `3:07`, or `1:02:07`."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _heard(project: Project) -> Mapping[str, Any]:
    return _read(project.analysis, _of_analysis)


def _planned(project: Project) -> Mapping[str, Any]:
    return _read(project.plan, _of_plan)


def _of_analysis(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: raw.get(name) for name in ("track", "tempo", "key", "mood")}


def _of_plan(raw: dict[str, Any]) -> dict[str, Any]:
    shots = raw["shots"]
    # The liveliest shot that is not a blink stands for the film.
    poster = max(shots, key=lambda shot: (shot["energy"], -shots.index(shot)))["id"]
    look = raw["look"]
    palette = tuple(Oklch.model_validate(colour) for colour in look["palette"])
    return {"shots": len(shots), "look": look["name"], "palette": palette, "poster": poster}


def _read(path: Path, pick: Any) -> Mapping[str, Any]:
    """What is picked from a document; nothing where there is none or it is spoilt."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return {}
    return _picked(path, changed, pick)


@lru_cache(maxsize=8192)
def _picked(path: Path, changed: int, pick: Any) -> Mapping[str, Any]:  # noqa: ARG001
    try:
        found: Mapping[str, Any] = pick(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found
