"""Measurements, and their comparison with the map.

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

from cadastre.store.schema.columns import METADATA, Moment, display, shape

survey = Table(
    "survey",
    METADATA,
    Column("survey_uid", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("label", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("source_id", UUID, ForeignKey("cadastre.source.source_id"), nullable=False),
    Column("srid", Integer, nullable=False),
    Column("surveyed_on", Date),
    Column("uploaded_by", Text, nullable=False),
    Column("report", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    Column("row_version", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("commune", "label", "version", name="survey_label_version"),
)

survey_point = Table(
    "survey_point",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("survey_uid", UUID, ForeignKey("cadastre.survey.survey_uid"), nullable=False),
    Column("point", Text, nullable=False),
    Column("east", DOUBLE_PRECISION, nullable=False),
    Column("north", DOUBLE_PRECISION, nullable=False),
    Column("height", DOUBLE_PRECISION),
    Column("sigma_m", DOUBLE_PRECISION, nullable=False),
    Column("code", Text),
    Column("row_number", Integer, nullable=False),
    PrimaryKeyConstraint("commune", "survey_uid", "row_number"),
)

measured_parcel = Table(
    "measured_parcel",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("measured_uid", UUID, nullable=False),
    Column("survey_uid", UUID, ForeignKey("cadastre.survey.survey_uid"), nullable=False),
    Column("label", Text),
    Column("sigma_m", DOUBLE_PRECISION, nullable=False),
    Column("area_m2", DOUBLE_PRECISION, nullable=False),
    Column("boundary_confirmed", Text),
    Column("geometry", shape(), nullable=False),
    Column("display", display(), nullable=False),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    PrimaryKeyConstraint("commune", "measured_uid"),
    Index("measured_parcel_display", "display", postgresql_using="gist"),
    Index("measured_parcel_survey", "commune", "survey_uid"),
)

reconciliation = Table(
    "reconciliation",
    METADATA,
    Column("reconciliation_id", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Column("summary", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("shifts", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
)

match = Table(
    "match",
    METADATA,
    Column("match_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column(
        "reconciliation_id",
        UUID,
        ForeignKey("cadastre.reconciliation.reconciliation_id"),
        nullable=False,
    ),
    Column("measured_uid", UUID),
    Column("parcel_uid", UUID),
    Column("relation", Text, nullable=False),
    Column("score", DOUBLE_PRECISION),
    Column("overlap_m2", DOUBLE_PRECISION),
    Column("iou", DOUBLE_PRECISION),
    Column("area_map_m2", DOUBLE_PRECISION),
    Column("area_measured_m2", DOUBLE_PRECISION),
    Column("register_area_m2", DOUBLE_PRECISION),
    Column("max_corner_m", DOUBLE_PRECISION),
    Column("hausdorff_m", DOUBLE_PRECISION),
    Column("boundary_geometry", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("current", Boolean, nullable=False, server_default=text("true")),
    CheckConstraint("relation IN ('same', 'part', 'whole', 'many', 'none')"),
    CheckConstraint("boundary_geometry IN ('within', 'beyond', 'undetermined')"),
    Index("match_parcel", "commune", "parcel_uid", postgresql_where=text("current")),
    Index("match_measured", "commune", "measured_uid", postgresql_where=text("current")),
)

corner = Table(
    "corner",
    METADATA,
    Column("corner_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column(
        "reconciliation_id",
        UUID,
        ForeignKey("cadastre.reconciliation.reconciliation_id"),
        nullable=False,
    ),
    Column("measured_uid", UUID, nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("corner", Integer, nullable=False),
    Column("map_e", DOUBLE_PRECISION),
    Column("map_n", DOUBLE_PRECISION),
    Column("measured_e", DOUBLE_PRECISION),
    Column("measured_n", DOUBLE_PRECISION),
    Column("de", DOUBLE_PRECISION),
    Column("dn", DOUBLE_PRECISION),
    Column("distance_m", DOUBLE_PRECISION),
    Column("allowed_m", DOUBLE_PRECISION),
    Column("significant", Boolean),
    Column("current", Boolean, nullable=False, server_default=text("true")),
    Index("corner_parcel", "commune", "parcel_uid", postgresql_where=text("current")),
)

boundary_description = Table(
    "boundary_description",
    METADATA,
    Column("description_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("confirmed", Text, nullable=False),
    Column("neighbours", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("signed_on", Date),
    Column("note", Text),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    CheckConstraint("confirmed IN ('unchanged', 'changed', 'disputed', 'not recorded')"),
    Index(
        "boundary_description_current",
        "commune",
        "parcel_uid",
        unique=True,
        postgresql_where=text("valid_to IS NULL"),
    ),
)
