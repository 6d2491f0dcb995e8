"""Records for other systems: parcels under national names, conversion tables."""

from cadastre.exchange.conversion_table import both_ways, conversion_paper, conversion_table
from cadastre.exchange.parcel_records import NATIONAL_NAMES, parcel_records

__all__ = ["NATIONAL_NAMES", "both_ways", "conversion_paper", "conversion_table", "parcel_records"]
