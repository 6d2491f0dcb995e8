"""Accounts, sessions, request keys, outgoing events, long work.

Part of the declared schema: what the migrations must lead to.
"""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    CHAR,
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
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

from cadastre.store.schema.columns import METADATA, Moment

account = Table(
    "account",
    METADATA,
    Column("account_uid", UUID, primary_key=True),
    Column("username", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("communes", ARRAY(CHAR(5)), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    CheckConstraint("role IN ('officer', 'surveyor', 'registrar', 'chair', 'manager', 'admin')"),
    UniqueConstraint("username", name="account_username"),
)

session = Table(
    "session",
    METADATA,
    Column("token_hash", CHAR(64), primary_key=True),
    Column("account_uid", UUID, ForeignKey("cadastre.account.account_uid"), nullable=False),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

idempotency = Table(
    "idempotency",
    METADATA,
    Column("actor", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("request_hash", CHAR(64), nullable=False),
    Column("status", Integer),
    Column("response", JSONB),
    Column("at", Moment, nullable=False, server_default=text("now()")),
    PrimaryKeyConstraint("actor", "key"),
)

printer = Table(
    "printer",
    METADATA,
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("name", Text, nullable=False),
    Column("right_mm", Numeric(4, 1), nullable=False),
    Column("down_mm", Numeric(4, 1), nullable=False),
    Column("event_id", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    PrimaryKeyConstraint("commune", "name"),
    CheckConstraint("abs(right_mm) <= 20 AND abs(down_mm) <= 20", name="printer_offset"),
)

outbox = Table(
    "outbox",
    METADATA,
    Column("outbox_id", BigInteger, Identity(always=True), primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("delivered_at", Moment),
)

job = Table(
    "job",
    METADATA,
    Column("job_id", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text),
    Column("status", Text, nullable=False, server_default="queued"),
    Column("progress", REAL, nullable=False, server_default=text("0")),
    Column("stage", Text, nullable=False, server_default=""),
    Column("arguments", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("result", JSONB),
    Column("problem", JSONB),
    Column("actor", Text, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=text("now()")),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    CheckConstraint("status IN ('queued', 'running', 'done', 'failed')"),
    Index("job_commune", "commune", text("created_at DESC")),
)
