"""Dossiers: lodge, list, look into, take a step, papers."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, File, Form, Query, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from api.dependencies import ActorHere, DeskHere, HouseHere
from api.routes.dossier_reading import read, shown, standing
from api.routes.parameters import (
    SEES_PERSONS,
    CommuneHere,
    PageHere,
    Register,
    RequestKey,
    SeenVersion,
    allowed,
    key_of,
    written,
)
from api.routes.uploads import read_files
from cadastre.certificate.context import office_date
from cadastre.certificate.deadlines import working_calendar
from cadastre.errors import NotFound
from cadastre.merge.lookup import plain
from cadastre.office.advance_dossier import advance_dossier
from cadastre.office.attach_document import attach_document
from cadastre.office.dossier_steps import ISSUE
from cadastre.office.draft_paper import draft_paper, drafts_of
from cadastre.office.issue_certificate import issue_certificate
from cadastre.office.lodge_dossier import (
    LodgedDocument,
    NewParty,
    PartyRefused,
    lodge_dossier,
)
from cadastre.office.permissions import VerbForbidden
from cadastre.store.dossier_view import dossier_summary
from cadastre.store.dossiers import list_dossiers, read_dossier
from cadastre.store.evidence import Evidence
from cadastre.store.named import query
from cadastre.store.transaction import reading

router = APIRouter(tags=["dossiers"])
_MOST_PARTIES = 200


class PaperMissing(NotFound):
    """This dossier has no such paper, or its scan has not been attached."""

    message_vi = "Hồ sơ không có giấy tờ này, hoặc chưa có bản chụp."


class PartyBody(BaseModel):
    """A person of a dossier; ``share`` is an exact fraction such as 1/2."""

    name: str = Field(max_length=200)
    share: str = Field(default="1", max_length=40)
    id_number: str | None = Field(default=None, max_length=20)
    birth_date: date | None = None
    gender: str | None = Field(default=None, max_length=20)
    address: str | None = Field(default=None, max_length=300)
    phone: str | None = Field(default=None, max_length=30)
    kind: str = Field(default="person", max_length=20)
    party_uid: UUID | None = None

    def party(self) -> NewParty:
        """Return the party, its share exact."""
        try:
            share = Fraction(self.share.strip())
        except (ValueError, ZeroDivisionError) as wrong:
            raise PartyRefused(f"({self.share})", field="share") from wrong
        given = self.model_dump(exclude={"share", "party_uid"})
        uid = str(self.party_uid) if self.party_uid else None
        return NewParty(share=share, party_uid=uid, **given)


class PaperBody(BaseModel):
    """A paper that was handed in."""

    kind: str = Field(max_length=60, pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(default="", max_length=300)


class LodgeBody(BaseModel):
    """A new dossier."""

    commune: str = Field(pattern=r"^\d{5}$")
    procedure: str = Field(default="first_certificate", max_length=80)
    parcel_uid: UUID | None = None
    channel: str = Field(default="counter", max_length=20)
    wants_certificate: bool = True
    parties: list[PartyBody] = Field(max_length=_MOST_PARTIES)
    documents: list[PaperBody] = Field(default_factory=list, max_length=_MOST_PARTIES)
    external_codes: dict[str, Annotated[str, Field(max_length=80)]] = Field(
        default_factory=dict, max_length=10
    )
    certificate: str | None = Field(default=None, max_length=40)


@router.post("/dossiers", status_code=201, summary="Tiếp nhận hồ sơ / Lodge a dossier")
def lodge(body: LodgeBody, desk: DeskHere, key: RequestKey) -> Response:
    """Lodge a dossier; its receipt with the appointments is among its documents."""
    allowed(desk.actor, body.commune)
    parties = [given.party() for given in body.parties]

    def work() -> dict[str, Any]:
        lodged = lodge_dossier(
            desk,
            commune=body.commune,
            procedure=body.procedure,
            parties=parties,
            documents=[LodgedDocument(paper.kind, paper.title) for paper in body.documents],
            parcel_uid=str(body.parcel_uid) if body.parcel_uid else None,
            channel=body.channel,
            wants_certificate=body.wants_certificate,
            external_codes=body.external_codes,
            certificate=body.certificate,
        )
        same = {"same_parcel": list(lodged.same_parcel), "same_people": list(lodged.same_people)}
        return {**shown(desk, lodged.code), "warnings": same}

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="lodge_dossier",
        request=body.model_dump(mode="json"),
        status=201,
        work=work,
    )


@router.get("/dossiers", summary="Các hồ sơ / Dossiers")
def dossiers(
    register: Register,
    desk: DeskHere,
    page: PageHere,
    commune: Annotated[str | None, Query(pattern=r"^\d{5}$")] = None,
    state: Annotated[str | None, Query(max_length=60)] = None,
    procedure: Annotated[str | None, Query(max_length=80)] = None,
    parcel_uid: UUID | None = None,
    q: Annotated[str | None, Query(max_length=200)] = None,
    mine: bool = False,
    turn: bool = False,
    only_open: Annotated[bool, Query(alias="open")] = False,
) -> dict[str, Any]:
    """Return dossiers, newest first.

    ``q`` is part of a code or of a name, or words of its papers for those who may read them;
    accents or not. ``turn``: those that my role takes on from where they stand, or a role that
    is delegated to me.
    """
    actor = standing(desk).actor
    after = key_of(page, at=datetime.fromisoformat, code=str)
    rows = list_dossiers(
        register,
        commune=commune,
        state=state,
        procedure=procedure,
        parcel_uid=str(parcel_uid) if parcel_uid else None,
        actor=desk.actor.username if mine else None,
        words=q.strip() if q else None,
        plain=plain(q) if q else None,
        papers=plain(q) if q and desk.actor.role in SEES_PERSONS else None,
        roles={actor.role, *actor.delegated} if turn else None,
        open_only=only_open,
        before=(after["at"], after["code"]) if after["at"] else None,
        limit=page.limit + 1,
    )
    following = page.next(
        list(rows), lambda row: {"at": row["lodged_at"].isoformat(), "code": row["code"]}
    )
    calendar, today = working_calendar(desk.regulation), office_date(desk.moment())
    return {
        "dossiers": [dossier_summary(row, calendar, today) for row in rows[: page.limit]],
        "next": following,
    }


@router.get("/dossiers/{code}", summary="Một hồ sơ / One dossier")
def dossier(code: str, desk: DeskHere, response: Response) -> dict[str, Any]:
    """Return a dossier: its history, papers, what may be done and what holds it."""
    found = shown(desk, code)
    response.headers["ETag"] = f'"{found["row_version"]}"'
    return found


@router.post("/dossiers/{code}/actions/{action}", summary="Thực hiện một bước / Take a step")
def act(
    code: str,
    action: str,
    desk: DeskHere,
    seen: SeenVersion,
    key: RequestKey,
    data: Annotated[dict[str, Any] | None, Body()] = None,
) -> Response:
    """Take a step; 409 names everything that is unmet in ``items``."""

    def work() -> dict[str, Any]:
        found = read(desk, code)
        taken = found.profile.actions.get(action)
        signs = taken is not None and ISSUE in taken.effects
        verb: Any = issue_certificate if signs else advance_dossier
        verb(
            standing(desk),
            commune=str(found.row["commune"]),
            code=code,
            action=action,
            data=data or {},
            row_version=seen,
        )
        return shown(desk, code)

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="advance_dossier",
        request=[code, action, data],
        status=200,
        work=work,
    )


@router.get("/dossiers/{code}/documents/{kind}.pdf", summary="Một giấy tờ / One paper")
def document(
    code: str, kind: str, desk: DeskHere, version: Annotated[int | None, Query(ge=1)] = None
) -> FileResponse:
    """Return a paper of a dossier, the latest version unless another is asked for."""
    papers = [
        paper
        for paper in read(desk, code).documents
        if paper["kind"] == kind and paper["sha256"] and version in (None, paper["version"])
    ]
    if not papers:
        raise PaperMissing(f"({kind})", kind=kind)
    paper = max(papers, key=lambda one: int(one["version"]))
    path = Evidence(desk.home).path(str(paper["sha256"]))
    ending = "jpg" if paper["media_type"] == "image/jpeg" else "pdf"
    return FileResponse(
        path,
        media_type=str(paper["media_type"]),
        filename=f"{code}-{kind}-{paper['version']}.{ending}",
        content_disposition_type="inline",
        headers={"Cache-Control": "private, no-store"},
    )


@router.get("/dossiers/{code}/drafts/{kind}.pdf", summary="Dự thảo chờ ký / Draft to be signed")
def draft(code: str, kind: str, desk: DeskHere) -> Response:
    """Return a paper that waits for a signature, made now and marked as a draft."""
    if desk.actor.role not in SEES_PERSONS:
        raise VerbForbidden(f"(draft, {desk.actor.role})", role=desk.actor.role)
    with reading(desk.engine, desk.actor) as register:
        found = read_dossier(register, code)
        if kind not in drafts_of(found):
            raise PaperMissing(f"({kind})", kind=kind)
        content = draft_paper(desk, register, found, kind)
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'inline; filename="{found.code}-{kind}-draft.pdf"',
        },
    )


@router.post("/dossiers/{code}/documents", status_code=201, summary="Đính kèm / Attach a scan")
def attach(
    code: str,
    desk: DeskHere,
    house: HouseHere,
    seen: SeenVersion,
    key: RequestKey,
    file: Annotated[UploadFile, File(description="PDF, JPEG")],
    kind: Annotated[str, Form(max_length=60, pattern=r"^[a-z][a-z0-9_]*$")],
    title: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """Attach the scan of a lodged paper."""
    (upload,) = read_files(house, [file])

    def work() -> dict[str, Any]:
        attach_document(
            desk,
            commune=str(read(desk, code).row["commune"]),
            code=code,
            kind=kind,
            title=title,
            content=upload.content,
            name=upload.name,
            row_version=seen,
        )
        return shown(desk, code)

    return written(
        desk.engine,
        desk.actor,
        key=key,
        verb="attach_document",
        request=[code, kind, title, upload.name, len(upload.content)],
        status=201,
        work=work,
    )


@router.get("/communes/{code}/parties", summary="Người đã biết / Known persons")
def parties(
    code: CommuneHere,
    register: Register,
    actor: ActorHere,
    q: Annotated[str, Query(min_length=2, max_length=100)],
) -> dict[str, Any]:
    """Return known persons by part of a name or by identity number, to be reused."""
    if actor.role not in SEES_PERSONS:
        raise VerbForbidden(f"(parties, {actor.role})", role=actor.role)
    wanted = {"commune": code, "plain": f"%{plain(q)}%", "id_number": q.strip()}
    rows = register.execute(query("parties_known"), wanted).mappings()
    return {"parties": [dict(row) for row in rows]}
