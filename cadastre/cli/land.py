"""Commands on land: communes, comparison, mismatches."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cadastre.cli.console import (
    AsOption,
    CommuneOption,
    JsonOption,
    open_desk,
    progress_bar,
    show,
)

communes = typer.Typer(help="Các xã / Communes.", no_args_is_help=True)
mismatch = typer.Typer(help="Sai khác / Mismatches.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(exists=True, help="Tệp / File.")]


def register(app: typer.Typer) -> None:
    """Add the commands on land."""
    app.add_typer(communes, name="communes")
    app.add_typer(mismatch, name="mismatch")
    app.command("reconcile", help="So bản đồ với thực địa / Compare map and ground.")(reconcile)
    app.command("lookup", help="Tra cứu số thửa / Find a parcel by any number.")(lookup)


@communes.command("list")
def list_communes(as_json: JsonOption = False) -> None:
    """Các xã đã mở / Communes opened here."""
    from cadastre.store.land_register import read_table
    from cadastre.store.transaction import reading

    desk = open_desk()
    with reading(desk.engine, desk.actor) as connection:
        show(read_table(connection, "communes_opened").to_dict("records"), as_json)


@communes.command("open")
def open_command(path: FileArgument, account: AsOption = None, as_json: JsonOption = False) -> None:
    """Mở xã từ tệp JSON / Open a commune: code, name, kind, province, srid, former communes."""
    import json

    from cadastre.office.open_commune import commune_of, open_commune

    told = commune_of(json.loads(path.read_text(encoding="utf-8")))
    show(open_commune(open_desk(account), **told), as_json)


@communes.command("load")
def load_outline_command(
    commune: CommuneOption,
    path: FileArgument,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Nạp ranh giới xã từ tệp véc-tơ / Load a commune's outline from a vector file."""
    from cadastre.formats.vector import read_outline
    from cadastre.office.open_commune import load_outline

    load_outline(open_desk(account), commune=commune, outline=read_outline(path))
    show({"commune": commune, "outline": str(path)}, as_json)


def reconcile(
    commune: CommuneOption,
    survey: Annotated[
        list[str] | None, typer.Option(help="Chỉ đợt đo này / This survey only (repeatable).")
    ] = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare all surveys in force, or some of them, with the parcel map."""
    from cadastre.office.reconcile_commune import reconcile_commune

    with progress_bar("So sánh / Compare") as progress:
        result = reconcile_commune(
            open_desk(account).with_progress(progress), commune=commune, surveys=survey or None
        )
    show(result, as_json)


def lookup(
    text: Annotated[str, typer.Argument(help="Ví dụ / e.g. 'tờ 12 thửa 34 Khánh Phú'")],
    commune: CommuneOption,
    as_json: JsonOption = False,
) -> None:
    """Find a parcel by any number it ever had."""
    from cadastre.store.lookup import find_parcels
    from cadastre.store.transaction import reading

    desk = open_desk()
    with reading(desk.engine, desk.actor) as connection:
        show(find_parcels(connection, text, commune=commune), as_json)


@mismatch.command("list")
def list_mismatches(
    commune: CommuneOption,
    code: Annotated[str | None, typer.Option(help="Mã sai khác / Code.")] = None,
    severity: Annotated[str | None, typer.Option(help="Mức độ / Severity.")] = None,
    status: Annotated[str, typer.Option(help="open | decided | closed")] = "open",
    as_json: JsonOption = False,
) -> None:
    """Liệt kê sai khác / List mismatches."""
    from cadastre.store.land_register import read_table
    from cadastre.store.transaction import reading

    desk = open_desk()
    wanted = {"commune": commune, "code": code, "severity": severity, "status": status}
    with reading(desk.engine, desk.actor) as connection:
        rows = read_table(connection, "mismatch_listing", **wanted)
    show(rows.to_dict("records"), as_json)


@mismatch.command("effects")
def effects(
    mismatch_id: str,
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Mỗi quyết định làm gì / What each decision would change; nothing is done."""
    from cadastre.office.foresee_decision import foresee_decisions

    found = foresee_decisions(open_desk(account), commune=commune, mismatch_id=mismatch_id)
    if as_json:
        show([asdict(one) for one in found], as_json)
        return
    show(
        [
            {
                "decision": one.decision,
                "status": one.status,
                "parcels": "; ".join(
                    f"{p.label}: {p.state_before} -> {p.state_after}" for p in one.parcels
                ),
                "dossiers": "; ".join(
                    f"{d.code}: {d.held_before} -> {d.held_after}" for d in one.dossiers
                ),
                "gains_m2": "; ".join(f"{g.label}: {g.gain_m2:+.1f}" for g in one.gains),
                "says": one.message_vi,
            }
            for one in found
        ],
        as_json,
    )


@mismatch.command("decide")
def decide(
    mismatch_id: str,
    decision: str,
    commune: CommuneOption,
    note: Annotated[str, typer.Option(help="Lý do / Why.")] = "",
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Quyết định một sai khác / Decide a mismatch."""
    from cadastre.office.decide_mismatch import decide_mismatch

    result = decide_mismatch(
        open_desk(account),
        commune=commune,
        mismatch_id=mismatch_id,
        decision=decision,
        note=note,
    )
    show(result, as_json)


@mismatch.command("undo")
def undo(
    mismatch_id: str,
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rút lại quyết định / Take a decision back."""
    from cadastre.office.decide_mismatch import undo_decision

    show(undo_decision(open_desk(account), commune=commune, mismatch_id=mismatch_id), as_json)
