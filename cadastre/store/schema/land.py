"""Communes, sheets as delivered, and the merged parcel map in versions; events and audit.

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
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from cadastre.store.schema.columns import METADATA, Moment, display, outline, shape

commune = Table(
    "commune",
    METADATA,
    Column("code", CHAR(5), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("province", Text, nullable=False),
    Column("srid", Integer, nullable=False),
    Column("mountain", Boolean, nullable=False, server_default=text("false")),
    Column("outline", outline()),
    Column("valid_from", Date, nullable=False),
    Column("row_version", Integer, nullable=False, server_default=text("1")),
)

former_commune = Table(
    "former_commune",
    METADATA,
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("code", CHAR(5), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("seat", Boolean, nullable=False, server_default=text("false")),
    Column("ordinal", Integer, nullable=False),
    PrimaryKeyConstraint("commune", "code"),
    UniqueConstraint("commune", "ordinal"),
)

event = Table(
    "event",
    METADATA,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True),
    Column(
        "commune",
        CHAR(5),
        ForeignKey("cadastre.commune.code", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("verb", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Column("subject", Text),
    Column("details", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Index("event_commune_at", "commune", "at"),
)

audit = Table(
    "audit",
    METADATA,
    Column("audit_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("event_id", BigInteger),
    Column("at", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("db_user", Text, nullable=False, server_default=text("SESSION_USER")),
    Column("actor", Text),
    Column("table_name", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("before", JSONB),
    Column("after", JSONB),
    Index("audit_event", "event_id"),
)

source = Table(
    "source",
    METADATA,
    Column("source_id", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", CHAR(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False, server_default="application/octet-stream"),
    Column("received_at", Moment, nullable=False, server_default=text("now()")),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    CheckConstraint("kind IN ('sheet', 'survey', 'landbook', 'scan', 'document', 'outline')"),
    UniqueConstraint("commune", "kind", "sha256", "name"),
)

sheet = Table(
    "sheet",
    METADATA,
    Column("sheet_uid", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("former_commune", CHAR(5), nullable=False),
    Column("map_set", Text, nullable=False, server_default=""),
    Column("scale", Integer, nullable=False),
    Column("former_sheet", Text, nullable=False),
    Column("sheet", Integer),
    Column("surveyed_on", Date),
    Column("source_id", UUID, ForeignKey("cadastre.source.source_id")),
    Column("medium", Text, nullable=False, server_default="digital"),
    Column("declared_crs", Text),
    Column("srid", Integer),
    Column("report", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("row_version", Integer, nullable=False, server_default=text("1")),
    CheckConstraint("medium IN ('digital', 'paper')"),
    UniqueConstraint(
        "commune", "former_commune", "map_set", "scale", "former_sheet", name="sheet_former_number"
    ),
    UniqueConstraint("commune", "sheet", name="sheet_number"),
    ForeignKeyConstraint(
        ["commune", "former_commune"],
        ["cadastre.former_commune.commune", "cadastre.former_commune.code"],
    ),
)

sheet_parcel = Table(
    "sheet_parcel",
    METADATA,
    Column("sheet_parcel_uid", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("sheet_uid", UUID, ForeignKey("cadastre.sheet.sheet_uid"), nullable=False),
    Column("record", Integer, nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("former_commune", CHAR(5), nullable=False),
    Column("map_set", Text, nullable=False, server_default=""),
    Column("former_sheet", Text, nullable=False),
    Column("former_parcel", Text),
    Column("scale", Integer, nullable=False),
    Column("surveyed_on", Date),
    Column("land_use", Text),
    Column("printed_area_m2", DOUBLE_PRECISION),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("geometry", shape(), nullable=False),
    Column("display", display(), nullable=False),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    Index("sheet_parcel_sheet", "commune", "sheet_uid", postgresql_where=text("valid_to IS NULL")),
    Index(
        "sheet_parcel_current",
        "commune",
        "parcel_uid",
        unique=True,
        postgresql_where=text("valid_to IS NULL"),
    ),
    Index("sheet_parcel_display", "display", postgresql_using="gist"),
)

sheet_person = Table(
    "sheet_person",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column(
        "sheet_parcel_uid",
        BigInteger,
        ForeignKey("cadastre.sheet_parcel.sheet_parcel_uid"),
        primary_key=True,
    ),
    Column("attributes", JSONB, nullable=False),
)

parcel = Table(
    "parcel",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sheet", Integer, nullable=False),
    Column("parcel", Text, nullable=False),
    Column("former_commune", CHAR(5), nullable=False),
    Column("map_set", Text, nullable=False, server_default=""),
    Column("former_sheet", Text, nullable=False),
    Column("former_parcel", Text),
    Column("scale", Integer, nullable=False),
    Column("surveyed_on", Date),
    Column("source_id", UUID),
    Column("land_use", Text),
    Column("printed_area_m2", DOUBLE_PRECISION),
    Column("register_area_m2", DOUBLE_PRECISION),
    Column("area_m2", DOUBLE_PRECISION, nullable=False),
    Column("origin", Text, nullable=False, server_default="merge"),
    Column("geometry", shape(), nullable=False),
    Column("display", display(), nullable=False),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, nullable=False),
    Column("closed_by", BigInteger),
    PrimaryKeyConstraint("commune", "parcel_uid", "version"),
    CheckConstraint("origin IN ('merge', 'survey', 'undo', 'correction')"),
    Index(
        "parcel_current",
        "commune",
        "parcel_uid",
        unique=True,
        postgresql_where=text("valid_to IS NULL"),
    ),
    Index("parcel_number", "commune", "sheet", "parcel", postgresql_where=text("valid_to IS NULL")),
    Index(
        "parcel_geometry",
        "geometry",
        postgresql_using="gist",
        postgresql_where=text("valid_to IS NULL"),
    ),
    Index(
        "parcel_display",
        "display",
        postgresql_using="gist",
        postgresql_where=text("valid_to IS NULL"),
    ),
    Index("parcel_opened", "commune", "opened_by"),
    Index("parcel_closed", "commune", "closed_by", postgresql_where=text("closed_by IS NOT NULL")),
    Index(
        "parcel_typed",
        "commune",
        "sheet",
        text("lower(ltrim(parcel, '0'))"),
        postgresql_where=text("valid_to IS NULL"),
    ),
    postgresql_partition_by="LIST (commune)",
)

parcel_state = Table(
    "parcel_state",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("state", Text, nullable=False, server_default="clear"),
    Column("blocking", Integer, nullable=False, server_default=text("0")),
    Column("warning", Integer, nullable=False, server_default=text("0")),
    Column("info", Integer, nullable=False, server_default=text("0")),
    Column("measured", Boolean, nullable=False, server_default=text("false")),
    Column("dossier", Boolean, nullable=False, server_default=text("false")),
    Column("certified", Boolean, nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("commune", "parcel_uid"),
    CheckConstraint(
        "state IN ('clear', 'info', 'warning', 'blocking', 'measured', 'dossier', 'certified')"
    ),
)

parcel_identifier = Table(
    "parcel_identifier",
    METADATA,
    Column("identifier", CHAR(12), nullable=False),
    Column("commune", CHAR(5), nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("east", DOUBLE_PRECISION, nullable=False),
    Column("north", DOUBLE_PRECISION, nullable=False),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    PrimaryKeyConstraint("identifier", name="parcel_identifier_unique"),
    UniqueConstraint("commune", "parcel_uid", name="parcel_identifier_once"),
)

sheet_area = Table(
    "sheet_area",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("former_commune", CHAR(5), nullable=False),
    Column("map_set", Text, nullable=False, server_default=""),
    Column("scale", Integer, nullable=False),
    Column("former_sheet", Text, nullable=False),
    Column("sheet", Integer, nullable=False),
    Column("parcels", Integer, nullable=False),
    Column("display", display()),
    PrimaryKeyConstraint("commune", "former_commune", "map_set", "scale", "former_sheet"),
    Index("sheet_area_display", "display", postgresql_using="gist"),
)
