"""Mismatches, the decisions on them, and remarks drawn on the map.

Part of the declared schema: what the migrations must lead to.
"""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    DOUBLE_PRECISION,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from cadastre.store.schema.columns import METADATA, Moment, display, shape

mismatch = Table(
    "mismatch",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("mismatch_id", UUID, nullable=False),
    Column("moment", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("parcel_uid", UUID),
    Column("other_parcel_uid", UUID),
    Column("measured_uid", UUID),
    Column("survey_uid", UUID),
    Column("sheet", Text),
    Column("measured", DOUBLE_PRECISION),
    Column("allowed", DOUBLE_PRECISION),
    Column("unit", Text, nullable=False, server_default=""),
    Column("rule", Text, nullable=False),
    Column("geometry", shape()),
    Column("display", display()),
    Column("message_vi", Text, nullable=False),
    Column("message_en", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="open"),
    Column("decision", Text),
    Column("opened_at", Moment, nullable=False, server_default=text("now()")),
    Column("closed_at", Moment),
    Column("opened_by", BigInteger, nullable=False),
    Column("closed_by", BigInteger),
    Column("row_version", Integer, nullable=False, server_default=text("1")),
    PrimaryKeyConstraint("commune", "mismatch_id"),
    CheckConstraint("moment IN ('import', 'landbook', 'merge', 'survey', 'reconcile')"),
    CheckConstraint("severity IN ('blocking', 'warning', 'info')"),
    CheckConstraint("status IN ('open', 'decided', 'closed')"),
    Index("mismatch_parcel", "commune", "parcel_uid", postgresql_where=text("status = 'open'")),
    Index(
        "mismatch_other", "commune", "other_parcel_uid", postgresql_where=text("status = 'open'")
    ),
    Index("mismatch_queue", "commune", "status", "severity", "code"),
    Index("mismatch_display", "display", postgresql_using="gist"),
    postgresql_partition_by="LIST (commune)",
)

mismatch_decision = Table(
    "mismatch_decision",
    METADATA,
    Column("decision_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("mismatch_id", UUID, nullable=False),
    Column("decision", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("actor", Text, nullable=False),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Column("measured", DOUBLE_PRECISION),
    Column("allowed", DOUBLE_PRECISION),
    Column("clears", Boolean, nullable=False),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("ended_at", Moment),
    Column("ended_why", Text),
    Column("ended_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    CheckConstraint("ended_why IN ('undone', 'replaced', 'lapsed', 'reopened')"),
    Index(
        "mismatch_decision_current",
        "commune",
        "mismatch_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
)

remark = Table(
    "remark",
    METADATA,
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("remark_id", UUID, nullable=False),
    Column("text", Text, nullable=False),
    Column("parcel_uid", UUID),
    Column("geometry", shape(), nullable=False),
    Column("display", display(), nullable=False),
    Column("author", Text, nullable=False),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    PrimaryKeyConstraint("commune", "remark_id"),
    CheckConstraint("char_length(text) BETWEEN 1 AND 2000"),
    Index("remark_current", "commune", "valid_from", postgresql_where=text("valid_to IS NULL")),
)
