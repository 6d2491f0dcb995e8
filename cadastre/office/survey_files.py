"""The papers of a survey as files in a folder: report, drawing, and three papers a parcel.

Nothing is entered in the register. What cannot be written is named with its reason, so that
one parcel without a match does not withhold the papers of the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cadastre.errors import CadastreError
from cadastre.office.desk import Desk
from cadastre.office.survey_papers import survey_paper
from cadastre.office.survey_report import adjustment_pdf, network_drawing
from cadastre.store.survey_reading import whole_survey
from cadastre.store.transaction import reading

PAPERS = ("measured_state", "boundary_description", "survey_plan")


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A paper that was written to ``file``, or could not be and ``vi`` and ``en`` say why."""

    kind: str
    subject: str
    file: str | None
    vi: str = ""
    en: str = ""


def survey_files(desk: Desk, *, survey_uid: str, folder: Path) -> list[PaperFile]:
    """Write every paper of a survey into ``folder`` and return what was written.

    Raises
    ------
    cadastre.store.survey_reading.SurveyUnknown
    """
    with reading(desk.engine, desk.actor) as connection:
        found = whole_survey(connection, survey_uid, desk.actor.communes)
    stem = _plain(f"{found['label']}-v{found['version']}")
    asked: list[tuple[str, str, str, Callable[[], bytes]]] = [
        ("adjustment", found["label"], f"{stem}.adjustment.pdf",
         lambda: adjustment_pdf(desk, survey_uid=survey_uid)),
        ("network", found["label"], f"{stem}.network.svg",
         lambda: network_drawing(desk, survey_uid=survey_uid).encode("utf-8")),
    ]  # fmt: skip
    for feature in found["measured"]["features"]:
        label, uid = feature["properties"]["label"] or "", feature["id"]
        name = f"{stem}.{_plain(label)}-{uid[:8]}"
        asked += [(kind, label, f"{name}.{kind}.pdf", _paper(desk, kind, uid)) for kind in PAPERS]
    written = []
    for done, (kind, subject, name, make) in enumerate(asked):
        desk.progress(done / len(asked), kind)
        written.append(_written(kind, subject, folder / name, make))
    return written


def _paper(desk: Desk, kind: str, measured_uid: str) -> Callable[[], bytes]:
    return lambda: survey_paper(desk, kind=kind, measured_uid=measured_uid)


def _written(kind: str, subject: str, path: Path, make: Callable[[], bytes]) -> PaperFile:
    try:
        path.write_bytes(make())
    except CadastreError as refusal:
        return PaperFile(kind, subject, None, refusal.message("vi"), refusal.message("en"))
    return PaperFile(kind, subject, str(path))


def _plain(text: str) -> str:
    """Text as part of a file name.

    >>> _plain("Đo lô 12/3"), _plain("..")
    ('Đo_lô_12_3', '_')
    """
    return re.sub(r"[^\w-]+", "_", text)
