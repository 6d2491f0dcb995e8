"""The map: sheet areas, vector tiles, indexes of the look-ups."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    script = Path(__file__).parent.joinpath("0002_map.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(script)
