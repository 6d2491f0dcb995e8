"""Trimble JobXML field books, read and written.

``FieldBook`` holds records in the order of the field work: ``StationRecord`` begins a
setup, ``TargetRecord`` tells the height of the target that points name by its ID,
``PointRecord`` holds a reading (``Circle``) or coordinates (``Grid``). Angles are decimal
degrees and lengths metres whatever was shown on the screen; a record marked deleted was
deleted by the surveyor and is kept only in the account. ``EDMDistance`` is as the
distance meter gave it: the prism constant of the target and the parts per million of the
station's ``AtmosphereRecord`` are still to be applied, unless that record says that raw
distances hold them. A reading that names no station belongs to the setup before it. A
``BackBearingRecord`` tells what the circle read towards the backsight; it stands for a
reading where the file has none of that point. Means and offsets that the controller computed
are left aside and told; coordinates that it computed are used only of points without a circle
reading (GNSS). Source: Trimble JobXML schema 5.x.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

from cadastre.formats.field_book import (
    LONGEST_NAME,
    BadField,
    Coordinate,
    Draft,
    FieldBook,
    FieldBookRefused,
    Reading,
    Setup,
    face_of,
    finite,
    full_turn,
    name_of,
)
from cadastre.formats.xml_tree import Element, read_tree

#: Readings of the instrument itself; means and offsets are computed from them.
_RAW = {"DirectReading", "AverageMeasurements", "AngleOnly", "HorizontalAngleOnly", ""}
_KEYED = {"KeyedIn", "Coordinates", "KeyedInCoordinates", "ImportedPoint"}
_FACES = {"Face1": 1, "Face2": 2}
FACE_ONE = "Face1HorizontalCircle"


def read_jobxml(path: str | Path) -> FieldBook:
    """Field book of a JobXML file.

    Raises
    ------
    cadastre.formats.field_book.FieldBookRefused
        Not JobXML, hostile or broken XML, or without any measurement.

    Examples
    --------
    >>> import tempfile
    >>> jxl = Path(tempfile.mkdtemp()) / "tram.jxl"
    >>> _ = jxl.write_text("<JOBFile><FieldBook><StationRecord ID='1'><StationName>A</StationName>"
    ...     "<TheodoliteHeight>1.5</TheodoliteHeight></StationRecord><PointRecord ID='2'>"
    ...     "<Name>12</Name><StationID>1</StationID><Circle><HorizontalCircle>90</HorizontalCircle>"
    ...     "<VerticalCircle>90</VerticalCircle><EDMDistance>20.5</EDMDistance></Circle>"
    ...     "</PointRecord></FieldBook></JOBFile>")
    >>> book = read_jobxml(jxl)
    >>> book.setups[0].station, book.readings[0].slope
    ('A', 20.5)
    """
    path = Path(path)
    root = read_tree(path, root="JOBFile", leave_out=frozenset({"Environment", "Reductions"}))
    book = root.child("FieldBook")
    if book is None:
        raise FieldBookRefused(
            f"{path.name}, line {root.line}, FieldBook: is missing.",
            f"{path.name}, dòng {root.line}, FieldBook: bị thiếu.",
            file=path.name,
        )
    draft = Draft(path, "jobxml", len(book.children))
    reader = _Reader(draft)
    for record, element in enumerate(book.children, 1):
        try:
            reader.record(element)
        except BadField as bad:
            draft.refuse(record, element.line, bad.field, bad.vi, bad.en)
    reader.finish()
    return draft.book()


class _Reader:
    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.setups: dict[str, Setup] = {}
        self.targets: dict[str, float | None] = {}
        self.prisms: dict[str, float] = {}
        self.ppm: dict[str, float] = {}
        self.air: dict[int, str] = {}
        self.last = ""
        self.deleted = 0
        self.aside: Counter[str] = Counter()
        self.bearings: list[tuple[int, str, float, int]] = []

    def record(self, element: Element) -> None:
        """Take one record; kinds without a measurement are passed over."""
        if element.name == "TargetRecord":
            key = _key(element)
            self.targets[key] = _number(element, "TargetHeight")
            self.prisms[key] = _number(element, "PrismConstant") or 0.0
        elif element.name == "AtmosphereRecord":
            held = element.value("ApplyPPMToRawDistances").lower() == "false"
            ppm = _number(element, "PPM") or 0.0
            self.ppm[_key(element)] = 0.0 if held else ppm
        elif element.name == "StationRecord":
            self._station(element)
        elif element.name == "BackBearingRecord":
            self._back_bearing(element)
        elif element.name == "PointRecord":
            if element.value("Deleted").lower() == "true":
                self.deleted += 1
            else:
                self._point(element)

    def _station(self, element: Element) -> None:
        station = name_of(element.value("StationName"))
        if not station:
            raise BadField("StationName", "bị thiếu", "is missing")
        height = _number(element, "TheodoliteHeight")
        made = self.draft.set_up(station, element.line, height=height)
        self.last = _key(element)
        self.setups[self.last] = made
        self.air[made.number] = element.value("AtmosphereID")

    def _back_bearing(self, element: Element) -> None:
        """What the setup was oriented by: the circle on face one towards the backsight."""
        key = element.value("StationRecordID") or self.last
        setup = self.setups.get(key)
        target, circle = name_of(element.value("BackSight")), _angle(element, FACE_ONE)
        if setup is None or not target:
            return
        turned = _angle(element, "OrientationCorrection")
        azimuth = None if circle is None or turned is None else full_turn(circle + turned)
        told = replace(setup, backsight=target, backsight_azimuth=azimuth)
        self.draft.setups[setup.number - 1] = self.setups[key] = told
        if circle is not None:
            self.bearings.append((setup.number, target, circle, element.line))

    def finish(self) -> None:
        """Add backsights that only their bearing tells, and what was left aside."""
        read = {(r.setup, r.target) for r in self.draft.readings if r.horizontal is not None}
        for setup, target, circle, line in self.bearings:
            if (setup, target) not in read:
                read.add((setup, target))
                self.draft.readings.append(Reading(setup, target, circle, face=1, line=line))
        if self.deleted:
            self.draft.note(
                "DELETED_IN_FIELD",
                f"{self.deleted} điểm đã bị xóa trong sổ đo, không dùng.",
                f"{self.deleted} points were deleted in the field and are not used.",
            )
        if self.aside:
            told = ", ".join(f"{method} ({n})" for method, n in sorted(self.aside.items()))
            self.draft.note(
                "COMPUTED_IN_FIELD",
                f"Giá trị máy tự tính, không phải số đọc, không dùng: {told}.",
                f"Values that the controller computed, not readings, are not used: {told}.",
            )

    def _point(self, element: Element) -> None:
        name = name_of(element.value("Name"))
        if not name:
            raise BadField("Name", "thiếu tên điểm", "the point has no name")
        grid, circle = element.child("Grid"), element.child("Circle")
        if grid is None and circle is None:
            grid = element.child("ComputedGrid")
        if grid is not None and (grid.value("North") or grid.value("East")):
            self._coordinate(name, element, grid)
        method = element.value("Method")
        if circle is not None and method in _RAW:
            self._reading(name, element, circle)
        elif method and method not in _RAW | _KEYED and grid is None:
            self.aside[method[:LONGEST_NAME]] += 1

    def _coordinate(self, name: str, element: Element, grid: Element) -> None:
        east, north = _number(grid, "East"), _number(grid, "North")
        if east is None or north is None:
            raise BadField("Grid", "thiếu tọa độ", "a coordinate is missing")
        # "Coordinates" are keyed in or measured; then the survey method says which.
        measured = element.value("SurveyMethod") not in _KEYED | {""}
        keyed = element.value("Method") in _KEYED and not measured
        keyed = keyed or element.value("Classification") == "Control"
        code, height = name_of(element.value("Code")), _number(grid, "Elevation")
        self.draft.coordinates.append(
            Coordinate(name, east, north, height, code, keyed, element.line)
        )

    def _reading(self, name: str, element: Element, circle: Element) -> None:
        named = element.value("StationID")
        setup = self.setups.get(named) if named else next(iter(self.draft.setups[-1:]), None)
        if setup is None:
            raise BadField(
                "StationID", "trạm máy không có trong tệp", "the station is not in the file"
            )
        zenith = _angle(circle, "VerticalCircle")
        slope = _number(circle, "EDMDistance")
        if slope is not None and slope < 0:
            raise BadField("EDMDistance", "khoảng cách âm", "the distance is negative")
        target = element.value("TargetID")
        if target and target not in self.targets:
            raise BadField("TargetID", "gương không có trong tệp", "the target is not in the file")
        self.draft.readings.append(
            Reading(
                setup.number,
                name,
                _angle(circle, "HorizontalCircle"),
                zenith,
                slope,
                self.targets.get(target),
                _FACES.get(circle.value("Face"), face_of(zenith)),
                name_of(element.value("Code")),
                prism_constant=self.prisms.get(target, 0.0),
                ppm=self.ppm.get(self.air[setup.number], 0.0),
                line=element.line,
            )
        )


def _key(element: Element) -> str:
    """Identity of a record, whatever the case of its attribute."""
    told = {name.upper(): value for name, value in element.attributes.items()}
    return told.get("ID", "")


def _number(element: Element, name: str) -> float | None:
    text = element.value(name)
    if not text:
        return None
    try:
        return finite(text)
    except ValueError:
        raise BadField(name, f"“{text}” không phải số", f"{text!r} is no number") from None


def _angle(element: Element, name: str) -> float | None:
    value = _number(element, name)
    return None if value is None else full_turn(math.radians(value))


# ---- writing ---------------------------------------------------------------------------


def write_jobxml(book: FieldBook, path: str | Path) -> Path:
    """Write a field book as JobXML."""
    path = Path(path)
    rows: list[str] = []
    for point in book.coordinates:
        grid = (f"<Grid><North>{point.north!r}</North><East>{point.east!r}</East>"
                f"{_told('Elevation', point.height)}</Grid>")  # fmt: skip
        method = "KeyedIn" if point.control else "Computed"
        rows.append(_point_record(len(rows), point.point, point.code, method, grid))
    for setup in book.setups:
        station = len(rows) + 1
        rows.append(
            f'<StationRecord ID="{station}"><StationName>{escape(setup.station)}</StationName>'
            f"{_told('TheodoliteHeight', setup.height)}</StationRecord>"
        )
        for reading in (r for r in book.readings if r.setup == setup.number):
            rows.append(
                f'<TargetRecord ID="{len(rows) + 1}">'
                f"{_told('PrismConstant', reading.prism_constant)}"
                f"{_told('TargetHeight', reading.target_height)}</TargetRecord>"
            )
            circle = _circle(reading)
            circle += f"<StationID>{station}</StationID><TargetID>{len(rows)}</TargetID>"
            rows.append(
                _point_record(len(rows), reading.target, reading.code, "DirectReading", circle)
            )
    text = "\n".join(["<JOBFile version='5.3'><FieldBook>", *rows, "</FieldBook></JOBFile>", ""])
    path.write_text(f"<?xml version='1.0' encoding='UTF-8'?>\n{text}", encoding="utf-8")
    return path


def _circle(reading: Reading) -> str:
    angles = {"HorizontalCircle": reading.horizontal, "VerticalCircle": reading.zenith}
    told = "".join(
        _told(name, None if a is None else math.degrees(a)) for name, a in angles.items()
    )
    face = {1: "Face1", 2: "Face2"}.get(reading.face, "FaceNull")
    return f"<Circle>{told}{_told('EDMDistance', reading.slope)}<Face>{face}</Face></Circle>"


def _told(name: str, value: float | None) -> str:
    return f"<{name}>{'' if value is None else repr(value)}</{name}>"


def _point_record(number: int, name: str, code: str, method: str, held: str) -> str:
    return (
        f'<PointRecord ID="{number + 1}"><Name>{escape(name)}</Name><Code>{escape(code)}</Code>'
        f"<Method>{method}</Method><Deleted>false</Deleted>{held}</PointRecord>"
    )
