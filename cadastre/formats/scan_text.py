"""Words of a scan without a text layer, recognised optically by Tesseract in Vietnamese.

Tesseract (Debian ``tesseract-ocr`` and ``tesseract-ocr-vie``) and ``pdftoppm`` of poppler are
programs of their own, asked for by name: a service without them keeps the scan and says that it
was not read. A scan comes from outside, so each page is a process with limits of memory and
time, and a picture of any size is drawn no larger than a page of paper needs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cadastre.errors import CadastreError

MOST_CHARACTERS = 50_000
MOST_PAGES = 20
_LANGUAGE = "vie"
#: Long side of a drawn page, pixels: 220 per inch on A4, enough for typed 12-point letters.
_LONG_SIDE = 2600
_MOST_SECONDS = 120
_MOST_BYTES = 2_000_000_000
#: Limits first, then the program in the same process.
_LIMITED = f"""
import os, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({_MOST_SECONDS}, {_MOST_SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, ({_MOST_BYTES}, {_MOST_BYTES}))
os.execvp(sys.argv[1], sys.argv[1:])
"""


class ScanNotRead(CadastreError):
    """The scan could not be read: the program is missing or the file is damaged."""

    message_vi = "Không đọc được chữ trên bản chụp: chưa cài chương trình nhận dạng hoặc tệp hỏng."


@lru_cache(maxsize=1)
def recogniser() -> str | None:
    """Return where Tesseract is, or None when it or its Vietnamese is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    told = subprocess.run(  # noqa: S603 - the program found by name, fixed arguments
        [program, "--list-langs"], capture_output=True, text=True, check=False
    )
    return program if _LANGUAGE in told.stdout.split() else None


def scan_words(
    content: bytes,
    media_type: str,
    *,
    progress: Callable[[float, str], None] = lambda share, stage: None,
) -> str:
    """Return the words of a picture, or of the pages of a PDF, with single spaces.

    Parameters
    ----------
    content : JPEG or PDF; of a PDF the first :data:`MOST_PAGES` pages are read
    media_type : "image/jpeg" or "application/pdf"
    progress : told the share that is done and the stage

    Raises
    ------
    ScanNotRead
        Tesseract (or, for a PDF, pdftoppm) is not installed, or the file cannot be drawn.
    """
    program = recogniser()
    if program is None:
        raise ScanNotRead()
    with TemporaryDirectory(prefix="cadastre-scan-") as folder:
        given = Path(folder) / ("scan.pdf" if media_type == "application/pdf" else "scan.jpg")
        given.write_bytes(content)
        pages = _pages(given) if given.suffix == ".pdf" else [given]
        found: list[str] = []
        for position, page in enumerate(pages):
            progress(position / len(pages), "read_scan")
            found += _words_of(program, page)
            if sum(map(len, found)) > MOST_CHARACTERS:
                break
    return " ".join(found)[:MOST_CHARACTERS]


def _pages(path: Path) -> Sequence[Path]:
    """Pictures of the pages of a PDF, in order."""
    drawer = shutil.which("pdftoppm")
    if drawer is None:
        raise ScanNotRead()
    size, last = str(_LONG_SIDE), str(MOST_PAGES)
    _run([drawer, "-gray", "-scale-to", size, "-l", last, str(path), str(path.with_name("page"))])
    pages = sorted(path.parent.glob("page-*.pgm"))
    if not pages:
        raise ScanNotRead()
    return pages


def _words_of(program: str, page: Path) -> list[str]:
    # Page segmentation 1 turns a page that lies on its side before it is read.
    asked = [program, str(page), "stdout", "-l", _LANGUAGE, "--psm", "1"]
    return _run(asked).split()


def _run(command: Sequence[str]) -> str:
    """Return what a program says, run with limits; refused when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - found by name; the file's own name is ours
            [sys.executable, "-I", "-c", _LIMITED, *command],
            capture_output=True,
            timeout=2 * _MOST_SECONDS,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired as late:
        raise ScanNotRead() from late
    if done.returncode != 0:
        raise ScanNotRead(done.stderr.decode("utf-8", "replace").strip()[-300:])
    return done.stdout.decode("utf-8", "replace")
