"""Map against ground: match, systematic shift, corners, areas, verdict, mismatches."""

from cadastre.reconcile.comparing import Reconciliation, reconcile

__all__ = ["Reconciliation", "reconcile"]
