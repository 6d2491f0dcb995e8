"""``cadastre merge``: merge the sheets of a commune, review its proposals, take a merge back.

``cadastre merge -c CODE`` merges; behind the word stand the commands of the review.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cadastre.cli.console import (
    AsOption,
    CommuneOption,
    JsonOption,
    open_desk,
    progress_bar,
    show,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

merge = typer.Typer(
    help="Ghép bản đồ / Merge the sheets of a commune.", invoke_without_command=True
)

ProposalArgument = Annotated[str, typer.Argument(help="Mã đề xuất / Proposal identifier.")]
_MOST_LISTED = 1000


def register(app: typer.Typer) -> None:
    """Add the commands of the merge."""
    app.add_typer(merge, name="merge")


@merge.callback()
def merge_command(
    context: typer.Context,
    commune: Annotated[
        str | None, typer.Option("--commune", "-c", help="Mã xã / Commune code.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Làm lại mọi biên / Work every edge again.")
    ] = False,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ghép bản đồ / Merge the sheets of a commune."""
    if context.invoked_subcommand is not None:
        return
    if commune is None:
        raise typer.BadParameter("Thiếu mã xã / Missing commune code.", param_hint="--commune / -c")
    from cadastre.office.merge_commune import merge_commune

    with progress_bar("Ghép / Merge") as progress:
        desk = open_desk(account).with_progress(progress)
        result = merge_commune(desk, commune=commune, whole=whole)
    show(result, as_json)


@merge.command("proposals")
def proposals(
    commune: CommuneOption,
    status: Annotated[str, typer.Option(help="open | accepted | rejected | withdrawn")] = "open",
    as_json: JsonOption = False,
) -> None:
    """Các đề xuất chờ quyết định / List the proposals of the merge."""
    rows = _rows(
        "proposals_page", commune=commune, status=status, proposal_id=None, kind=None,
        after_rank=None, after_move=None, after_id=None, limit=_MOST_LISTED,
    )  # fmt: skip
    names = ["proposal_id", "kind", "moment", "status", "labels", "max_move_m", "area_change_m2"]
    show([{name: row[name] for name in names} for row in rows], as_json)


@merge.command("preview")
def preview(
    proposal_id: ProposalArgument, commune: CommuneOption, as_json: JsonOption = False
) -> None:
    """Đề xuất sẽ làm dịch chuyển gì / What a proposal would move, parcel by parcel."""
    from cadastre.office.decide_proposal import preview_proposal

    shown = preview_proposal(open_desk(), commune=commune, proposal_id=proposal_id).parcels
    names = ["parcel_uid", "sheet", "parcel", "max_move_m", "area_before_m2", "area_after_m2"]
    show(shown[names].to_dict("records"), as_json)


@merge.command("decide")
def decide(
    proposal_id: ProposalArgument,
    decision: Annotated[str, typer.Argument(help="accepted | rejected | open")],
    commune: CommuneOption,
    note: Annotated[str, typer.Option(help="Lý do / Why.")] = "",
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Chấp nhận, từ chối đề xuất / Decide a proposal; the next merge applies it."""
    from cadastre.office.decide_proposal import decide_proposal

    result = decide_proposal(
        open_desk(account), commune=commune, proposal_id=proposal_id, decision=decision, note=note
    )
    show(result, as_json)


@merge.command("list")
def list_merges(commune: CommuneOption, as_json: JsonOption = False) -> None:
    """Các lần ghép / List the merges of a commune, the latest first."""
    rows = _rows("merges_read", commune=commune, limit=_MOST_LISTED)
    names = ["run_id", "at", "actor", "moved", "max_move_m", "undone_at"]
    show([{name: row[name] for name in names} for row in rows], as_json)


@merge.command("undo")
def undo(
    commune: CommuneOption,
    run: Annotated[str | None, typer.Option(help="Mã lần ghép / Merge identifier.")] = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hoàn tác lần ghép / Take the latest merge back, or the one named."""
    from cadastre.office.undo_merge import undo_merge

    show(undo_merge(open_desk(account), commune=commune, run_id=run), as_json)


@merge.command("conversion")
def conversion(
    path: Annotated[Path, typer.Argument(help="Tệp ra / Output file: .xlsx .pdf")],
    commune: CommuneOption,
    as_json: JsonOption = False,
) -> None:
    """Bảng chuyển đổi số tờ / Write the table of old and new sheet numbers."""
    from cadastre.cli.exports import write_conversion
    from cadastre.store.land_register import read_commune
    from cadastre.store.settings import Settings

    if path.suffix.lower() not in (".xlsx", ".pdf"):
        raise typer.BadParameter("Tệp ra phải là .xlsx hoặc .pdf / The file is .xlsx or .pdf.")
    home = Settings().home
    with _connection() as connection:
        count = write_conversion(connection, read_commune(connection, commune), path, home)
    show({"file": str(path), "rows": count}, as_json)


def _connection() -> Any:
    from cadastre.store.transaction import reading

    desk = open_desk()
    return reading(desk.engine, desk.actor)


def _rows(name: str, **parameters: Any) -> list[dict[str, Any]]:
    from cadastre.store.named import query

    connection: Connection
    with _connection() as connection:
        return [dict(row) for row in connection.execute(query(name), parameters).mappings()]
