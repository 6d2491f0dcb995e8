"""The house: tables, guards, rights, the zones of VN-2000, the job queue."""

from pathlib import Path
from typing import Any

from alembic import op
from procrastinate.schema import SchemaManager

from cadastre.store.spatial_reference import add_zones

revision = "0001"
down_revision = None


def upgrade() -> None:
    driver: Any = op.get_bind().connection.driver_connection
    here = Path(__file__).parent
    with driver.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        add_zones(cursor)
        cursor.execute(here.joinpath("0001_house.sql").read_text(encoding="utf-8"))
        cursor.execute(here.joinpath("0001_guards.sql").read_text(encoding="utf-8"))
        cursor.execute(SchemaManager.get_schema())
        cursor.execute(here.joinpath("0001_queue_rights.sql").read_text(encoding="utf-8"))
