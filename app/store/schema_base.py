"""What all tables are declared with: one `METADATA`, and the types they share."""

import sqlalchemy as sql

METADATA = sql.MetaData()

Id = sql.BigInteger().with_variant(sql.Integer(), "sqlite")
JSON = sql.JSON(none_as_null=True)
MICRO = sql.BigInteger
"""Millionths of a US dollar: whole numbers, so that sums are exact in every database."""


def plain(text: str) -> str:
    """`text` as every database keeps it: no NUL, and no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
