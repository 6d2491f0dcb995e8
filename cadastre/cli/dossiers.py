"""Commands on dossiers: lodge, show, act; and the check of a certificate."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cadastre.cli.console import AsOption, CommuneOption, JsonOption, open_desk, show
from cadastre.errors import InputRefused

if TYPE_CHECKING:
    from cadastre.office.desk import Desk
    from cadastre.office.lodge_dossier import NewParty
    from cadastre.store.dossier_file import DossierFile

dossier = typer.Typer(help="Hồ sơ / Dossiers.", no_args_is_help=True)

DataOption = Annotated[str, typer.Option("--data", help="JSON")]


class JsonUnreadable(InputRefused):
    """The text given is not a JSON object."""

    message_vi = "Nội dung đưa vào không phải đối tượng JSON."


def register(app: typer.Typer) -> None:
    """Add the commands on dossiers and the check of a certificate."""
    app.add_typer(dossier, name="dossier")
    app.command("verify", help="Kiểm tra giấy chứng nhận / Check a certificate.")(verify)


@dossier.command("list")
def list_command(
    commune: CommuneOption,
    state: Annotated[str | None, typer.Option(help="Tình trạng / State.")] = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Các hồ sơ / Dossiers, newest first."""
    from cadastre.certificate.context import office_date
    from cadastre.certificate.deadlines import working_calendar
    from cadastre.drawing.wording import moment_vi
    from cadastre.store.dossier_view import dossier_summary
    from cadastre.store.dossiers import list_dossiers
    from cadastre.store.transaction import reading

    desk = open_desk(account)
    calendar, today = working_calendar(desk.regulation), office_date(desk.moment())
    with reading(desk.engine, desk.actor) as connection:
        rows = list_dossiers(connection, commune=commune, state=state)
    shown = [dossier_summary(row, calendar, today) for row in rows]
    if as_json:
        show(shown, as_json)
        return
    names = ("code", "state_title_vi", "parcel_label", "lodged_at")
    told = [{**one, "lodged_at": moment_vi(one["lodged_at"])} for one in shown]
    show([{name: one[name] for name in names} for one in told], as_json)


@dossier.command("show")
def show_command(code: str, account: AsOption = None, as_json: JsonOption = False) -> None:
    """Một hồ sơ, việc được làm và điều còn thiếu / One dossier and what may be done."""
    show(_view(open_desk(account), code), as_json)


