"""What the public sees of corrected certificates and of dossiers that pause or wait."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    script = (
        Path(__file__).parent.joinpath("0011_certificate_changes.sql").read_text(encoding="utf-8")
    )
    driver: Any = op.get_bind().connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(script)
