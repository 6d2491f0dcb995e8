"""Bar codes and QR codes as SVG in millimetres: Code 128 (ISO/IEC 15417), QR (ISO/IEC 18004).

A dossier's code may be printed as a bar code and a QR beside the text (TT 01/2018/TT-VPCP
Art 19); a certificate carries a QR of its content (TT 10/2024/TT-BTNMT Art 29). Both are
drawn as exact vector bars with their quiet zones, so a print at true size can be scanned.
"""

from __future__ import annotations

from functools import lru_cache

import barcode
import numpy as np
import zxingcpp

from cadastre.errors import CadastreError

#: Modules of empty paper that the standards ask for beside the bars and around the QR.
CODE128_QUIET_MODULES = 10
QR_QUIET_MODULES = 4


class CodeTooLong(CadastreError):
    """The text does not fit into this code."""

    message_vi = "Nội dung quá dài, không in được thành mã."


class CodeUnprintable(CadastreError):
    """Code 128 holds only the 95 printable ASCII characters."""

    message_vi = "Mã vạch Code 128 chỉ chứa chữ cái không dấu, chữ số và dấu ASCII."


def code128_svg(text: str, *, module_mm: float = 0.3, height_mm: float = 12.0) -> str:
    """Return the Code 128 bars of ``text``, without the text itself.

    Parameters
    ----------
    text : printable ASCII
    module_mm : width of the narrowest bar
    height_mm : height of the bars

    Raises
    ------
    CodeUnprintable
        When the text is empty or has another character, such as an accented letter.

    >>> code128_svg("H32-260305-0001").startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    True
    """
    if not text or any(not 32 <= ord(letter) < 127 for letter in text):
        raise CodeUnprintable(f"{text!r}.", text=text)
    modules = barcode.get("code128", text).build()[0]
    width = (len(modules) + 2 * CODE128_QUIET_MODULES) * module_mm
    bars = [
        f"M{(CODE128_QUIET_MODULES + start) * module_mm:.3f} 0h{length * module_mm:.3f}"
        f"v{height_mm:g}h-{length * module_mm:.3f}z"
        for start, length in _runs(modules)
    ]
    return _svg(width, height_mm, "".join(bars))


def qr_svg(text: str, *, size_mm: float = 25.0, error: str = "m", version: int = 40) -> str:
    """Return the QR of ``text`` (UTF-8), ``size_mm`` wide with its quiet zone.

    Parameters
    ----------
    text : any text
    size_mm : width and height on paper
    error : level of error correction, ``l``, ``m``, ``q`` or ``h``; raised for free where it fits
    version : largest version allowed, 1 to 40; it bounds how fine the modules become

    Raises
    ------
    CodeTooLong
        When the text needs a larger version.
    """
    matrix = _qr(text, error, version)
    count = len(matrix)
    module = size_mm / (count + 2 * QR_QUIET_MODULES)
    squares = []
    for y, row in enumerate(matrix):
        for start, length in _runs(row):
            squares.append(
                f"M{(start + QR_QUIET_MODULES) * module:.4f} {(y + QR_QUIET_MODULES) * module:.4f}"
                f"h{length * module:.4f}v{module:.4f}h-{length * module:.4f}z"
            )
    return _svg(size_mm, size_mm, "".join(squares))


def qr_fits(text: str, *, error: str = "m", version: int = 40) -> bool:
    """Say whether the text fits into a QR of at most this version.

    >>> qr_fits("a" * 50, version=5), qr_fits("a" * 500, version=5)
    (True, False)
    """
    try:
        _qr(text, error, version)
    except CodeTooLong:
        return False
    return True


@lru_cache(maxsize=32)
def _qr(text: str, error: str, version: int) -> tuple[str, ...]:
    """Rows of the smallest QR, dark modules as "1"; a better correction that costs no size."""
    rows = _encoded(text, error)
    needed = (len(rows) - 17) // 4
    if needed > version:
        raise CodeTooLong(f"Version {needed} is needed.", version=needed)
    for better in "hqm"[: "hqml".index(error)]:
        try:
            raised = _encoded(text, better)
        except CodeTooLong:
            continue
        if len(raised) == len(rows):
            return raised
    return rows


def _encoded(text: str, error: str) -> tuple[str, ...]:
    try:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=error.upper())
    except ValueError as overflow:
        raise CodeTooLong(f"{len(text.encode())} bytes.", bytes=len(text.encode())) from overflow
    drawn = np.asarray(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))
    return tuple(row.tobytes().decode("ascii") for row in np.where(drawn < 128, b"1", b"0"))


def _runs(modules: str) -> list[tuple[int, int]]:
    """(start, length) of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    start = None
    for index, module in enumerate(modules + "0"):
        if module == "1" and start is None:
            start = index
        elif module != "1" and start is not None:
            runs.append((start, index - start))
            start = None
    return runs


def _svg(width: float, height: float, path: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.3f}mm" height="{height:.3f}mm" '
        f'viewBox="0 0 {width:.3f} {height:.3f}" shape-rendering="crispEdges">'
        f'<rect width="100%" height="100%" fill="#ffffff"/><path fill="#000000" d="{path}"/></svg>'
    )
