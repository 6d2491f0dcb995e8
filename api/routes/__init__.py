"""The routes of the programming interface, one module per resource."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import router as auth
from api.routes import (
    accounts,
    adoptions,
    certificates,
    communes,
    counter,
    dossiers,
    jobs,
    lookup,
    merges,
    mismatches,
    parcels,
    postings,
    procedures,
    remarks,
    signatures,
    stationery,
    statistics,
    surveys,
    tiles,
    views,
)

#: In the order in which the documentation lists them.
ROUTERS: tuple[APIRouter, ...] = (
    auth,
    accounts.router,
    communes.router,
    merges.router,
    jobs.router,
    parcels.router,
    lookup.router,
    mismatches.router,
    adoptions.router,
    surveys.router,
    dossiers.router,
    postings.router,
    counter.router,
    signatures.router,
    procedures.router,
    certificates.router,
    stationery.router,
    statistics.router,
    tiles.router,
    views.router,
    remarks.router,
)
