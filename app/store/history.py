"""Every clip that was made or bought in a workspace: `ClipHistory`, and sums over it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import sqlalchemy as sql
from pydantic import AwareDatetime, Field
from sqlalchemy.engine import RowMapping

from songreel.models.clip import Clip, Sha256
from songreel.models.document import Frozen
from songreel.models.local import Effort
from songreel.models.money import Usd
from songreel.models.units import Seconds
from songreel.store.amounts import micro, usd
from songreel.store.database import Database
from songreel.store.schema import CLIPS, now, stamp
from songreel.store.trail import enter

Count = Annotated[int, Field(ge=0)]


class ClipEntry(Frozen):
    """A clip that was made or bought."""

    at: AwareDatetime
    """When it was made (UTC)."""
    project: str
    project_name: str
    shot: str
    """For which it was made."""
    fingerprint: Sha256
    """Of its request."""
    sha256: Sha256
    provider: str
    """With the model: `local:mochi`, `replicate:hailuo-02`."""
    frames: Count
    rate: Fraction
    width: Count
    height: Count
    effort: Effort | None = None
    """What it took, of a clip that was made on a machine of the user's."""
    usd: Usd | None = None
    """What was paid, of a clip that was bought."""
    measured: bool | None = None
    """Whether that follows from what the service metered."""

    @property
    def length(self) -> float:
        """Seconds of picture."""
        return float(self.frames / self.rate)


class HistoryRow(Frozen):
    """Sums over the clips of one model, made in one way on one device."""

    provider: str
    device: str = ""
    placement: str = ""
    """With the approximations: `whole`, `fp8 + fewer-steps`."""
    clips: Count
    length: Seconds
    """Of picture, of all clips."""
    seconds: Seconds | None = None
    """Spent on all clips, models' loading left out; None where no clip tells."""
    median: Seconds | None = None
    """Seconds a clip, likewise."""
    loading: Seconds | None = None
    """Seconds spent on loading models."""
    memory_peak: Count | None = None
    """Bytes, the highest of all clips."""
    usd: Usd = usd(0)
    """Paid for all clips."""


class ClipHistory:
    """The history of clips in a workspace's database.

    Args:
        where: Path of an SQLite file, a database URL, or a database that is open already.

    Raises:
        InvalidInput: The URL is none, or the tables are of a newer songreel.
        MachineError: The database cannot be opened or written, or is spoilt.
    """

    def __init__(self, where: str | Path | Database) -> None:
        self.database = where if isinstance(where, Database) else Database(where)

    def lacks(self, project: str, clips: Iterable[Clip]) -> bool:
        """Whether one of a project's clips is not entered yet.

        Raises:
            MachineError: The database cannot be read.
        """
        with self.database.read() as connection:
            known = self._known(connection, project)
        return any(_key(clip) not in known for clip in clips)

    def enter(
        self,
        project: str,
        project_name: str,
        clips: Iterable[tuple[str, Clip]],
        folder: Path,
        *,
        actor: str = "cli",
    ) -> int:
        """Enter the clips of a project that are not entered yet; the others stay as they are.

        Args:
            project: What it is known by.
            project_name: For people.
            clips: Each with a shot that shows it. What several shots show is entered once, for
                the one that tells what it took or cost, or else for the first.
            folder: In which their files lie; a clip that does not say when it was made counts as
                made when its file was written.
            actor: Who had them made, for the audit trail, on which each gets a line.

        Returns:
            How many were new.

        Raises:
            MachineError: The database cannot be written.
        """
        given: dict[tuple[str, str], tuple[str, Clip]] = {}
        for shot, clip in clips:
            if _key(clip) not in given or clip.effort or clip.cost:
                given[_key(clip)] = (shot, clip)
        with self.database.write() as connection:
            known = self._known(connection, project)
            new = [
                _row(project, project_name, *entry, folder)
                for key, entry in given.items()
                if key not in known
            ]
            if new:
                connection.execute(sql.insert(CLIPS), new)
            for row in new:
                enter(
                    connection, now(), actor,
                    "clip.made" if row["usd"] is None else "clip.bought",
                    project=project, subject=row["shot"],
                    detail={name: row[name] for name in ("provider", "fingerprint", "sha256")},
                    usd=None if row["usd"] is None else usd(row["usd"]),
                )  # fmt: skip
        return len(new)

    def entries(
        self, *, project: str | None = None, since: date | None = None
    ) -> tuple[ClipEntry, ...]:
        """Clips in the order in which they were made.

        Args:
            project: Only what the project is known by; None for all.
            since: First day (UTC); None for all.

        Raises:
            MachineError: The database cannot be read.
        """
        asked = sql.select(CLIPS).order_by(CLIPS.c.at, CLIPS.c.id)
        if project is not None:
            asked = asked.where(CLIPS.c.project == project)
        if since is not None:
            asked = asked.where(CLIPS.c.at >= since.isoformat())
        with self.database.read() as connection:
            return tuple(_entry(row) for row in connection.execute(asked).mappings())

    def _known(self, connection: sql.Connection, project: str) -> set[tuple[str, str]]:
        asked = sql.select(CLIPS.c.fingerprint, CLIPS.c.sha256).where(CLIPS.c.project == project)
        return {(row.fingerprint, row.sha256) for row in connection.execute(asked)}


