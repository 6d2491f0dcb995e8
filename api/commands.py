"""``cadastre serve``: the web server alone, on the address and port of the settings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from api.settings import Settings, WebSettings


def serve(arguments: Sequence[str]) -> int:
    """Serve until stopped; return 0 then."""
    import uvicorn

    from api.app import create_app

    settings, web = Settings(), WebSettings()
    parser = argparse.ArgumentParser(prog="cadastre serve", description=__doc__)
    parser.add_argument("--host", default=web.host)
    parser.add_argument("--port", type=int, default=settings.port)
    chosen = parser.parse_args(list(arguments))
    uvicorn.run(
        create_app(settings, web),
        host=chosen.host,
        port=chosen.port,
        log_level="warning",
        timeout_graceful_shutdown=3,
        server_header=False,
        proxy_headers=False,
    )
    return 0
