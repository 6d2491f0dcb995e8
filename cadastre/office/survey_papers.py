"""Papers of one measured parcel: record of the measured state, boundary description, plan.

They read and enter nothing: each is drawn from the measurement, the parcel that it was matched
with, the book and the boundary description as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import shapely
from sqlalchemy import Connection

from cadastre.certificate import papers
from cadastre.certificate.stretches import stretches_of
from cadastre.crs import zone
from cadastre.errors import Conflict, NotFound
from cadastre.office.desk import Desk
from cadastre.office.printing import authority_of
from cadastre.office.stationery import Stationery
from cadastre.regulation.land_use import names_of, origin_words, split_codes
from cadastre.store.land_register import Commune, name_commune
from cadastre.store.named import query
from cadastre.store.transaction import reading


class MeasuredParcelUnknown(NotFound):
    """There is no such measured parcel in your communes."""

    message_vi = "Không có thửa đo đạc này trong các xã bạn phụ trách."


class SurveyPaperUnknown(NotFound):
    """A measured parcel has a measured_state, a boundary_description and a survey_plan."""

    message_vi = (
        "Thửa đo đạc có: phiếu xác nhận kết quả đo đạc, bản mô tả ranh giới, mảnh trích đo."
    )


class MeasuredParcelUnmatched(Conflict):
    """The measured parcel has not been matched with a parcel of the map; compare first."""

    message_vi = "Thửa đo đạc chưa được ghép với thửa nào trên bản đồ; hãy chạy so sánh trước."


@dataclass(frozen=True)
class _Measured:
    """A measured parcel with everything that its papers print."""

    row: Mapping[str, Any]
    facts: Commune
    geometry: Any
    neighbours: Sequence[Mapping[str, Any]]
    holders: tuple[papers.Person, ...]
    boundary: Mapping[str, Any] | None
    parcel: papers.ParcelOnPaper


def survey_paper(desk: Desk, *, kind: str, measured_uid: str) -> bytes:
    """Return one paper of a measured parcel as PDF/A.

    Raises
    ------
    SurveyPaperUnknown, MeasuredParcelUnknown, MeasuredParcelUnmatched
    """
    maker = _MAKERS.get(kind)
    if maker is None:
        raise SurveyPaperUnknown(f"({kind})", kind=kind)
    with reading(desk.engine, desk.actor) as connection:
        return maker(desk, _read(desk, connection, measured_uid))


def _read(desk: Desk, connection: Connection, measured_uid: str) -> _Measured:
    wanted = {"communes": list(desk.actor.communes), "measured_uid": measured_uid}
    row = connection.execute(query("measured_paper"), wanted).mappings().first()
    if row is None:
        raise MeasuredParcelUnknown(f"({measured_uid})", measured_uid=measured_uid)
    if row["parcel_uid"] is None:
        raise MeasuredParcelUnmatched(f"({row['label'] or measured_uid})", label=row["label"])
    facts = name_commune(connection, row["commune"])
    parcel_key = {"commune": row["commune"], "uid": row["parcel_uid"]}
    boundary = connection.execute(query("parcel_boundary"), parcel_key).mappings().first()
    told = () if boundary is None else boundary["neighbours"]
    near = connection.execute(
        query("measured_neighbours"),
        {
            "commune": row["commune"],
            "measured_uid": measured_uid,
            "own": row["parcel_uid"],
            "within_m": float(desk.regulation["survey"]["papers"]["neighbour_reach_m"]),
            "answered": [one["parcel_uid"] for one in told if one.get("parcel_uid")],
        },
    )
    holders = connection.execute(query("parcel_holders"), parcel_key).mappings()
    return _Measured(
        row=dict(row),
        facts=facts,
        geometry=shapely.from_wkb(bytes(row["geometry"])),
        neighbours=[dict(one) for one in near.mappings()],
        holders=tuple(_holder(dict(one)) for one in holders),
        boundary=None if boundary is None else dict(boundary),
        parcel=_parcel(desk, dict(row), facts),
    )


def _holder(row: Mapping[str, Any]) -> papers.Person:
    share = Fraction(int(row["share_numerator"]), int(row["share_denominator"]))
    return papers.Person(row["name"], share=share)


def _parcel(desk: Desk, row: Mapping[str, Any], facts: Commune) -> papers.ParcelOnPaper:
    commune, codes = f"{facts.kind} {facts.name}", desk.regulation["land_use"]
    province = f"tỉnh {facts.province}"
    return papers.ParcelOnPaper(
        sheet=str(row["sheet"]),
        parcel=str(row["parcel"]),
        commune=commune,
        province=province,
        area_m2=float(row["area_m2"]),
        purposes=tuple(
            papers.Purpose(code, names_of(code, codes)["vi"])
            for code in split_codes(row["land_use"])
        ),
        address=f"{commune}, {province}",
        identifier=row["identifier"],
        former=f"{row['former_sheet']}, {row['former_parcel']} ({row['former_name']})",
    )


def _head(desk: Desk, measured: _Measured, kind: str) -> papers.Head:
    told = desk.regulation["survey"]["papers"][kind]
    form = papers.Form(told["title"], told["form"], told["basis"])
    return papers.Head(form, authority_of(measured.facts), desk.moment())


def _around(measured: _Measured) -> tuple[papers.Neighbour, ...]:
    return tuple(
        papers.Neighbour(shapely.from_wkb(bytes(one["geometry"])), str(one["parcel"]))
        for one in measured.neighbours
    )


_SURVEYOR = papers.Signatory("Người đo đạc")
_CHANGES = {
    "unchanged": "Ranh giới không thay đổi",
    "changed": "Ranh giới có thay đổi",
    "disputed": "Đang có tranh chấp ranh giới",
}


def _change(measured: _Measured) -> str | None:
    return _CHANGES.get(measured.boundary["confirmed"]) if measured.boundary else None


def _evidence(row: Mapping[str, Any]) -> str:
    """Which file the outline was computed from: survey, version and the start of its SHA-256."""
    return f"{row['survey']}, phiên bản {row['version']}, SHA-256 {row['sha256'][:16]}"


def _measured_state(desk: Desk, measured: _Measured) -> bytes:
    row = measured.row
    booked = row["book_sheet"] is not None
    return papers.measured_state(
        papers.MeasuredStatePaper(
            head=_head(desk, measured, "measured_state"),
            parcel=measured.parcel,
            geometry=measured.geometry,
            zone=zone(measured.facts.srid).name,
            holders=measured.holders,
            surveyed_on=row["surveyed_on"],
            surveyor=_SURVEYOR,
            officer=papers.Signatory("Công chức địa chính xã"),
            neighbours=_around(measured),
            map_area_m2=row["area_map_m2"],
            paper_area_m2=row["register_area_m2"],
            paper_land_use=row["book_land_use"],
            paper_number=f"{row['book_sheet']}, {row['book_parcel']}" if booked else None,
            origin=origin_words(row["origin"], desk.regulation["land_use"]),
            change=_change(measured),
            sigma_m=float(row["sigma_m"]),
            reference=_evidence(row),
        ),
        sample=Stationery(desk.home).sample,
    )


def _boundary_description(desk: Desk, measured: _Measured) -> bytes:
    return papers.boundary_description(
        papers.BoundaryPaper(
            head=_head(desk, measured, "boundary_description"),
            parcel=measured.parcel,
            geometry=measured.geometry,
            holders=measured.holders,
            surveyed_on=measured.row["surveyed_on"],
            stretches=_stretches(desk, measured),
            surveyor=_SURVEYOR,
            neighbours=_around(measured),
            change=_change(measured),
            confirmed_by=papers.Signatory("Xác nhận của UBND xã"),
            reference=_evidence(measured.row),
        ),
        sample=Stationery(desk.home).sample,
    )


def _stretches(desk: Desk, measured: _Measured) -> tuple[papers.BoundaryStretch, ...]:
    """Stretches with the adjoining users, and what each answered where it is recorded.

    Whoever answered is on the paper: one that adjoins no side has a row without corners.
    """
    reach = float(desk.regulation["survey"]["papers"]["neighbour_reach_m"])
    shapes = [shapely.from_wkb(bytes(one["geometry"])) for one in measured.neighbours]
    told: list[Mapping[str, Any]] = list((measured.boundary or {}).get("neighbours", ()))
    answers = {str(one["parcel_uid"]): one for one in told if one.get("parcel_uid")}
    public = set(desk.regulation["reconcile"]["public_land"]["codes"])
    found = []
    stretches = stretches_of(measured.geometry, shapes, reach_m=reach)
    for stretch in stretches:
        one = {} if stretch.neighbour is None else measured.neighbours[stretch.neighbour]
        answer = answers.get(str(one.get("parcel_uid")), {})
        state_land = bool(public & set(split_codes(one.get("land_use"))))
        found.append(
            papers.BoundaryStretch(
                stretch.first_corner,
                stretch.last_corner,
                description=_course(one),
                neighbour=one.get("holders") or "",
                agreement=answer.get("answer") or ("not_needed" if state_land else "open"),
                remark=str(answer.get("reason") or ""),
                partly=stretch.partly,
            )
        )
    known = {str(one["parcel_uid"]): one for one in measured.neighbours}
    placed = {s.neighbour for s in stretches if s.neighbour is not None}
    along = {str(measured.neighbours[place]["parcel_uid"]) for place in placed}
    others = [one for one in told if str(one.get("parcel_uid")) not in along]
    return (*found, *(_elsewhere(one, known) for one in others))


def _elsewhere(
    answer: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]
) -> papers.BoundaryStretch:
    """Row of an answer whose land meets no side of the parcel: at a corner, apart, or unknown."""
    one = known.get(str(answer.get("parcel_uid")), {})
    where = ""
    if one:
        apart = f"Không giáp ranh đo được: {_numbered(one)}"
        where = f"{_course(one)}, tại góc" if one["beside"] else apart
    return papers.BoundaryStretch(
        None,
        None,
        description=where,
        neighbour=str(one.get("holders") or answer.get("name") or ""),
        agreement=answer["answer"],
        remark=str(answer.get("reason") or ""),
    )


def _course(neighbour: Mapping[str, Any]) -> str:
    return f"Giáp {_numbered(neighbour)}" if neighbour else ""


def _numbered(land: Mapping[str, Any]) -> str:
    return f"thửa {land['parcel'] or 'chưa có số'}, tờ {land['sheet']} ({land['land_use']})"


def _survey_plan(desk: Desk, measured: _Measured) -> bytes:
    row = measured.row
    return papers.extract(
        papers.ExtractPaper(
            head=_head(desk, measured, "survey_plan"),
            parcel=measured.parcel,
            geometry=measured.geometry,
            zone=zone(measured.facts.srid).name,
            holders=measured.holders,
            signed_by=papers.Signatory("Cơ quan quản lý đất đai cấp xã"),
            made_by=_SURVEYOR,
            neighbours=_around(measured),
            changes=_change(measured),
            source=f"Theo kết quả đo: {row['survey']}",
            reference=_evidence(row),
        ),
        sample=Stationery(desk.home).sample,
    )


_MAKERS: dict[str, Callable[[Desk, _Measured], bytes]] = {
    "measured_state": _measured_state,
    "boundary_description": _boundary_description,
    "survey_plan": _survey_plan,
}
