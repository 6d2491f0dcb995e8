"""What helps to read the next delivery: control points of a commune, columns chosen before.

Part of the declared schema: what the migrations must lead to.
"""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from cadastre.store.schema.columns import METADATA, Moment, shape

control_point = Table(
    "control_point",
    METADATA,
    Column("control_point_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("name", Text, nullable=False),
    Column("source_id", UUID, ForeignKey("cadastre.source.source_id")),
    Column("geometry", shape(), nullable=False),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    Index(
        "control_point_current",
        "commune",
        "name",
        unique=True,
        postgresql_where=text("valid_to IS NULL"),
    ),
)

column_mapping = Table(
    "column_mapping",
    METADATA,
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("headers", CHAR(64), nullable=False),
    Column("columns", JSONB, nullable=False),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    PrimaryKeyConstraint("commune", "kind", "headers"),
)
