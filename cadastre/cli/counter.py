"""Commands of the counter: hand-overs, codes, batch signing, delegations, blanks, figures."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cadastre.cli.console import AsOption, CommuneOption, JsonOption, open_desk, show

if TYPE_CHECKING:
    from cadastre.office.desk import Desk

procedures = typer.Typer(help="Danh mục thủ tục / Catalogue of procedures.", no_args_is_help=True)
blanks = typer.Typer(help="Phôi Giấy chứng nhận / Certificate blanks.", no_args_is_help=True)
delegation = typer.Typer(help="Ủy quyền ký / Delegations.", no_args_is_help=True)

DayOption = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]
MaybeDay = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def register(app: typer.Typer, dossier: typer.Typer) -> None:
    """Add the commands of the counter."""
    app.add_typer(procedures, name="procedures")
    app.add_typer(blanks, name="blanks")
    app.add_typer(delegation, name="delegation")
    app.command("figures", help="Số liệu / Figures of the counter.")(figures)
    dossier.command("hand-over")(hand_over)
    dossier.command("external-code")(external_code)
    dossier.command("card")(card)
    dossier.command("sign")(sign)
    dossier.command("certificate")(certificate_record)


def standing(account: str | None) -> Desk:
    """Return the desk of an account with the roles that are delegated to it today."""
    from dataclasses import replace

    from cadastre.certificate.context import office_date
    from cadastre.store.counter import with_delegations

    desk = open_desk(account)
    actor = with_delegations(desk.engine, desk.actor, office_date(desk.moment()))
    return replace(desk, actor=actor)


def hand_over(
    code: str,
    commune: CommuneOption,
    to: Annotated[str | None, typer.Option(help="Người nhận / Who has it now.")] = None,
    note: str = "",
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bàn giao hồ sơ theo mã vạch / The folder passed on, by its bar code."""
    from cadastre.office.hand_over_dossier import hand_over_dossier

    done = hand_over_dossier(open_desk(account), commune=commune, code=code, taken_by=to, note=note)
    show(done, as_json)


