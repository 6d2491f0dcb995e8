"""Field surveys, and the comparisons of map and ground."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from pydantic import BaseModel, Field

from api.dependencies import ActorHere, DeskHere, HouseHere, language
from api.routes.jobs import job_started
from api.routes.parameters import SEES_PERSONS, CommuneHere, Coordinates, Register, RequestKey
from api.routes.uploads import columns_of, read_files
from cadastre.errors import NotFound
from cadastre.office.permissions import VerbForbidden
from cadastre.office.survey_papers import survey_paper
from cadastre.office.survey_report import adjustment_pdf, network_drawing
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label
from cadastre.store.survey_reading import survey_rows, whole_survey

router = APIRouter(tags=["surveys"])

_MATCHES_MOST = 20_000
_COMPARISONS = 20


class ReconciliationUnknown(NotFound):
    """There is no such comparison in your communes."""

    message_vi = "Không có lần so sánh này trong các xã bạn phụ trách."


class Compared(BaseModel):
    """The surveys that a comparison judges; none named means all in force."""

    surveys: list[UUID] | None = Field(default=None, min_length=1, max_length=200)


@router.get("/communes/{code}/surveys", summary="Các đợt đo / Surveys")
def surveys(commune: CommuneHere, register: Register) -> dict[str, Any]:
    """Return the surveys in force, newest first."""
    return {"surveys": survey_rows(register, commune)}


@router.post("/communes/{code}/surveys", status_code=202, summary="Nạp đo đạc / Upload")
def upload_survey(
    commune: CommuneHere,
    desk: DeskHere,
    house: HouseHere,
    key: RequestKey,
    files: Annotated[list[UploadFile], File(description="Tệp / Files")],
    label: Annotated[str | None, Form(max_length=200)] = None,
    surveyed_on: Annotated[date | None, Form()] = None,
    crs: Annotated[str, Form(max_length=20, description="EPSG, auto")] = "auto",
    axes: Annotated[str, Form(pattern="^(auto|ne|en)?$", description="auto, ne, en")] = "auto",
    columns: Annotated[str, Form(max_length=4000, description="JSON, or auto")] = "auto",
    control: Annotated[
        UploadFile | None, File(description="Điểm khống chế / Control points")
    ] = None,
    sequences: Annotated[UploadFile | None, File(description="Nối điểm / Sequences")] = None,
    scale: Annotated[int | None, Form(ge=100, le=25_000)] = None,
) -> Response:
    """Keep the files of a survey and start reading them."""
    beside = {"control": control, "sequences": sequences}
    roles = [(role, file) for role, file in beside.items() if file is not None and file.filename]
    read = read_files(house, [*files, *(file for _, file in roles)])
    lists = [replace(u, role=role) for (role, _), u in zip(roles, read[len(files) :], strict=True)]
    return job_started(
        desk,
        key,
        commune,
        "record_survey",
        files=[*read[: len(files)], *lists],
        arguments={
            "label": label or None,
            "surveyed_on": surveyed_on,
            "crs": crs,
            "axes": axes,
            "columns": columns_of(columns),
            "scale": scale,
        },
    )


@router.get("/surveys/{survey_uid}", summary="Một đợt đo / One survey")
def survey(
    survey_uid: UUID, register: Register, actor: ActorHere, srid: Coordinates
) -> dict[str, Any]:
    """Return a survey with its report, its points and its measured parcels."""
    return whole_survey(register, str(survey_uid), actor.communes, srid=srid)


@router.get("/surveys/{survey_uid}/network.svg", summary="Sơ đồ lưới / The network drawn")
def survey_network(survey_uid: UUID, desk: DeskHere, request: Request) -> Response:
    """Return the drawing of a survey's points, sights and error ellipses."""
    drawn = network_drawing(desk, survey_uid=str(survey_uid), language=language(request))
    headers = {"Cache-Control": "private, no-store"}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


@router.get("/surveys/{survey_uid}/adjustment.pdf", summary="Báo cáo bình sai / Adjustment report")
def survey_adjustment(survey_uid: UUID, desk: DeskHere) -> Response:
    """Return the report of a survey's adjustment."""
    headers = {
        "Content-Disposition": f'inline; filename="adjustment-{survey_uid}.pdf"',
        "Cache-Control": "private, no-store",
    }
    content = adjustment_pdf(desk, survey_uid=str(survey_uid))
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/measured/{measured_uid}/documents/{kind}.pdf", summary="Giấy tờ đo đạc / A paper")
def survey_document(measured_uid: UUID, kind: str, desk: DeskHere) -> Response:
    """Return a paper of a measured parcel: measured_state, boundary_description, survey_plan."""
    if desk.actor.role not in {*SEES_PERSONS, "surveyor"}:
        raise VerbForbidden(f"(persons, {desk.actor.role})", role=desk.actor.role)
    content = survey_paper(desk, kind=kind, measured_uid=str(measured_uid))
    headers = {
        "Content-Disposition": f'inline; filename="{kind}-{measured_uid}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/communes/{code}/reconciliations", summary="Các lần so sánh / Comparisons")
def reconciliations(commune: CommuneHere, register: Register) -> dict[str, Any]:
    """Return the latest comparisons of map and ground."""
    wanted = {"commune": commune, "limit": _COMPARISONS}
    rows = register.execute(query("reconciliations_read"), wanted).mappings()
    return {"reconciliations": [dict(row) for row in rows]}


@router.post(
    "/communes/{code}/reconciliations", status_code=202, summary="So bản đồ với thực địa / Compare"
)
def reconcile(
    commune: CommuneHere, desk: DeskHere, key: RequestKey, body: Compared | None = None
) -> Response:
    """Start the comparison of some surveys, or of all in force, with the parcel map."""
    named = None if body is None else body.surveys
    return job_started(desk, key, commune, "reconcile_commune", arguments={"surveys": named})


@router.get("/reconciliations/{reconciliation_id}", summary="Một lần so sánh / One comparison")
def reconciliation(reconciliation_id: UUID, register: Register, actor: ActorHere) -> dict[str, Any]:
    """Return a comparison with every match that it made."""
    wanted = {
        "communes": list(actor.communes),
        "reconciliation_id": str(reconciliation_id),
    }
    row = register.execute(query("reconciliation_read"), wanted).mappings().first()
    if row is None:
        raise ReconciliationUnknown(f"({reconciliation_id})")
    matches = register.execute(
        query("reconciliation_matches"),
        {
            "commune": row["commune"],
            "reconciliation_id": str(reconciliation_id),
            "limit": _MATCHES_MOST,
        },
    ).mappings()
    return {**row, "matches": [_match(found) for found in matches]}


def _match(row: Any) -> dict[str, Any]:
    plain = {k: v for k, v in row.items() if k not in ("sheet", "parcel")}
    return {**plain, "parcel_label": parcel_label(row["sheet"], row["parcel"])}
