"""What was heard in songs, by their content: `Analyses`."""

from datetime import datetime
from typing import Annotated

import sqlalchemy as sql
from pydantic import AwareDatetime, Field

from songreel.models.clip import Sha256
from songreel.models.document import Frozen
from songreel.models.music import Analysis
from songreel.store import documents
from songreel.store.part import Part
from songreel.store.schema import stamp
from songreel.store.schema_base import plain
from songreel.store.trail import enter
from songreel.store.workspace_tables import ANALYSES, ASSET_USES


class AnalysisEntry(Frozen):
    """An analysis that the workspace keeps."""

    song_sha256: Sha256
    heard_by: str
    """The code's version, and a mark of tracker, octave and tagger where they are not ours."""
    at: AwareDatetime
    title: str
    seconds: Annotated[float, Field(ge=0)]
    """Of the song."""
    tempo: float | None = None
    """Beats a minute."""


class Analyses(Part):
    """The analyses of a workspace; the documents are assets.

    Arguments and errors are those of `Part`.
    """

    def keep(self, analysis: Analysis, heard_by: str) -> None:
        """Keep what was heard; the last word of the same ears holds."""
        content, moment = analysis.to_json().encode(), stamp(self._clock())
        song = analysis.track.sha256
        used = f"{song}/{heard_by}"
        title = plain(analysis.track.title)
        row = {
            "at": moment,
            "title": title,
            "seconds": analysis.track.duration,
            "tempo": analysis.tempo,
        }
        with self.database.write() as connection:
            sha256, gained = documents.write(
                connection, content, f"{title}.analysis.json", at=moment
            )
            connection.execute(
                sql.delete(ANALYSES).where(
                    ANALYSES.c.song_sha256 == song, ANALYSES.c.heard_by == heard_by
                )
            )
            connection.execute(
                sql.delete(ASSET_USES).where(
                    ASSET_USES.c.what == "analysis", ASSET_USES.c.id == used
                )
            )
            documents.use(connection, sha256, "analysis", used)
            connection.execute(
                sql.insert(ANALYSES).values(
                    song_sha256=song, heard_by=heard_by, document=sha256, **row
                )
            )
            enter(
                connection, moment, self._actor, "song.heard",
                subject=song, detail={"name": title}, stored=gained or None,
            )  # fmt: skip

    def find(self, song_sha256: str, heard_by: str) -> Analysis | None:
        """What those ears heard in a song; None where nothing is kept.

        Raises:
            InvalidInput: The document cannot be read here.
            MachineError: It is spoilt.
        """
        asked = sql.select(ANALYSES.c.document).filter_by(
            song_sha256=song_sha256, heard_by=heard_by
        )
        with self.database.read() as connection:
            sha256 = connection.execute(asked).scalar()
            content = None if sha256 is None else documents.read(connection, sha256)
        return None if content is None else Analysis.from_json(content.decode(), "the analysis")

    def all(self) -> tuple[AnalysisEntry, ...]:
        """Every analysis, latest first."""
        names = (ANALYSES.c[name] for name in AnalysisEntry.model_fields)
        asked = sql.select(*names).order_by(ANALYSES.c.at.desc(), ANALYSES.c.song_sha256)
        with self.database.read() as connection:
            return tuple(AnalysisEntry(**row) for row in connection.execute(asked).mappings())

    def forget_others(self, version: str, before: datetime, *, dry_run: bool = False) -> int:
        """Forget what other versions of the code heard before a moment: nobody asks for it again.

        Their documents are collected with the other assets.

        Returns:
            How many were forgotten, or would be.
        """
        other = sql.and_(
            ~ANALYSES.c.heard_by.startswith(version, autoescape=True),
            ANALYSES.c.at < stamp(before),
        )
        if dry_run:
            with self.database.read() as connection:
                return len(connection.execute(sql.select(ANALYSES).where(other)).all())
        with self.database.write() as connection:
            gone = connection.execute(sql.select(ANALYSES).where(other)).all()
            for row in gone:
                used = f"{row.song_sha256}/{row.heard_by}"
                connection.execute(
                    sql.delete(ASSET_USES).where(
                        ASSET_USES.c.what == "analysis", ASSET_USES.c.id == used
                    )
                )
            connection.execute(sql.delete(ANALYSES).where(other))
        return len(gone)
