"""Projects that the workspace knows: `Projects`."""

import re
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sql
from sqlalchemy.engine import RowMapping

from songreel.models.errors import InvalidInput, SongreelError
from songreel.models.workspace import ProjectEntry
from songreel.project import Project
from songreel.store.part import Part
from songreel.store.schema import stamp
from songreel.store.schema_base import plain
from songreel.store.trail import enter
from songreel.store.workspace_tables import ASSET_USES, PROJECTS

_ID = re.compile(r"[0-9a-f]{32}")
_RECENT = timedelta(seconds=30)
"""Within which a project that is opened again is known to be worked on."""


class Projects(Part):
    """The projects of a workspace, by id. The folder is the project; a row says where it lies.

    Arguments and errors are those of `Part`.
    """

    def note(self, project: Project) -> ProjectEntry:
        """Have the workspace know a project, and that it is worked on now.

        A copy of a project that still lies where it did becomes a project of its own: it gets
        another id, under which it has a history and costs of its own from now on.

        Raises:
            InvalidInput: Its `project.json` cannot be read, or its folder's name not be kept.
        """
        folder = str(project.folder.absolute())
        if plain(folder) != folder:
            raise InvalidInput(f"{plain(folder)!r} has a name that is no UTF-8; give it another")
        known_as = self._own(project, folder)
        if not _ID.fullmatch(known_as):
            raise InvalidInput(
                f"{project.file} has the id {plain(known_as)[:64]!r}, which is none; take it out, "
                "and the project gets a new one"
            )
        state, moment = project.state, stamp(self._clock())
        row = {
            "title": plain(state.title),
            "folder": folder,
            "song": plain(Path(state.song).name),
            "song_sha256": state.song_sha256,
            "opened": moment,
        }
        this = PROJECTS.c.id == known_as
        recent = stamp(self._clock() - _RECENT)
        with self.database.read() as connection:
            before = connection.execute(sql.select(PROJECTS).where(this)).mappings().one_or_none()
        if before is not None and recent < before["opened"] <= moment:
            row["opened"] = before["opened"]
            if row.items() <= dict(before).items():
                return _entry(before)
            row["opened"] = moment
        with self.database.write() as connection:
            before = connection.execute(sql.select(PROJECTS).where(this)).mappings().one_or_none()
            if before is None:
                connection.execute(sql.insert(PROJECTS).values(id=known_as, made=moment, **row))
                enter(
                    connection, moment, self._actor, "project.added",
                    project=known_as, subject=state.title, detail={"folder": row["folder"]},
                )  # fmt: skip
            else:
                connection.execute(sql.update(PROJECTS).where(this).values(row))
                if before["folder"] != row["folder"]:
                    enter(
                        connection, moment, self._actor, "project.moved",
                        project=known_as, subject=state.title,
                        detail={"from": before["folder"], "to": row["folder"]},
                    )  # fmt: skip
            made = moment if before is None else before["made"]
        return ProjectEntry.model_validate({"id": known_as, "made": made, **row})

    def _own(self, project: Project, folder: str) -> str:
        """The project's id, another one of a copy."""
        known_as = project.known_as()
        asked = sql.select(PROJECTS.c.folder).where(PROJECTS.c.id == plain(known_as))
        with self.database.read() as connection:
            known: str | None = connection.execute(asked).scalar()
        if known is None or known == folder or not _is_at(Path(known), known_as):
            return known_as
        with suppress(OSError):
            if Path(known).samefile(folder):
                return known_as  # by a link, or in other letters
        own = project.part_from(known_as)
        if own != known_as:
            with self.database.write() as connection:
                enter(
                    connection, stamp(self._clock()), self._actor, "project.copied",
                    project=own, subject=project.state.title,
                    detail={"from": known, "of": known_as},
                )  # fmt: skip
        return own

    def all(
        self, limit: int | None = None, *, after: str | None = None
    ) -> tuple[ProjectEntry, ...]:
        """Every project, the one worked on last first; no more than `limit`.

        Whether each is there is looked up in its folder: a second for thousands of them.

        Args:
            limit: How many at most; None for all.
            after: Only those that come after this one in that order.

        Raises:
            InvalidInput: There is no project `after`.
        """
        asked = sql.select(PROJECTS).order_by(PROJECTS.c.opened.desc(), PROJECTS.c.id).limit(limit)
        with self.database.read() as connection:
            if after is not None:
                this = sql.select(PROJECTS.c.opened).where(PROJECTS.c.id == after)
                opened = connection.execute(this).scalar_one_or_none()
                if opened is None:
                    raise InvalidInput(f"there is no project {after} to go on after")
                asked = asked.where(
                    sql.or_(
                        PROJECTS.c.opened < opened,
                        sql.and_(PROJECTS.c.opened == opened, PROJECTS.c.id > after),
                    )
                )
            rows = connection.execute(asked).mappings().all()
        return tuple(_entry(row) for row in rows)

    def titles(self, ids: Collection[str]) -> dict[str, str]:
        """Titles of those of these projects that are known, by id; no folder is looked into."""
        asked = sql.select(PROJECTS.c.id, PROJECTS.c.title).where(PROJECTS.c.id.in_(set(ids)))
        with self.database.read() as connection:
            return {row.id: row.title for row in connection.execute(asked)}

    def find(self, project_id: str) -> ProjectEntry:
        """A project by its id.

        Raises:
            InvalidInput: There is none.
        """
        with self.database.read() as connection:
            asked = sql.select(PROJECTS).where(PROJECTS.c.id == plain(project_id))
            row = connection.execute(asked).mappings().one_or_none()
        if row is None:
            raise InvalidInput(
                f"there is no project {project_id[:64]!r} in this workspace; "
                "`songreel workspace projects` lists those that are known"
            )
        return _entry(row)

    def open(self, project_id: str) -> Project:
        """A project at the place where it was last seen.

        Raises:
            InvalidInput: It is not known, or not there any more.
        """
        entry = self.find(project_id)
        if not entry.there:
            raise InvalidInput(
                f"the project {entry.title} is not in {entry.folder} any more; `songreel workspace "
                "add DIR` tells where it lies now"
            )
        return Project.open(Path(entry.folder))

    def forget(self, project_id: str) -> ProjectEntry:
        """Know a project no more. Its folder and the plans that it has had stay.

        Raises:
            InvalidInput: It is not known.
        """
        entry = self.find(project_id)
        with self.database.write() as connection:
            connection.execute(sql.delete(PROJECTS).where(PROJECTS.c.id == project_id))
            connection.execute(
                sql.delete(ASSET_USES).where(
                    ASSET_USES.c.what == "project", ASSET_USES.c.id == project_id
                )
            )
            enter(
                connection, stamp(self._clock()), self._actor, "project.forgotten",
                project=project_id, subject=entry.title, detail={"folder": entry.folder},
            )  # fmt: skip
        return entry


def _entry(row: RowMapping) -> ProjectEntry:
    return ProjectEntry(**row, there=_is_at(Path(row["folder"]), row["id"]))


def _is_at(folder: Path, known_as: str) -> bool:
    """Whether a folder holds the project with this id."""
    try:
        return Project(folder).state.id == known_as
    except SongreelError:
        return False