@dossier.command("lodge")
def lodge(
    commune: CommuneOption,
    parcel_uid: Annotated[str | None, typer.Option("--parcel", help="Thửa đất / Parcel.")] = None,
    party: Annotated[list[str] | None, typer.Option(help="'Họ tên:1/2' / 'Name:1/2'")] = None,
    document: Annotated[list[str] | None, typer.Option(help="Loại giấy tờ / Kind.")] = None,
    procedure: Annotated[str, typer.Option(help="Thủ tục / Procedure.")] = "first_certificate",
    channel: Annotated[str, typer.Option(help="counter, post, online")] = "counter",
    certificate: Annotated[
        str | None, typer.Option(help="Giấy chứng nhận đã cấp / Certificate it is about.")
    ] = None,
    external: Annotated[list[str] | None, typer.Option(help="portal=G22.99-260302-0001")] = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tiếp nhận hồ sơ / Lodge a dossier."""
    from cadastre.office.lodge_dossier import LodgedDocument, lodge_dossier

    result = lodge_dossier(
        open_desk(account),
        commune=commune,
        procedure=procedure,
        parcel_uid=parcel_uid,
        parties=[_party(text) for text in party or []],
        documents=[LodgedDocument(kind) for kind in document or []],
        channel=channel,
        certificate=certificate,
        external_codes=dict(_pair(text) for text in external or []),
    )
    show(result, as_json)


@dossier.command("act")
def act(
    code: str,
    action: str,
    data: DataOption = "{}",
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Thực hiện một bước / Take a step; ``sign`` issues the certificate."""
    from cadastre.cli.counter import standing
    from cadastre.office.advance_dossier import advance_dossier
    from cadastre.office.dossier_steps import ISSUE
    from cadastre.office.issue_certificate import issue_certificate

    desk = standing(account)
    found = _file(desk, code)
    taken = found.profile.actions.get(action)
    signs = taken is not None and ISSUE in taken.effects
    step = issue_certificate if signs else advance_dossier
    result = step(
        desk, commune=str(found.row["commune"]), code=code, action=action, data=_data(data)
    )
    show(result, as_json)


@dossier.command("attach")
def attach(
    code: str,
    kind: Annotated[str, typer.Argument(help="Loại giấy tờ / Kind of paper.")],
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="PDF, JPEG")],
    title: Annotated[str, typer.Option(help="Tên giấy tờ / Title.")] = "",
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Đính kèm bản chụp / Attach the scan of a paper; a picture is read by the worker."""
    from cadastre.office.attach_document import attach_document

    desk = open_desk(account)
    result = attach_document(
        desk,
        commune=str(_file(desk, code).row["commune"]),
        code=code,
        kind=kind,
        content=path.read_bytes(),
        title=title,
        name=path.name,
    )
    show(result, as_json)


@dossier.command("read-scans")
def read_scans(
    commune: CommuneOption, account: AsOption = None, as_json: JsonOption = False
) -> None:
    """Đọc lại các bản chụp chưa đọc được chữ / Read the scans whose words are not known."""
    from cadastre.office.read_scan import read_scan
    from cadastre.store.counter import scans_unread
    from cadastre.store.transaction import reading

    desk = open_desk(account)
    with reading(desk.engine, desk.actor) as connection:
        unread = scans_unread(connection, commune)
    show([asdict(read_scan(desk, commune=commune, document_uid=uid)) for uid in unread], as_json)


def verify(
    what: Annotated[str, typer.Argument(help="Mã QR, hoặc tệp PDF / Token of the QR, or a PDF.")],
    root: Annotated[
        Path | None, typer.Option(exists=True, help="Chứng thư gốc / Root certificate (PEM).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a certificate: a token against the register, a PDF by its signature."""
    if what.lower().endswith(".pdf"):
        from cadastre.certificate.signing import verify_pdf

        # The report says in words what the library would print as a trace.
        logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
        from cadastre.store.settings import Settings

        own = sorted((Settings().home / "signing").glob("*.pem"))
        roots = tuple(path.read_bytes() for path in ([root] if root else own))
        report = verify_pdf(Path(what).read_bytes(), roots=roots)
        show(report, as_json)
        raise typer.Exit(0 if report.valid else 1)
    from cadastre.store.certificates import verify_certificate
    from cadastre.store.transaction import reading

    desk = open_desk()
    with reading(desk.engine, None) as connection:
        show(verify_certificate(connection, what), as_json)


def _file(desk: Desk, code: str) -> DossierFile:
    from cadastre.store.dossiers import read_dossier
    from cadastre.store.transaction import reading

    with reading(desk.engine, desk.actor) as connection:
        return read_dossier(connection, code)


def _view(desk: Desk, code: str) -> dict[str, Any]:
    from cadastre.certificate.deadlines import working_calendar
    from cadastre.store.dossier_view import dossier_view

    calendar = working_calendar(desk.regulation)
    return dossier_view(_file(desk, code), desk.actor, calendar, desk.moment())


def _party(text: str) -> NewParty:
    from cadastre.office.lodge_dossier import NewParty, PartyRefused

    name, _, share = text.partition(":")
    try:
        return NewParty(name=name.strip(), share=Fraction(share.strip() or "1"))
    except (ValueError, ZeroDivisionError) as wrong:
        raise PartyRefused(f"({share})", field="share") from wrong


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value


def _data(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except json.JSONDecodeError as broken:
        raise JsonUnreadable(str(broken)) from broken
    if not isinstance(given, dict):
        raise JsonUnreadable()
    return given