def sums(entries: Iterable[ClipEntry]) -> tuple[HistoryRow, ...]:
    """A row for every model, device and way of making clips; sorted by these."""
    groups: dict[tuple[str, str, str], list[ClipEntry]] = {}
    for entry in entries:
        effort = entry.effort
        way = " + ".join((effort.placement, *effort.approximate)) if effort else ""
        device = effort.device if effort else ""
        groups.setdefault((entry.provider, device, way), []).append(entry)
    return tuple(
        _sum(provider, device, way, group)
        for (provider, device, way), group in sorted(groups.items())
    )


def _sum(provider: str, device: str, way: str, entries: list[ClipEntry]) -> HistoryRow:
    efforts = [entry.effort for entry in entries if entry.effort is not None]
    loading = [effort.seconds.get("load", 0.0) for effort in efforts]
    working = [effort.total - load for effort, load in zip(efforts, loading, strict=True)]
    peaks = [effort.memory_peak for effort in efforts if effort.memory_peak is not None]
    return HistoryRow(
        provider=provider,
        device=device,
        placement=way,
        clips=len(entries),
        length=sum(entry.length for entry in entries),
        seconds=sum(working) if efforts else None,
        median=median(working) if efforts else None,
        loading=sum(loading) if efforts else None,
        memory_peak=max(peaks, default=None),
        usd=sum((entry.usd for entry in entries if entry.usd is not None), usd(0)),
    )


def _key(clip: Clip) -> tuple[str, str]:
    return clip.request.fingerprint, clip.sha256


def _row(project: str, name: str, shot: str, clip: Clip, folder: Path) -> dict[str, Any]:
    effort, cost = clip.effort, clip.cost
    return {
        "at": stamp(clip.made or _written(folder / clip.file)),
        "project": project,
        "project_name": name,
        "shot": shot,
        "fingerprint": clip.request.fingerprint,
        "sha256": clip.sha256,
        "provider": clip.provider,
        "frames": clip.frames,
        "rate": str(clip.rate),
        "width": clip.width,
        "height": clip.height,
        "device": effort.device if effort else None,
        "placement": effort.placement if effort else None,
        "steps": effort.steps if effort else None,
        "seconds": effort.total if effort else None,
        "stages": dict(effort.seconds) if effort else None,
        "memory_peak": effort.memory_peak if effort else None,
        "approximate": list(effort.approximate) if effort else None,
        "notices": list(effort.notices) if effort else None,
        "usd": micro(cost.usd) if cost else None,
        "measured": cost.measured if cost else None,
    }


def _written(file: Path) -> datetime:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return datetime.now(UTC)


def _entry(row: RowMapping) -> ClipEntry:
    plain = {field: row[field] for field in ClipEntry.model_fields.keys() - {"effort", "usd"}}
    effort = None
    if row["device"] is not None:
        effort = Effort(
            device=row["device"],
            placement=row["placement"],
            steps=row["steps"],
            seconds=row["stages"],
            memory_peak=row["memory_peak"],
            approximate=tuple(row["approximate"]),
            notices=tuple(row["notices"]),
        )
    paid = None if row["usd"] is None else usd(row["usd"])
    return ClipEntry(**plain | {"effort": effort, "usd": paid})
