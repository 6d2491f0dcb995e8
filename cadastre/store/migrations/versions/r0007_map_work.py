"""Remarks on the map, sheets as delivered, the age of the source and dossiers in work."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    script = Path(__file__).parent.joinpath("0007_map_work.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(script)
