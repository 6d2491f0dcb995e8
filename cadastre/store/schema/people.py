"""Parties, land book records, rights and purposes; personal data.

Part of the declared schema: what the migrations must lead to.
"""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    DOUBLE_PRECISION,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from cadastre.store.schema.columns import METADATA, Moment

party = Table(
    "party",
    METADATA,
    Column("party_uid", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("kind", Text, nullable=False, server_default="person"),
    Column("name", Text, nullable=False),
    Column("name_search", Text, nullable=False),
    Column("id_number", Text),
    Column("birth_date", Date),
    Column("gender", Text),
    Column("address", Text),
    Column("phone", Text),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    CheckConstraint("kind IN ('person', 'household', 'couple', 'community', 'organisation')"),
    Index(
        "party_name", "commune", "name_search", postgresql_ops={"name_search": "text_pattern_ops"}
    ),
    Index("party_id_number", "commune", "id_number"),
)

landbook_record = Table(
    "landbook_record",
    METADATA,
    Column("record_uid", UUID, primary_key=True),
    Column("commune", CHAR(5), ForeignKey("cadastre.commune.code"), nullable=False),
    Column("source_id", UUID, ForeignKey("cadastre.source.source_id"), nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("former_commune", CHAR(5), nullable=False),
    Column("map_set", Text, nullable=False, server_default=""),
    Column("scale", Integer),
    Column("former_sheet", Text, nullable=False),
    Column("former_parcel", Text, nullable=False),
    Column("parcel_uid", UUID),
    Column("register_area_m2", DOUBLE_PRECISION),
    Column("address", Text),
    Column("certificate_serial", Text),
    Column("book_number", Text),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    Index(
        "landbook_record_parcel", "commune", "parcel_uid", postgresql_where=text("valid_to IS NULL")
    ),
    Index("landbook_record_serial", "commune", "certificate_serial"),
    Index(
        "landbook_record_old",
        "commune",
        "former_sheet",
        "former_parcel",
        postgresql_where=text("valid_to IS NULL"),
    ),
)

parcel_right = Table(
    "parcel_right",
    METADATA,
    Column("right_uid", UUID, primary_key=True),
    Column("commune", CHAR(5), nullable=False),
    Column("parcel_uid", UUID),
    Column("record_uid", UUID, ForeignKey("cadastre.landbook_record.record_uid")),
    Column("party_uid", UUID, ForeignKey("cadastre.party.party_uid"), nullable=False),
    Column("share_numerator", BigInteger, nullable=False, server_default=text("1")),
    Column("share_denominator", BigInteger, nullable=False, server_default=text("1")),
    Column("role", Text, nullable=False, server_default="user"),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    CheckConstraint("share_denominator > 0"),
    Index(
        "parcel_right_parcel", "commune", "parcel_uid", postgresql_where=text("valid_to IS NULL")
    ),
)

parcel_purpose = Table(
    "parcel_purpose",
    METADATA,
    Column("commune", CHAR(5), nullable=False),
    Column("parcel_uid", UUID, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("land_use", Text, nullable=False),
    Column("area_m2", DOUBLE_PRECISION),
    Column("origin", Text),
    Column("term", Text),
    Column("valid_from", Moment, nullable=False, server_default=text("now()")),
    Column("valid_to", Moment),
    Column("opened_by", BigInteger, ForeignKey("cadastre.event.event_id"), nullable=False),
    Column("closed_by", BigInteger, ForeignKey("cadastre.event.event_id")),
    PrimaryKeyConstraint("commune", "parcel_uid", "ordinal", "valid_from"),
)
