"""The comparison: sheets to be set right are proposals; a decision ends when its flag returns."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    script = Path(__file__).parent.joinpath("0012_comparison.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(script)
