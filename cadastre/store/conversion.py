"""The conversion table of a commune, old sheet to new sheet, from the numbers in force."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from cadastre.exchange import conversion_table
from cadastre.store.land_register import CommuneFacts, read_table


def read_conversion(connection: Connection, facts: CommuneFacts) -> pd.DataFrame:
    """Return the conversion table; sheets kept on paper only are in it without a new number."""
    return conversion_table(
        read_table(connection, "numbers_converted", commune=facts.code),
        {former.code: former.name for former in facts.former},
        paper=read_table(connection, "paper_sheets", commune=facts.code),
    )