def external_code(
    code: str,
    system: str,
    scanned: str,
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ghi mã của hệ thống khác / Record the code that another system gave."""
    from cadastre.office.record_external_code import record_external_code

    done = record_external_code(
        open_desk(account), commune=commune, code=code, system=system, scanned=scanned
    )
    show(done, as_json)


def card(as_json: JsonOption = False) -> None:
    """Đọc mã QR thẻ căn cước từ máy quét / Read a scanned identity card from standard input."""
    from cadastre.certificate.identity_card import read_identity_card

    show(asdict(read_identity_card(sys.stdin.readline())), as_json)


def sign(
    codes: list[str],
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ký nhiều hồ sơ, mỗi hồ sơ riêng / Sign dossiers, each on its own; 1 if one is refused."""
    from cadastre.errors import CadastreError
    from cadastre.office.advance_dossier import advance_dossier
    from cadastre.office.dossier_steps import ISSUE
    from cadastre.office.issue_certificate import issue_certificate
    from cadastre.store.dossiers import read_dossier
    from cadastre.store.transaction import reading

    desk = standing(account)
    results: list[dict[str, Any]] = []
    for code in codes:
        try:
            with reading(desk.engine, desk.actor) as connection:
                found = read_dossier(connection, code)
            action = found.approval()
            verb: Any = issue_certificate if ISSUE in action.effects else advance_dossier
            done = verb(desk, commune=commune, code=code, action=action.name)
            results.append({"code": code, "status": "signed", "message": done.to_state})
        except CadastreError as refused:
            results.append({"code": code, "status": "refused", "message": refused.message("vi")})
    show(results, as_json)
    if any(result["status"] == "refused" for result in results):
        raise typer.Exit(1)


@delegation.command("add")
def add_delegation(
    taken_by: str,
    commune: CommuneOption,
    starts_on: DayOption,
    ends_on: DayOption,
    reference: Annotated[str, typer.Option(help="Văn bản ủy quyền / Written decision.")],
    title: str = "PHÓ CHỦ TỊCH",
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ủy quyền ký thay Chủ tịch / Hand the chairman's signature over for some days."""
    from cadastre.office.delegate_role import delegate_role

    done = delegate_role(
        open_desk(account),
        commune=commune,
        taken_by=taken_by,
        starts_on=starts_on.date(),
        ends_on=ends_on.date(),
        reference=reference,
        title=title,
    )
    show(done, as_json)


@delegation.command("end")
def finish_delegation(
    delegation_id: int,
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Chấm dứt ủy quyền / End a delegation of one's own."""
    from cadastre.office.delegate_role import end_delegation

    done = end_delegation(open_desk(account), commune=commune, delegation_id=delegation_id)
    show({"ended": done}, as_json)


@delegation.command("list")
def list_delegations(
    commune: CommuneOption, account: AsOption = None, as_json: JsonOption = False
) -> None:
    """Các ủy quyền / Delegations."""
    from cadastre.certificate.context import office_date
    from cadastre.store.counter import delegations
    from cadastre.store.transaction import reading

    desk = open_desk(account)
    with reading(desk.engine, desk.actor) as connection:
        show(delegations(connection, commune, office_date(desk.moment())), as_json)


@procedures.command("load")
def load_procedures(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Nạp danh mục từ bảng XLSX, CSV / Load the catalogue from a table."""
    from cadastre.office.load_catalogue import load_catalogue

    done = load_catalogue(
        open_desk(account), commune=commune, content=file.read_bytes(), name=file.name
    )
    show(done, as_json)
    if done.refused:
        raise typer.Exit(1)


@procedures.command("find")
def find_procedures(
    words: Annotated[str, typer.Argument(help="Từ khóa, có dấu hoặc không / Words.")] = "",
    online: Annotated[bool | None, typer.Option("--online/--direct")] = None,
    as_json: JsonOption = False,
) -> None:
    """Tìm thủ tục / Find procedures, accents or not."""
    from cadastre.certificate.catalogue import folded
    from cadastre.store.counter import search_catalogue
    from cadastre.store.transaction import reading

    desk = open_desk()
    with reading(desk.engine, None) as connection:
        rows = search_catalogue(connection, words=folded(words), online=online, limit=1000)
    names = ("code", "title", "field", "online", "days", "fee")
    show(rows if as_json else [{name: row[name] for name in names} for row in rows], as_json)


def certificate_record(
    code: str,
    out: Annotated[Path | None, typer.Option(help="Tệp JSON / JSON file.")] = None,
    account: AsOption = None,
) -> None:
    """Dữ liệu Giấy chứng nhận cho phần mềm in / Certificate as data for the printing software."""
    from cadastre.office.certificate_data import certificate_data

    text = json.dumps(certificate_data(open_desk(account), code=code), ensure_ascii=False, indent=1)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")


@blanks.command("load")
def load_range(
    letters: str,
    first: int,
    count: int,
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Nhập dải phôi / Enter a range of blanks."""
    from cadastre.office.load_blanks import load_blanks

    done = load_blanks(
        open_desk(account), commune=commune, letters=letters, first=first, count=count
    )
    show(done, as_json)


@blanks.command("spoil")
def spoil(
    serial: str,
    reason: Annotated[str, typer.Option(help="Lý do / Reason.")],
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ghi phôi hỏng / Account for a damaged blank."""
    from cadastre.office.load_blanks import spoil_blank

    show(spoil_blank(open_desk(account), commune=commune, serial=serial, reason=reason), as_json)


def figures(
    commune: CommuneOption,
    since: MaybeDay = None,
    until: MaybeDay = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the figures of a period, as of its last day (both days included)."""
    from cadastre.certificate.context import office_date
    from cadastre.certificate.figures import Period
    from cadastre.store.figures import office_figures
    from cadastre.store.transaction import reading

    desk = open_desk(account)
    today = office_date(desk.moment())
    period = Period(since.date() if since else None, min(until.date(), today) if until else today)
    with reading(desk.engine, desk.actor) as connection:
        found = office_figures(connection, [commune], period, desk.regulation)
    show(found if as_json else found["totals"], as_json)
