"""Commands on land: communes, surveys, comparison, mismatches."""

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
survey = typer.Typer(help="Số liệu đo đạc / Field measurements.", no_args_is_help=True)
mismatch = typer.Typer(help="Sai khác / Mismatches.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(exists=True, help="Tệp / File.")]

ControlOption = Annotated[
    Path | None,
    typer.Option(exists=True, help="Danh sách điểm khống chế / List of control points."),
]
SequencesOption = Annotated[
    Path | None,
    typer.Option(exists=True, help="Bảng nối điểm của thửa / Points that make each parcel."),
]
ScaleOption = Annotated[int | None, typer.Option(help="Mẫu số tỷ lệ / Scale denominator.")]


def register(app: typer.Typer) -> None:
    """Add the commands on land."""
    app.add_typer(communes, name="communes")
    app.add_typer(survey, name="survey")
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


@survey.command("add")
def survey_add(
    path: FileArgument,
    commune: CommuneOption,
    label: Annotated[str | None, typer.Option(help="Tên đợt đo / Survey label.")] = None,
    crs: Annotated[str, typer.Option(help="EPSG hoặc auto / EPSG code or auto.")] = "auto",
    control: ControlOption = None,
    parcels: SequencesOption = None,
    scale: ScaleOption = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Nạp số liệu đo / Record a survey file: lists, field books, instruments, polygons."""
    from cadastre.office.record_survey import record_survey

    with progress_bar("Đo đạc / Survey") as progress:
        result = record_survey(
            open_desk(account).with_progress(progress),
            commune=commune,
            path=path,
            label=label,
            crs=crs,
            control=control,
            sequences=parcels,
            scale=scale,
        )
    show(result, as_json)


@survey.command("adopt")
def survey_adopt(
    measured_uid: Annotated[str, typer.Argument(help="Thửa đo / Measured parcel.")],
    commune: CommuneOption,
    parcel: Annotated[str | None, typer.Option(help="Thửa nhận ranh / Parcel.")] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Ghi vào bản đồ / Change the map; without: only show.")
    ] = False,
    undo_event: Annotated[
        int | None, typer.Option("--undo", help="Hoàn tác lần nhận / Take this adoption back.")
    ] = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Nhận ranh đo vào bản đồ / Adopt a measured outline: who gains, who loses, then do it."""
    from cadastre.office import adopt_measurement as office

    desk = open_desk(account)
    if undo_event is not None:
        show(office.undo_adoption(desk, commune=commune, event_id=undo_event), as_json)
        return
    plan = office.preview_adoption(
        desk, commune=commune, measured_uid=measured_uid, parcel_uid=parcel
    )
    if apply:
        done = office.adopt_measurement(
            desk, commune=commune, measured_uid=measured_uid, parcel_uid=parcel, seen=plan.seen
        )
        show(done, as_json)
        return
    told = {
        "agreed": plan.agreed,
        "decided": plan.decided,
        "disputed": plan.disputed,
        "missing": list(plan.missing),
        "event_id": plan.standing,
        "parcels": [asdict(gain) for gain in (plan.parcel, *plan.neighbours)],
    }
    show(told if as_json else told["parcels"], as_json)


@survey.command("adjust")
def survey_adjust(
    path: FileArgument,
    control: ControlOption = None,
    parcels: SequencesOption = None,
    crs: Annotated[str, typer.Option(help="EPSG hoặc auto / EPSG code or auto.")] = "auto",
    scale: ScaleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bình sai lưới (gkf) hoặc sổ đo / Adjust a network or a field book; nothing is stored."""
    if path.suffix.lower() == ".gkf":
        from cadastre.survey.network_report import adjust_file, judged, summary, told

        network, adjustment = adjust_file(path)
        result = told(network, adjustment) | judged(network)
        show(result if as_json else summary(result), as_json)
        return
    from cadastre.survey import read_survey
    from cadastre.survey.field_report import reading_summary, reading_told

    found = read_survey(path, crs=crs, control=control, sequences=parcels, scale=scale)
    show(reading_told(found) if as_json else reading_summary(found), as_json)


def reconcile(
    commune: CommuneOption, account: AsOption = None, as_json: JsonOption = False
) -> None:
    """Compare all surveys in force with the parcel map."""
    from cadastre.office.reconcile_commune import reconcile_commune

    with progress_bar("So sánh / Compare") as progress:
        result = reconcile_commune(open_desk(account).with_progress(progress), commune=commune)
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
