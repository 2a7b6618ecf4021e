"""The tables of projects, plans, analyses, assets, credits and the audit trail."""

import sqlalchemy as sql

from songreel.store.schema_base import JSON, METADATA, MICRO, Id

WORKSPACE = sql.Table(
    "workspace",
    METADATA,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("at", sql.String(32), nullable=False),
)
"""The one row by which files of this database are told from those of others in the same place."""

PROJECTS = sql.Table(
    "projects",
    METADATA,
    sql.Column("id", sql.String(32), primary_key=True),
    sql.Column("title", sql.Text, nullable=False),
    sql.Column("folder", sql.Text, nullable=False),
    sql.Column("song", sql.Text, nullable=False),
    sql.Column("song_sha256", sql.String(64), nullable=False),
    sql.Column("made", sql.String(32), nullable=False),
    sql.Column("opened", sql.String(32), nullable=False),
    sql.Index("projects_by_opened", "opened"),
)
"""Projects and where they lie. The folder is the project: forgetting a row deletes nothing."""

ASSETS = sql.Table(
    "assets",
    METADATA,
    sql.Column("sha256", sql.String(64), primary_key=True),
    sql.Column("size", sql.BigInteger, nullable=False),
    sql.Column("media_type", sql.Text, nullable=False),
    sql.Column("name", sql.Text, nullable=False),
    sql.Column("at", sql.String(32), nullable=False),
    # Until then it is kept although nothing refers to it: an upload that is about to be used.
    sql.Column("kept_until", sql.String(32), nullable=False),
    # Bytes that it takes where it lies; 0 until its file is there, whole.
    sql.Column("held", sql.BigInteger, nullable=False),
    sql.Column("stored", sql.Boolean, nullable=False),
    sql.CheckConstraint("size >= 0"),
    sql.CheckConstraint("held >= 0"),
)

ASSET_DOCUMENTS = sql.Table(
    "asset_documents",
    METADATA,
    sql.Column("sha256", sql.String(64), sql.ForeignKey("assets.sha256"), primary_key=True),
    # zlib (RFC 1950).
    sql.Column("data", sql.LargeBinary, nullable=False),
)
"""Assets that are JSON lie in the database, compressed: kept with the rows that speak of them."""

ASSET_USES = sql.Table(
    "asset_uses",
    METADATA,
    sql.Column("sha256", sql.String(64), sql.ForeignKey("assets.sha256"), primary_key=True),
    # `project`, `plan`, `analysis`, `take`, and its id.
    sql.Column("what", sql.String(16), primary_key=True),
    sql.Column("id", sql.String(128), primary_key=True),
    sql.CheckConstraint("what IN ('project', 'plan', 'analysis', 'take', 'job')"),
    sql.Index("asset_uses_by_what", "what", "id"),
)
"""Who refers to an asset; one that nobody refers to is collected."""

ANALYSES = sql.Table(
    "analyses",
    METADATA,
    sql.Column("song_sha256", sql.String(64), primary_key=True),
    # The code's version, tracker, octave and tagger: who heard it.
    sql.Column("heard_by", sql.String(128), primary_key=True),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("title", sql.Text, nullable=False),
    sql.Column("seconds", sql.Double, nullable=False),
    sql.Column("tempo", sql.Double),
    sql.Column("document", sql.String(64), sql.ForeignKey("assets.sha256"), nullable=False),
)
"""What was heard in songs, by content; the document is an asset."""

PLAN_VERSIONS = sql.Table(
    "plan_versions",
    METADATA,
    sql.Column("project", sql.String(32), primary_key=True),
    sql.Column("number", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("actor", sql.Text, nullable=False),
    sql.Column("what", sql.Text, nullable=False),
    sql.Column("plan_sha256", sql.String(64), sql.ForeignKey("assets.sha256"), nullable=False),
    sql.CheckConstraint("number >= 1"),
)
"""Every plan that a project has had, in order; versions are only ever added."""

CREDITS = sql.Table(
    "ledger_credits",
    METADATA,
    sql.Column("id", Id, primary_key=True, autoincrement=True),
    sql.Column("at", sql.String(32), nullable=False),
    # Whose prepaid money it is: `fal`, `replicate`; empty for all of them together.
    sql.Column("service", sql.Text, nullable=False),
    # Added, or taken away by a correction; NULL ends the account.
    sql.Column("usd", MICRO),
    # The book's last line when the account was opened: charges after it eat the credit,
    sql.Column("since", Id, nullable=False),
    # and what was set aside just then, whose charges come later.
    sql.Column("waiting", MICRO, nullable=False),
    sql.Column("note", sql.Text, nullable=False),
)
"""Prepaid sums as they were entered; lines are only ever added."""

TRAIL = sql.Table(
    "audit_trail",
    METADATA,
    sql.Column("id", Id, primary_key=True, autoincrement=True),
    sql.Column("at", sql.String(32), nullable=False),
    sql.Column("actor", sql.Text, nullable=False),
    sql.Column("action", sql.Text, nullable=False),
    sql.Column("project", sql.String(32), nullable=False),
    sql.Column("subject", sql.Text, nullable=False),
    sql.Column("detail", JSON, nullable=False),
    sql.Column("usd", MICRO),
    sql.Column("stored", sql.BigInteger),
    sql.Index("audit_trail_by_project", "project", "id"),
    sql.Index("audit_trail_by_action", "action", "id"),
)
"""Who did what; SQLite and PostgreSQL let nobody change a line."""

WORKSPACE_TABLES = [
    WORKSPACE, PROJECTS, ASSETS, ASSET_DOCUMENTS, ASSET_USES, ANALYSES, PLAN_VERSIONS, CREDITS,
    TRAIL,
]  # fmt: skip
