"""A dossier as its papers need it: people, land, certified area and outline, neighbours.

Which area is certified follows the reconciliation verdict (Land Law 31/2024/QH15 Art 135(6)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import shapely
from sqlalchemy import Connection

from cadastre.certificate import papers
from cadastre.certificate.area import CertifiedArea, certified_area, divided_area
from cadastre.certificate.context import office_date
from cadastre.certificate.deadlines import working_calendar
from cadastre.certificate.paper_case import CertificateNumbers, PaperCase
from cadastre.crs import zone
from cadastre.drawing.wording import EMPTY
from cadastre.office.desk import Desk
from cadastre.office.stationery import Stationery
from cadastre.regulation.land_use import names_of, origin_words, split_codes
from cadastre.store.dossier_file import DossierFile
from cadastre.store.dossier_parcel import DossierParcel
from cadastre.store.named import query

#: Neighbours whose outline comes this near are drawn on a plan, metres.
_NEAR_M = 1.0


def area_of(desk: Desk, parcel: DossierParcel) -> CertifiedArea:
    """Return the area that is certified for a parcel as it stands."""
    return certified_area(
        map_m2=parcel.area_m2,
        measured_m2=parcel.measured_m2,
        verdict=parcel.verdict,
        boundary=parcel.facts.boundary.confirmed if parcel.facts.boundary else None,
        boundary_geometry=parcel.boundary_geometry,
        decimals=int(desk.regulation["office"]["area"]["decimals"]),
    )


def outline_of(parcel: DossierParcel, area: CertifiedArea) -> Any:
    """Return the outline that has the certified area: measured or mapped."""
    return parcel.measured if area.basis == "measured" else parcel.geometry


def paper_case(desk: Desk, connection: Connection, found: DossierFile, now: datetime) -> PaperCase:
    """Return the dossier as its papers need it."""
    calendar = working_calendar(desk.regulation)
    case = PaperCase(
        profile=found.profile,
        calendar=calendar,
        commune=found.commune.name,
        commune_kind=found.commune.kind,
        province=found.commune.province,
        zone=zone(found.commune.srid).name,
        mountain=found.commune.mountain,
        code=found.code,
        channel=str(found.row["channel"]),
        made_at=now,
        made_by=desk.actor.display_name or desk.actor.username,
        holders=tuple(_person(party) for party in found.parties),
        log=found.log,
        facts=found.facts,
        lodged=tuple(_lodged(found, d) for d in found.documents if d["direction"] == "lodged"),
        names=found.row["names"] or {},
        certified_holders=tuple(
            papers.Person(told["name"], share=Fraction(told["share"]))
            for told in (found.named or {}).get("holders", ())
        ),
        objections=tuple(
            papers.Objection(o["made_by"], office_date(o["made_at"]), o["text"], o["answer"])
            for o in found.objections
        ),
        lookup_url=Stationery(desk.home).dossier_url(found.code),
        acting_title=_acting_title(desk, found),
        scanned=found.hand_overs,
        due=found.clock(calendar, office_date(now)).due,
    )
    if found.parcel is None:
        return case
    return _with_land(desk, connection, case, found, found.parcel)


def _lodged(found: DossierFile, document: Mapping[str, Any]) -> papers.LodgedPaper:
    asked = {paper.kind: paper for paper in found.profile.lodged_papers}.get(document["kind"])
    original = asked is not None and asked.original
    form = "Bản chính" if original else "Bản sao"
    return papers.LodgedPaper(
        document["title"], form, group=(asked.group or "") if asked is not None else ""
    )


def _acting_title(desk: Desk, found: DossierFile) -> str:
    last = found.log[-1]
    return str(last.data.get("acting_title", "")) if last.actor == desk.actor.username else ""


def with_certificate(case: PaperCase, number: str, serial: str, verify_url: str) -> PaperCase:
    """Return the case with the numbers of its certificate."""
    return replace(case, certificate=CertificateNumbers(number, serial, verify_url))


def _person(party: Any) -> papers.Person:
    return papers.Person(
        name=party.name,
        id_number=party.id_number,
        birth_date=party.birth_date,
        gender=party.gender,
        address=party.address,
        phone=party.phone,
        share=party.share,
    )


def _with_land(
    desk: Desk,
    connection: Connection,
    case: PaperCase,
    found: DossierFile,
    parcel: DossierParcel,
) -> PaperCase:
    area = area_of(desk, parcel)
    where = {"commune": found.commune.code, "parcel_uid": parcel.facts.parcel_uid}
    commune = f"{found.commune.kind} {found.commune.name}"
    return replace(
        case,
        parcel=papers.ParcelOnPaper(
            sheet=str(parcel.sheet),
            parcel=parcel.parcel,
            commune=commune,
            province=f"tỉnh {found.commune.province}",
            area_m2=float(area.area_m2),
            purposes=_purposes(desk, connection, found, parcel, area.area_m2),
            address=f"{commune}, tỉnh {found.commune.province}",
            identifier=parcel.facts.identifier,
            former=parcel.former,
        ),
        geometry=outline_of(parcel, area),
        measured=None if area.basis == "measured" else parcel.measured,
        neighbours=_neighbours(connection, "dossier_neighbours", where),
        area_reason=area.reason_vi,
    )


def _neighbours(
    connection: Connection, name: str, where: Mapping[str, Any]
) -> tuple[papers.Neighbour, ...]:
    near = connection.execute(query(name), {**where, "within_m": _NEAR_M}).mappings()
    return tuple(
        papers.Neighbour(shapely.from_wkb(bytes(n["geometry"])), str(n["parcel"])) for n in near
    )


def neighbours_at_issue(
    connection: Connection, certificate_uid: str
) -> tuple[papers.Neighbour, ...]:
    """Return the parcels that lay around a certificate's outline when it was signed."""
    return _neighbours(connection, "certificate_neighbours", {"certificate_uid": certificate_uid})


def _purposes(
    desk: Desk,
    connection: Connection,
    found: DossierFile,
    parcel: DossierParcel,
    area_m2: Decimal,
) -> tuple[papers.Purpose, ...]:
    codes = desk.regulation["land_use"]
    where = {"commune": found.commune.code, "parcel_uid": parcel.facts.parcel_uid}
    rows = [dict(r) for r in connection.execute(query("dossier_purposes"), where).mappings()]
    if not rows:
        only = split_codes(parcel.land_use) or [EMPTY]
        rows = [{"land_use": code, "area_m2": None, "term": None, "origin": None} for code in only]
    areas = divided_area(
        area_m2,
        [(row["land_use"], row["area_m2"]) for row in rows],
        {codes["residential"]["rural"], codes["residential"]["urban"]},
    )
    decided = found.facts.get("eligibility", {})
    shared = "Sử dụng chung" if len(found.parties) > 1 else "Sử dụng riêng"
    return tuple(
        papers.Purpose(
            row["land_use"],
            names_of(row["land_use"], codes)["vi"],
            None if area is None else float(area),
            form=shared,
            term=decided.get("term") or row["term"],
            origin=decided.get("origin") or origin_words(row["origin"], codes),
        )
        for row, area in zip(rows, areas, strict=True)
    )
