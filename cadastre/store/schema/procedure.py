"""Dossiers, their event logs and papers, certificates and the register.

Part of the declared schema: what the migrations must lead to.
"""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from cadastre.store.schema.columns import METADATA, Moment, shape

procedure_profile = Table(
    "procedure_profile",
    METADATA,
    Column("profile_hash", CHAR(64), primary_key=True),
    Column("procedure", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("first_seen", Moment, nullable=False, server_default=text("now()")),
)

dossier_counter = Table(
    "dossier_counter",
    METADATA,
    Column("unit", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("last", Integer, nullable=False),
    PrimaryKeyConstraint("unit", "day"),
)

dossier = Table(
    "dossier",
    METADATA,
    Column("dossier_uid", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("code", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column(
        "profile_hash",
        CHAR(64),
        ForeignKey("cadastre.procedure_profile.profile_hash"),
        nullable=False,
    ),
    Column("state", Text, nullable=False),
    Column("channel", Text, nullable=False, server_default="counter"),
    Column("parcel_uid", UUID),
    Column("lodged_at", Moment, nullable=False, server_default=text("now()")),
    Column("lodged_by", Text, nullable=False),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("due_on", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("closed_at", Moment),
    Column("row_version", Integer, nullable=False, server_default=text("1")),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("clock", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    CheckConstraint("channel IN ('counter', 'post', 'online')"),
    UniqueConstraint("code", name="dossier_code"),
    Index("dossier_parcel", "commune", "parcel_uid"),
    Index("dossier_state", "commune", "state"),
    Index("dossier_lodged", "commune", "lodged_at"),
)

dossier_event = Table(
    "dossier_event",
    METADATA,
    Column("dossier_event_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("dossier_uid", UUID, ForeignKey("cadastre.dossier.dossier_uid"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    Column("data", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    UniqueConstraint("dossier_uid", "ordinal"),
)

dossier_party = Table(
    "dossier_party",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("dossier_uid", UUID, ForeignKey("cadastre.dossier.dossier_uid"), nullable=False),
    Column("party_uid", UUID, ForeignKey("cadastre.party.party_uid"), nullable=False),
    Column("share_numerator", BigInteger, nullable=False, server_default=text("1")),
    Column("share_denominator", BigInteger, nullable=False, server_default=text("1")),
    Column("role", Text, nullable=False, server_default="applicant"),
    PrimaryKeyConstraint("dossier_uid", "party_uid"),
    CheckConstraint("share_denominator > 0"),
)

dossier_document = Table(
    "dossier_document",
    METADATA,
    Column("document_uid", UUID, primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("dossier_uid", UUID, ForeignKey("cadastre.dossier.dossier_uid"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("source_id", UUID, ForeignKey("cadastre.source.source_id")),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("signed_by", Text),
    Column("superseded", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    CheckConstraint("direction IN ('lodged', 'made')"),
    UniqueConstraint("dossier_uid", "kind", "version"),
)

objection = Table(
    "objection",
    METADATA,
    Column("objection_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("dossier_uid", UUID, ForeignKey("cadastre.dossier.dossier_uid"), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("made_at", Moment, nullable=False, server_default=text("now()")),
    Column("answer", Text),
    Column("answered_at", Moment),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
)

certificate_blank = Table(
    "certificate_blank",
    METADATA,
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("serial", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="free"),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("spoiled_for", Text),
    PrimaryKeyConstraint("serial", name="certificate_blank_serial"),
    CheckConstraint("serial ~ '^[A-Z]{2} [0-9]{8}$'"),
    CheckConstraint("status IN ('free', 'used', 'spoiled')"),
)

certificate = Table(
    "certificate",
    METADATA,
    Column("certificate_uid", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("number", Text, nullable=False),
    Column("serial", Text, ForeignKey("cadastre.certificate_blank.serial"), nullable=False),
    Column("token", Text, nullable=False),
    Column("dossier_uid", UUID, ForeignKey("cadastre.dossier.dossier_uid"), nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("parcel_version", Integer, nullable=False),
    Column("area_m2", Numeric(12, 1), nullable=False),
    Column("land_use", Text, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="in_force"),
    Column("outline", shape(), nullable=False),
    Column("holders", JSONB, nullable=False),
    Column("document_uid", UUID, ForeignKey("cadastre.dossier_document.document_uid")),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("row_version", Integer, nullable=False, server_default=text("1")),
    Column("supersedes", UUID, ForeignKey("cadastre.certificate.certificate_uid")),
    CheckConstraint("status IN ('in_force', 'superseded', 'cancelled')"),
    UniqueConstraint("commune", "number", name="certificate_number"),
    UniqueConstraint("serial", name="certificate_serial"),
    UniqueConstraint("token", name="certificate_token"),
    Index(
        "certificate_one_per_dossier",
        "dossier_uid",
        unique=True,
        postgresql_where=text("status = 'in_force'"),
    ),
    Index("certificate_parcel", "commune", "parcel_uid"),
)

register_entry = Table(
    "register_entry",
    METADATA,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("certificate_uid", UUID, ForeignKey("cadastre.certificate.certificate_uid")),
    Column("kind", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("entered_at", Moment, nullable=False, server_default=text("now()")),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
)
