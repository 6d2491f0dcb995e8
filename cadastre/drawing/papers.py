"""Papers from templates: typst to PDF/A-2b (ISO 19005-2), byte for byte repeatable.

A template reads its content with ``json(bytes(sys.inputs.data))`` and its pictures from the
same object under ``images``. Only the fonts inside typst are used (Libertinus Serif has all
Vietnamese letters), and the time in the file is the given one, so the same content gives
the same bytes on every machine. Who prints says whether it is a sample: a paper of a sample
carries :data:`SAMPLE_STAMP` on every page, so that it is never taken for a real one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import typst

from cadastre.errors import CadastreError

PDF_STANDARD: Final = "a-2b"
SAMPLE_STAMP: Final = "BẢN MẪU - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
#: What a paper says that nobody has signed yet; on a sample, both.
DRAFT_STAMP: Final = "DỰ THẢO - CHƯA KÝ, CHƯA CÓ GIÁ TRỊ PHÁP LÝ"
SAMPLE_DRAFT_STAMP: Final = f"DỰ THẢO, {SAMPLE_STAMP}"
_STAMPS: Final = {
    (False, False): "",
    (True, False): SAMPLE_STAMP,
    (False, True): DRAFT_STAMP,
    (True, True): SAMPLE_DRAFT_STAMP,
}
#: Templates of every room lie below it; they share the stamp of ``drawing/templates``.
_ROOT = Path(__file__).parents[1]
#: Viet Nam's legal time as the fixed offset that a PDF can carry.
_OFFSET = timezone(timedelta(hours=7))


class PaperNotDrawn(CadastreError):
    """The paper could not be drawn from its template."""

    message_vi = "Không lập được giấy tờ từ mẫu."


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def compile_paper(
    template: Path,
    data: Mapping[str, Any],
    images: Mapping[str, str | bytes] | None = None,
    *,
    timestamp: datetime,
    sample: bool,
    draft: bool = False,
) -> bytes:
    """Return the PDF/A-2b of a template filled with data.

    Parameters
    ----------
    template : the ``.typ`` file; it may import others of this package, or of its folder
    data : JSON-able content
    images : SVG text or encoded pixels by name; the template finds an SVG as text and
        pixels as a list of bytes under ``data.images``
    timestamp : aware moment written into the file
    sample, draft : whether every page is stamped as a sample, as a draft or as both; the
        template finds the words, or nothing, under ``data.stamp``

    Raises
    ------
    PaperNotDrawn
        With typst's own words, when the template or the data is at fault.
    """
    if timestamp.tzinfo is None:
        raise PaperNotDrawn("The timestamp has no time zone.", template=template.name)
    content = {
        **data,
        "stamp": _STAMPS[sample, draft],
        "images": {name: _picture(image) for name, image in (images or {}).items()},
    }
    try:
        return bytes(
            typst.compile(
                str(template),
                root=str(_ROOT if template.is_relative_to(_ROOT) else template.parent),
                font_paths=_fonts(),
                format="pdf",
                sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
                pdf_standards=PDF_STANDARD,
                timestamp=timestamp.astimezone(_OFFSET).replace(microsecond=0),
            )
        )
    except typst.TypstError as wrong:
        said = f"{template.name}: {wrong.message}"
        raise PaperNotDrawn(said, said, template=template.name) from wrong


def _picture(image: str | bytes) -> str | list[int]:
    return image if isinstance(image, str) else list(image)
