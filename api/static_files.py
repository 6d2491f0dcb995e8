"""Static files: revalidated or kept as told, and compressed once instead of at every request.

The map's library is a megabyte; compressing it for each person who opens the page takes
longer than everything else that the page is made of.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.types import Scope

_TEXT = (".css", ".js", ".svg")
_FROM_BYTES = 1024


class StaticFolder(StaticFiles):
    """A folder of static files with a given Cache-Control."""

    def __init__(self, *, directory: Path, cache: str) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._cache = cache
        self._packed: dict[str, tuple[int, int, bytes]] = {}

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return the file, compressed where the browser takes it and it is worth it."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = self._cache
        if isinstance(response, FileResponse) and _worth_packing(full_path, stat_result, scope):
            return self._compressed(str(full_path), stat_result, response)
        return response

    def _compressed(self, path: str, stat: os.stat_result, plain: FileResponse) -> Response:
        known = self._packed.get(path)
        if known is None or known[:2] != (stat.st_mtime_ns, stat.st_size):
            known = (stat.st_mtime_ns, stat.st_size, gzip.compress(Path(path).read_bytes(), 9))
            self._packed[path] = known
        kept: dict[str, Any] = {
            name: plain.headers[name] for name in ("cache-control", "etag", "last-modified")
        }
        headers = kept | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(known[2], media_type=plain.media_type, headers=headers)


def _worth_packing(path: str | os.PathLike[str], stat: os.stat_result, scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return (
        str(path).endswith(_TEXT)
        and stat.st_size >= _FROM_BYTES
        and scope["method"] == "GET"
        and "range" not in headers
        and "gzip" in headers.get("accept-encoding", "")
    )
