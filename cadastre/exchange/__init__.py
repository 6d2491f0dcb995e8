"""Records for other systems: parcels under national names, conversion tables."""

from cadastre.exchange.conversion_table import conversion_table
from cadastre.exchange.parcel_records import NATIONAL_NAMES, parcel_records

__all__ = ["NATIONAL_NAMES", "conversion_table", "parcel_records"]
