"""Public postings with the land that they are about."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    script = Path(__file__).parent.joinpath("0010_postings.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(script)
