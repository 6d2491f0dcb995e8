"""Printed papers before a camera: frames as a phone takes them, in the file that chromium shows.

``--use-file-for-fake-video-capture`` plays a YUV4MPEG2 file as the picture of the camera. The
paper is the PDF of the service drawn by poppler; it is turned, tilted, out of focus, unevenly
lit and noisy.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from scipy import ndimage

Picture = NDArray[np.uint8]
_DPI = 300
_TABLE = 110
_FPS = 10


@dataclass(frozen=True, slots=True)
class Printed:
    """A code on a page: where it stands in the drawn page, how wide it is and what it says."""

    page: Picture
    across: float
    down: float
    width: float
    text: str


def printed(pdf: bytes, folder: Path, kind: zxingcpp.BarcodeFormat) -> Printed:
    """Draw the first page of a paper and find its code with a reader of another make."""
    subprocess.run(
        ["pdftoppm", "-gray", "-r", str(_DPI), "-l", "1", "-singlefile", "-", str(folder / "page")],
        input=pdf,
        check=True,
    )
    head, size, _, body = (folder / "page.pgm").read_bytes().split(b"\n", 3)
    assert head == b"P5"
    width, height = map(int, size.split())
    page = np.frombuffer(body, np.uint8, width * height).reshape(height, width)
    return located(page, kind)


def located(page: Picture, kind: zxingcpp.BarcodeFormat) -> Printed:
    """Find the one code of a kind in a picture."""
    (found,) = zxingcpp.read_barcodes(page, formats=kind)
    at = found.position
    corners = np.array(
        [(p.x, p.y) for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
    )
    (left, top), (right, bottom) = corners.min(0), corners.max(0)
    return Printed(page, (left + right) / 2, (top + bottom) / 2, float(right - left), found.text)


def photograph(
    code: Printed,
    *,
    share: float,
    angle_deg: float = 4.0,
    tilt: float = 0.05,
    blur_px: float = 0.8,
    noise: float = 3.0,
    size: tuple[int, int] = (1280, 720),
) -> Picture:
    """Photograph a code.

    Parameters
    ----------
    share : width of the code in the picture, as a share of the picture's width
    angle_deg : how far the paper is turned
    tilt : how much farther the top of the paper is than its middle
    blur_px : standard deviation of the blur, in pixels of the picture
    noise : standard deviation of each pixel, of 255
    """
    width, height = size
    scale = code.width / share / width
    x = (np.arange(width) - width / 2)[None, :] * scale
    y = (np.arange(height) - height / 2)[:, None] * scale
    farther = 1 - tilt * 2 * y / (height * scale)
    x, y = x * farther, y * farther
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    page = ndimage.gaussian_filter(code.page.astype(np.float32), scale * max(blur_px, 0.4))
    seen = ndimage.map_coordinates(
        page,
        [x * sin + y * cos + code.down, x * cos - y * sin + code.across],
        order=1,
        mode="constant",
        cval=_TABLE,
    )
    light = np.linspace(0.55, 0.8, width)[None, :]
    grain = np.random.default_rng(7).normal(0, noise, (height, width))
    return np.clip(20 + seen * light + grain, 0, 255).astype(np.uint8)


def film(path: Path, *frames: Picture) -> None:
    """Write frames as a film that the browser plays again and again."""
    height, width = frames[0].shape
    colourless = np.full(width * height // 2, 128, np.uint8).tobytes()
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{_FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            file.write(b"FRAME\n" + frame.tobytes() + colourless)
