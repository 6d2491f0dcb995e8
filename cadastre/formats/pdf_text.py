"""Words of a PDF's text layer, read in a process of its own with limits.

A scan comes from outside: a file made to exhaust memory or time must not reach the service.
Pictures have no text layer and give no words; :mod:`cadastre.formats.scan_text` reads those.
"""

from __future__ import annotations

import subprocess
import sys

MOST_CHARACTERS = 50_000
_MOST_SECONDS = 10
_MOST_BYTES = 1_000_000_000
_MOST_PAGES = 60
_PROGRAM = f"""
import io, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({_MOST_SECONDS}, {_MOST_SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, ({_MOST_BYTES}, {_MOST_BYTES}))
from pypdf import PdfReader
left = {MOST_CHARACTERS}
for page in PdfReader(io.BytesIO(sys.stdin.buffer.read())).pages[:{_MOST_PAGES}]:
    text = page.extract_text()[:left]
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\\n")
    left -= len(text)
    if left <= 0:
        break
"""


def pdf_words(content: bytes) -> str:
    """Return the text layer of a PDF; empty when it has none or cannot be read.

    >>> pdf_words(b"%PDF-1.7 and nothing else")
    ''
    """
    try:
        # The program is fixed; the file goes in as bytes, never as an argument.
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-W", "ignore", "-c", _PROGRAM],
            input=content,
            capture_output=True,
            timeout=2 * _MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    if done.returncode != 0:
        return ""
    return " ".join(done.stdout.decode("utf-8", "replace").split())
