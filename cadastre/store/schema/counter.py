"""What the counter keeps beside a dossier: external codes, hand-overs, delegations, words.

The catalogue of procedures stands here too. Part of the declared schema: what the
migrations must lead to.
"""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR, UUID

from cadastre.store.schema.columns import METADATA, Moment

_NOW = text("now()")

external_code = Table(
    "external_code",
    METADATA,
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("system", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("dossier_uid", UUID, ForeignKey("cadastre.dossier.dossier_uid"), nullable=False),
    Column("recorded_at", Moment, nullable=False, server_default=_NOW),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    PrimaryKeyConstraint("system", "code", name="external_code_once"),
    Index("external_code_dossier", "dossier_uid", "system", unique=True),
)

hand_over = Table(
    "hand_over",
    METADATA,
    Column("hand_over_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("dossier_uid", UUID, ForeignKey("cadastre.dossier.dossier_uid"), nullable=False),
    Column("from_step", Text),
    Column("to_step", Text),
    Column("given_by", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("scanned_by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("due_on", Date),
    Column("outcome", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    CheckConstraint("outcome IN ('early', 'on_time', 'overdue')"),
    Index("hand_over_dossier", "dossier_uid", "at"),
)

delegation = Table(
    "delegation",
    METADATA,
    Column("delegation_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("given_by", Text, nullable=False),
    Column("taken_by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("ended_on", Date),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    CheckConstraint("ends_on >= starts_on"),
    CheckConstraint("given_by <> taken_by"),
    Index("delegation_taker", "commune", "taken_by"),
)

catalogue_entry = Table(
    "catalogue_entry",
    METADATA,
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("field", Text, nullable=False, server_default=""),
    Column("online", Boolean, nullable=False),
    Column("days", Numeric(6, 2)),
    Column("time_limit", Text, nullable=False, server_default=""),
    Column("fee", Text, nullable=False, server_default=""),
    Column("documents", Text, nullable=False, server_default=""),
    Column("instructions", Text, nullable=False, server_default=""),
    Column("basis", Text, nullable=False, server_default=""),
    Column("profile", Text),
    Column("words", Text, nullable=False),
    Column("valid_from", Moment, nullable=False, server_default=_NOW),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    PrimaryKeyConstraint("commune", "code", "valid_from"),
    Index(
        "catalogue_entry_current",
        "commune",
        "code",
        unique=True,
        postgresql_where=text("valid_to IS NULL"),
    ),
)

document_words = Table(
    "document_words",
    METADATA,
    Column(
        "document_uid", UUID, ForeignKey("cadastre.dossier_document.document_uid"), primary_key=True
    ),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("words", Text, nullable=False),
    Column(
        "searched",
        TSVECTOR,
        Computed("to_tsvector('simple'::regconfig, words)", persisted=True),
    ),
    Column("reading", Text, nullable=False, server_default="none"),
    CheckConstraint("reading IN ('none', 'text', 'waiting', 'recognised', 'unread')"),
    Index("document_words_searched", "searched", postgresql_using="gin"),
    Index(
        "document_words_to_read",
        "commune",
        postgresql_where=text("reading IN ('waiting', 'unread')"),
    ),
)
