"""Settings of the web process, from environment variables beginning with ``CADASTRE_``.

Where the data lies and which database is used is said by :mod:`cadastre.store.settings`;
this adds what only the counter needs.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from cadastre.store.settings import Settings

__all__ = ["Settings", "WebSettings"]


class WebSettings(BaseSettings):
    """How the counter answers; every value has a safe default for one office machine."""

    model_config = SettingsConfigDict(env_prefix="CADASTRE_", extra="ignore")

    #: Address to listen on; the default is this machine alone.
    host: str = "127.0.0.1"
    #: Send the session cookie over HTTPS only; switch on behind a TLS proxy.
    secure_cookie: bool = False
    #: Failed sign-ins per user name and address before it must wait, and for how long (s).
    sign_in_attempts: int = Field(default=5, ge=1)
    sign_in_window_s: float = Field(default=60.0, gt=0)
    #: Status look-ups without sign-in, per address and minute.
    kiosk_lookups_per_minute: int = Field(default=20, ge=1)
    #: Largest upload in bytes.
    upload_limit: int = 512 * 1024 * 1024
    #: Template of a raster base map, ``/tiles/{z}/{x}/{y}.png``; none is drawn without it.
    basemap_url: str = ""
    #: Folder of the installed browser assets.
    assets: Path = Path(__file__).resolve().parents[1] / "maps" / "assets"
    #: Collections of ``/ogc`` are the views of this schema.
    ogc_schema: str = "ogc"
