"""Every plan that projects have had: `Plans`. Versions are only ever added."""

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sql
from sqlalchemy.engine import RowMapping

from songreel.models.errors import InvalidInput
from songreel.models.storyboard import Storyboard
from songreel.models.workspace import PlanVersion
from songreel.store import documents
from songreel.store.assets import Assets
from songreel.store.database import Database
from songreel.store.schema import stamp
from songreel.store.schema_base import plain
from songreel.store.trail import enter
from songreel.store.workspace_tables import PLAN_VERSIONS


class Plans:
    """The versions of projects' plans.

    Args:
        database: Of the workspace.
        assets: Of the same.
        clock: The time.

    Raises:
        MachineError: The database cannot be read or written; of every method.
    """

    def __init__(
        self,
        database: Database,
        assets: Assets,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.database, self._assets, self._clock = database, assets, clock

    def record(self, project_id: str, plan: Storyboard, what: str, actor: str) -> PlanVersion:
        """Add a version; the plan of the last one again is nothing new, and that one is given.

        Args:
            project_id: Of the project.
            plan: As it is now.
            what: The change, in words.
            actor: Who made it.
        """
        content = plan.to_json().encode()
        moment = stamp(self._clock())
        with self.database.write() as connection:
            asked = _of(project_id).order_by(PLAN_VERSIONS.c.number.desc()).limit(1)
            last = connection.execute(asked).mappings().one_or_none()
            title = plain(plan.track.title)
            sha256, gained = documents.write(connection, content, f"{title}.plan.json", at=moment)
            if last is not None and last["plan_sha256"] == sha256:
                return _version(last)
            documents.use(connection, sha256, "plan", project_id)
            row = {
                "project": project_id,
                "number": 1 if last is None else last["number"] + 1,
                "at": moment,
                "actor": actor,
                "what": plain(what),
                "plan_sha256": sha256,
            }
            connection.execute(sql.insert(PLAN_VERSIONS).values(row))
            enter(
                connection, moment, actor, "plan.changed",
                project=project_id, subject=str(row["number"]), detail={"what": what},
                stored=gained or None,
            )  # fmt: skip
        return PlanVersion.model_validate(row)

    def versions(self, project_id: str) -> tuple[PlanVersion, ...]:
        """The versions of a project's plan, the first one first."""
        with self.database.read() as connection:
            rows = connection.execute(_of(project_id).order_by(PLAN_VERSIONS.c.number)).mappings()
            return tuple(_version(row) for row in rows)

    def load(self, project_id: str, number: int) -> Storyboard:
        """The plan of a version.

        Raises:
            InvalidInput: There is no such version, or a newer songreel wrote it.
            MachineError: The document is spoilt.
        """
        with self.database.read() as connection:
            asked = _of(project_id).where(PLAN_VERSIONS.c.number == number)
            row = connection.execute(asked).mappings().one_or_none()
        if row is None:
            raise InvalidInput(f"the project has no version {number} of its plan")
        content = self._assets.read(row["plan_sha256"])
        return Storyboard.from_json(content.decode(), f"version {number} of the plan")


def _of(project_id: str) -> sql.Select[tuple[object, ...]]:
    return sql.select(PLAN_VERSIONS).where(PLAN_VERSIONS.c.project == project_id)


def _version(row: RowMapping) -> PlanVersion:
    return PlanVersion.model_validate(dict(row))
