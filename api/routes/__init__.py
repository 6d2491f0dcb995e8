"""The routes of the programming interface, one module per resource."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import router as auth

#: In the order in which the documentation lists them.
ROUTERS: tuple[APIRouter, ...] = (auth,)
