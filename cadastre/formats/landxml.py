"""LandXML 1.2: points, parcels with lines and arcs, and surveys with observations; and a writer.

Coordinates are "north east [height]" in the unit of ``Units``; ``pntRef`` names a CgPoint.
``RawObservation`` holds circle readings, ``ReducedObservation`` an azimuth and a horizontal
distance, ``ReducedArcObservation`` the chord's azimuth with radius and length of the arc; a
plan of survey names its target by ``targetSetupID``, another setup. ``angularUnit`` may be
radians, grads, decimal degrees or "decimal dd.mm.ss" (of which 89.5930 is 89 degrees 59
minutes 30 seconds). A CgPoint whose ``pntSurv`` is control or monument is control. Sources:
LandXML-1.2.xsd, landxml.org; plans of survey of Queensland (ePlan) for reduced observations.
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import quoteattr

from cadastre.formats.field_book import (
    BadField,
    Coordinate,
    Draft,
    FieldBook,
    Figure,
    Reading,
    Setup,
    Side,
    face_of,
    finite,
    full_turn,
    name_of,
)
from cadastre.formats.xml_tree import Element, read_tree

_LENGTHS = {
    "millimeter": 1e-3, "centimeter": 1e-2, "meter": 1.0, "kilometer": 1e3,
    "foot": 0.3048, "ussurveyfoot": 1200 / 3937,
}  # fmt: skip
_OBSERVED = ("RawObservation", "ReducedObservation", "ReducedArcObservation")
#: Attribute of each kind that holds its angle.
_CIRCLE = dict(zip(_OBSERVED, ("horizAngle", "azimuth", "chordAzimuth"), strict=True))
_CONTROL = ("control", "monument", "reference")
#: Branches about terrain and roads; nothing in them is a cadastral measurement.
_LEFT_OUT = frozenset(
    {"Surfaces", "Alignments", "Roadways", "PipeNetworks", "GradeModel", "PlanFeatures"}
)


def read_landxml(path: str | Path) -> FieldBook:
    """Points, figures and observations of a LandXML file.

    Raises
    ------
    cadastre.formats.field_book.FieldBookRefused
        Not LandXML, hostile or broken XML, or without points, parcels and observations.

    Examples
    --------
    >>> import tempfile
    >>> xml = Path(tempfile.mkdtemp()) / "thua.xml"
    >>> _ = xml.write_text("<LandXML xmlns='http://www.landxml.org/schema/LandXML-1.2'>"
    ...     "<Units><Metric linearUnit='meter' angularUnit='decimal dd.mm.ss'/></Units>"
    ...     "<CgPoints><CgPoint name='A' pntSurv='control'>1348000 570000 9.5</CgPoint></CgPoints>"
    ...     "</LandXML>")
    >>> read_landxml(xml).coordinates[0].control
    True
    """
    path = Path(path)
    root = read_tree(path, root="LandXML", leave_out=_LEFT_OUT)
    kinds = ("CgPoint", "Parcel", "InstrumentSetup", *_OBSERVED)
    records = [element for element in root.all(*kinds) if not element.attributes.get("pntRef")
               or element.name != "CgPoint"]  # fmt: skip
    draft = Draft(path, "landxml", len(records))
    reader = _Reader(draft, root)
    # Parcels and observations may stand before the points that they name.
    order = {kind: place for place, kind in enumerate(kinds)}
    for record, element in sorted(enumerate(records, 1), key=lambda pair: order[pair[1].name]):
        try:
            reader.take(element)
        except BadField as bad:
            draft.refuse(record, element.line, bad.field, bad.vi, bad.en)
    return draft.book()


class _Reader:
    def __init__(self, draft: Draft, root: Element) -> None:
        self.draft = draft
        self.places: dict[str, tuple[float, float]] = {}
        self.setups: dict[str, Setup] = {}
        self.group: dict[int, str] = {}
        units = root.child("Units")
        told = units.children[0].attributes if units and units.children else {}
        linear = told.get("linearUnit", "meter").lower()
        self.angle = told.get("angularUnit", "radians").lower()
        self.direction = told.get("directionUnit", self.angle).lower()
        self.length = _LENGTHS.get(linear, 0.0)
        if not self.length:
            draft.note("UNITS", f"đơn vị dài “{linear}” lạ", f"unknown linear unit {linear!r}")
        self.draft.angle_unit = "degree"
        for group in root.all("ObservationGroup"):
            for child in group.children:
                self.group[id(child)] = group.attributes.get("setupID", "")

    def take(self, element: Element) -> None:
        """Take one element."""
        if not self.length:
            raise BadField("Units/linearUnit", "đơn vị dài lạ", "the linear unit is unknown")
        if element.name == "CgPoint":
            self._point(element)
        elif element.name == "Parcel":
            self._parcel(element)
        elif element.name == "InstrumentSetup":
            self._setup(element)
        else:
            self._observation(element)

    # ---- places -------------------------------------------------------------------

    def _point(self, element: Element) -> None:
        name = name_of(element.attributes.get("name", ""))
        east, north, height = self._place(element.text, "CgPoint")
        if not name:
            raise BadField("name", "thiếu tên điểm", "the point has no name")
        self.places[name] = (east, north)
        given = element.attributes
        control = given.get("pntSurv", given.get("role", "")).lower() in _CONTROL
        code = name_of(given.get("code", ""))
        self.draft.coordinates.append(
            Coordinate(name, east, north, height, code, control, element.line)
        )

    def _place(self, text: str, field: str) -> tuple[float, float, float | None]:
        try:
            values = [finite(part) * self.length for part in text.split()]
        except ValueError:
            raise BadField(field, f"“{text.strip()}” không phải tọa độ", "no coordinates") from None
        if len(values) not in (2, 3):
            raise BadField(field, "cần 2 hoặc 3 số", "2 or 3 numbers are needed")
        return values[1], values[0], values[2] if len(values) == 3 else None

    def _named(self, element: Element | None, field: str) -> tuple[tuple[float, float], str]:
        if element is None:
            raise BadField(field, "bị thiếu", "is missing")
        reference = name_of(element.attributes.get("pntRef", ""))
        if reference:
            if reference not in self.places:
                raise BadField(
                    field, f"không có điểm {reference}", f"there is no point {reference}"
                )
            return self.places[reference], reference
        return self._place(element.text, field)[:2], ""

    def _parcel(self, element: Element) -> None:
        geometry = element.child("CoordGeom")
        if geometry is None:
            return  # a parcel of parcels, or one that is only described
        sides: list[Side] = []
        for part in geometry.children:
            if part.name == "Line":
                sides.append(self._side(part))
            elif part.name == "Curve":
                sides.append(self._arc(part))
            elif part.name == "IrregularLine":
                sides += self._irregular(part)
        name = name_of(element.attributes.get("name", "")) or f"#{element.line}"
        self.draft.figures.append(Figure(name, tuple(sides), element.line))

    def _side(self, part: Element) -> Side:
        start, first = self._named(part.child("Start"), "Start")
        end, last = self._named(part.child("End"), "End")
        return Side(start, end, start_point=first, end_point=last)

    def _arc(self, part: Element) -> Side:
        straight = self._side(part)
        centre, _ = self._named(part.child("Center"), "Center")
        sense = part.attributes.get("rot", "cw")
        if sense not in ("cw", "ccw"):
            raise BadField("rot", f"“{sense}” không rõ", f"{sense!r} is neither cw nor ccw")
        return Side(
            straight.start, straight.end, centre, sense == "cw",
            straight.start_point, straight.end_point,
        )  # fmt: skip

    def _irregular(self, part: Element) -> list[Side]:
        texts = part.value("PntList2D") or part.value("PntList3D")
        step = 2 if part.child("PntList2D") is not None else 3
        values = texts.split()
        groups = [" ".join(values[i : i + step]) for i in range(0, len(values), step)]
        middle = [self._place(text, "PntList")[:2] for text in groups]
        whole = self._side(part)
        ends = [whole.start, *middle, whole.end]
        kept = [p for p, before in zip(ends, [None, *ends], strict=False) if p != before]
        return [Side(a, b) for a, b in pairwise(kept)]

    # ---- observations -------------------------------------------------------------

    def _setup(self, element: Element) -> None:
        at = element.child("InstrumentPoint")
        given = element.attributes
        station = name_of((at.attributes.get("pntRef", "") if at else "")
                          or given.get("stationName", ""))  # fmt: skip
        if not station:
            raise BadField("stationName", "bị thiếu", "is missing")
        made = self.draft.set_up(
            station, element.line, height=self._value(given, "instrumentHeight", self.length)
        )
        self.setups[given.get("id", "")] = made
        for child in element.all(*_OBSERVED):
            self.group.setdefault(id(child), given.get("id", ""))

    def _observation(self, element: Element) -> None:
        given = element.attributes
        setup = self.setups.get(given.get("setupID", self.group.get(id(element), "")))
        if setup is None:
            raise BadField("setupID", "trạm máy không có trong tệp", "the setup is not in the file")
        at = element.child("TargetPoint")
        target = self._target(given, at.attributes if at is not None else {})
        name = _CIRCLE[element.name]
        horizontal = self._turn(given, name, self.angle if name == "horizAngle" else self.direction)
        zenith = self._turn(given, "zenithAngle", self.angle)
        told = {"true": 1, "1": 1, "false": 2, "0": 2}.get(given.get("directFace", "").lower())
        self.draft.readings.append(
            Reading(
                setup.number,
                target,
                horizontal,
                zenith,
                self._value(given, "slopeDistance", self.length),
                self._value(given, "targetHeight", self.length),
                told or face_of(zenith),
                name_of((at.attributes.get("code", "") if at else "") or given.get("desc", "")),
                horizontal_distance=self._flat(element.name, given),
                rise=self._value(given, "vertDistance", self.length),
                line=element.line,
            )
        )

    def _target(self, given: dict[str, str], held: dict[str, str]) -> str:
        other = self.setups.get(given.get("targetSetupID", ""))
        target = name_of(
            held.get("pntRef", "") or held.get("name", "") or given.get("targetPoint", "")
        ) or (other.station if other is not None else "")
        if not target:
            raise BadField("TargetPoint", "thiếu tên điểm", "the target has no name")
        return target

    def _flat(self, kind: str, given: dict[str, str]) -> float | None:
        """Horizontal distance, or the chord of an arc of which radius and length are told."""
        if kind != "ReducedArcObservation":
            return self._value(given, "horizDistance", self.length)
        radius = self._value(given, "radius", self.length)
        length = self._value(given, "length", self.length)
        if not radius or length is None:
            raise BadField("radius, length", "bị thiếu", "are missing")
        return 2 * abs(radius) * math.sin(length / (2 * abs(radius)))

    def _value(self, given: dict[str, str], name: str, unit: float) -> float | None:
        text = given.get(name, "").strip()
        if not text:
            return None
        try:
            return finite(text) * unit
        except ValueError:
            raise BadField(name, f"“{text}” không phải số", f"{text!r} is no number") from None

    def _turn(self, given: dict[str, str], name: str, unit: str) -> float | None:
        value = self._value(given, name, 1.0)
        if value is None:
            return None
        if unit == "decimal dd.mm.ss":
            return full_turn(packed_degrees(given[name]))
        radians = {"radians": 1.0, "grads": math.pi / 200, "decimal degrees": math.pi / 180}
        if unit not in radians:
            raise BadField(
                "Units/angularUnit", f"đơn vị góc “{unit}” lạ", f"unit {unit!r} is unknown"
            )
        return full_turn(value * radians[unit])


def packed_degrees(text: str) -> float:
    """Angle in radians of ``dd.mmss`` packed in a decimal number.

    >>> round(math.degrees(packed_degrees("89.5930")), 6), round(math.degrees(packed_degrees("9")))
    (89.991667, 9)
    """
    whole, _, rest = text.strip().lstrip("+-").partition(".")
    rest = f"{rest:0<4}"
    seconds = float(f"{rest[2:4]}.{rest[4:] or '0'}")
    value = int(whole or "0") + int(rest[:2]) / 60 + seconds / 3600
    return math.radians(-value if text.strip().startswith("-") else value)


# ---- writing ---------------------------------------------------------------------------


def write_landxml(book: FieldBook, path: str | Path) -> Path:
    """Write points and observations as LandXML 1.2 (metres, decimal degrees)."""
    path = Path(path)
    rows = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        "<LandXML xmlns='http://www.landxml.org/schema/LandXML-1.2' version='1.2'>",
        "<Units><Metric linearUnit='meter' angularUnit='decimal degrees'/></Units><CgPoints>",
    ]
    for point in book.coordinates:
        place = " ".join(repr(v) for v in (point.north, point.east, point.height) if v is not None)
        kind = " pntSurv='control'" if point.control else ""
        name, code = quoteattr(point.point), quoteattr(point.code)
        rows.append(f"<CgPoint name={name} code={code}{kind}>{place}</CgPoint>")
    rows.append("</CgPoints><Survey>")
    for setup in book.setups:
        height = _told("instrumentHeight", setup.height)
        station = quoteattr(setup.station)
        rows.append(f"<InstrumentSetup id='S{setup.number}' stationName={station}{height}/>")
        rows.append(f"<ObservationGroup id='G{setup.number}' setupID='S{setup.number}'>")
        rows += [_observation_row(r) for r in book.readings if r.setup == setup.number]
        rows.append("</ObservationGroup>")
    rows.append("</Survey></LandXML>")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def _observation_row(reading: Reading) -> str:
    told = _told("horizAngle", reading.horizontal, degrees=True)
    told += _told("zenithAngle", reading.zenith, degrees=True)
    told += _told("slopeDistance", reading.slope)
    told += _told("targetHeight", reading.target_height)
    told += {1: " directFace='true'", 2: " directFace='false'"}.get(reading.face, "")
    code = f" code={quoteattr(reading.code)}" if reading.code else ""
    target = f"<TargetPoint name={quoteattr(reading.target)}{code}/>"
    return f"<RawObservation{told}>{target}</RawObservation>"


def _told(name: str, value: float | None, *, degrees: bool = False) -> str:
    if value is None:
        return ""
    return f" {name}='{(math.degrees(value) if degrees else value)!r}'"
