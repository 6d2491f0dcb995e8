"""What a merge leaves: crosswalk, moves, proposals.

Part of the declared schema: what the migrations must lead to.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    CHAR,
    DOUBLE_PRECISION,
    BigInteger,
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
from sqlalchemy.dialects.postgresql import JSONB, UUID

from cadastre.store.schema.columns import METADATA, Moment, display, shape

crosswalk = Table(
    "crosswalk",
    METADATA,
    Column("crosswalk_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("former_commune", CHAR(5), nullable=False),
    Column("map_set", Text, nullable=False, server_default=""),
    Column("scale", Integer, nullable=False),
    Column("former_sheet", Text, nullable=False),
    Column("former_parcel", Text, nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("sheet", Integer, nullable=False),
    Column("parcel", Text, nullable=False),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    Index(
        "crosswalk_old",
        "commune",
        "former_sheet",
        "former_parcel",
        postgresql_where=text("valid_to IS NULL"),
    ),
    Index("crosswalk_parcel", "commune", "parcel_uid"),
    Index(
        "crosswalk_typed",
        "commune",
        text("lower(ltrim(former_parcel, '0'))"),
        text("lower(ltrim(former_sheet, '0'))"),
        postgresql_where=text("valid_to IS NULL"),
    ),
)

merge_run = Table(
    "merge_run",
    METADATA,
    Column("run_id", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Column("summary", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("shifts", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
)

parcel_move = Table(
    "parcel_move",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("run_id", UUID, ForeignKey("cadastre.merge_run.run_id"), nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("max_move_m", DOUBLE_PRECISION, nullable=False),
    Column("area_before_m2", DOUBLE_PRECISION, nullable=False),
    Column("area_after_m2", DOUBLE_PRECISION, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("commune", "run_id", "parcel_uid"),
)

proposal = Table(
    "proposal",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("proposal_id", UUID, nullable=False),
    Column("run_id", UUID, ForeignKey("cadastre.merge_run.run_id")),
    Column("kind", Text, nullable=False),
    Column("parcel_uids", ARRAY(UUID), nullable=False),
    Column("max_move_m", DOUBLE_PRECISION, nullable=False),
    Column("area_change_m2", DOUBLE_PRECISION, nullable=False),
    Column("geometry", shape()),
    Column("display", display()),
    Column("status", Text, nullable=False, server_default="open"),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    Column("row_version", Integer, nullable=False, server_default=text("1")),
    Column("moment", Text, nullable=False, server_default="merge"),
    Column("parameters", JSONB),
    PrimaryKeyConstraint("commune", "proposal_id"),
    CheckConstraint("status IN ('open', 'accepted', 'rejected', 'withdrawn')"),
    CheckConstraint("moment IN ('merge', 'reconcile')"),
)
