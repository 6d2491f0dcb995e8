"""``cadastre survey``: everything that a surveyor does, without the web.

``adjust`` reads a file and stores nothing; ``add`` stores it; ``list`` and ``show`` read the
register; ``papers`` writes the adjustment report, the drawing and the papers of each parcel.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    from cadastre.office.desk import Desk
    from cadastre.survey.network_drawing import Printed

survey = typer.Typer(help="Số liệu đo đạc / Field measurements.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(exists=True, help="Tệp / File.")]
SurveyArgument = Annotated[str, typer.Argument(help="Mã đợt đo / Survey identifier.")]
CrsOption = Annotated[
    str, typer.Option(help="Múi chiếu của tọa độ: EPSG hoặc auto / Zone: EPSG code or auto.")
]
AxesOption = Annotated[
    str,
    typer.Option(help="Cột trái là bắc (ne) hay đông (en), hoặc auto / Left column north or east."),
]
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
    """Add the commands on surveys."""
    app.add_typer(survey, name="survey")


@survey.command("add")
def survey_add(
    path: FileArgument,
    commune: CommuneOption,
    label: Annotated[str | None, typer.Option(help="Tên đợt đo / Survey label.")] = None,
    surveyed_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Ngày đo / Day of the survey.")
    ] = None,
    crs: CrsOption = "auto",
    axes: AxesOption = "auto",
    control: ControlOption = None,
    parcels: SequencesOption = None,
    scale: ScaleOption = None,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Nạp số liệu đo / Record a survey file: lists, field books, instruments, polygons."""
    from cadastre.office.record_survey import record_survey
    from cadastre.survey.remarks import report_remarks

    with progress_bar("Đo đạc / Survey") as progress:
        result = record_survey(
            open_desk(account).with_progress(progress),
            commune=commune,
            path=path,
            label=label,
            surveyed_on=None if surveyed_on is None else surveyed_on.date(),
            crs=crs,
            axes=axes,
            control=control,
            sequences=parcels,
            scale=scale,
        )
    if as_json:
        show(result, as_json)
        return
    plain = asdict(result)
    report = plain.pop("report")
    show(plain, as_json)
    show(report_remarks(report), as_json)
    if result.measured:
        typer.echo(
            "Việc tiếp theo, so với bản đồ / Next, compare with the map: "
            f"cadastre reconcile -c {commune} --survey {result.survey_uid}"
        )


@survey.command("adjust")
def survey_adjust(
    path: FileArgument,
    control: ControlOption = None,
    parcels: SequencesOption = None,
    crs: CrsOption = "auto",
    axes: AxesOption = "auto",
    scale: ScaleOption = None,
    report: Annotated[
        Path | None, typer.Option(help="Ghi báo cáo PDF / Write the adjustment report.")
    ] = None,
    drawing: Annotated[
        Path | None, typer.Option(help="Ghi sơ đồ SVG / Write the network drawing.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Bình sai lưới (gkf) hoặc sổ đo / Adjust a network or a field book; nothing is stored."""
    from cadastre.survey.network_drawing import Printed

    if path.suffix.lower() == ".gkf":
        from cadastre.survey.network_report import adjust_file, judged, summary, told
        from cadastre.survey.remarks import network_remarks

        network, adjustment = adjust_file(path)
        result = told(network, adjustment) | judged(network, adjustment)
        if report is not None or drawing is not None:
            _write_adjustment(Printed.of_network_file(path), report, drawing)
        show(result if as_json else summary(result), as_json)
        if not as_json:
            show(network_remarks(result), as_json)
        return
    from cadastre.survey import read_survey
    from cadastre.survey.field_report import reading_summary, reading_told
    from cadastre.survey.remarks import reading_remarks

    found = read_survey(path, crs=crs, axes=axes, control=control, sequences=parcels, scale=scale)
    _write_adjustment(Printed.of_reading(found), report, drawing)
    show(reading_told(found) if as_json else reading_summary(found), as_json)
    if not as_json:
        show(reading_remarks(found), as_json)


def _write_adjustment(printed: Printed, report: Path | None, drawing: Path | None) -> None:
    if report is not None:
        from cadastre.office.stationery import Stationery
        from cadastre.store.settings import Settings
        from cadastre.survey.adjustment_paper import adjustment_report

        paper = printed.paper(commune="", made_at=datetime.now(UTC))
        sample = Stationery(Settings().home).sample
        report.write_bytes(adjustment_report(paper, sample=sample))
    if drawing is not None:
        drawing.write_text(printed.svg(), encoding="utf-8")


@survey.command("list")
def survey_list(
    commune: CommuneOption, account: AsOption = None, as_json: JsonOption = False
) -> None:
    """Các đợt đo đang dùng / Surveys in force, newest first."""
    from cadastre.store.survey_reading import survey_rows
    from cadastre.store.transaction import reading

    desk = open_desk(account)
    with reading(desk.engine, desk.actor) as connection:
        rows = survey_rows(connection, commune)
    names = ["survey_uid", "label", "version", "file", "uploaded_by", "uploaded_at", "points",
             "measured", "verdicts", "open"]  # fmt: skip
    told = names if as_json else ["survey_uid", "label", "version", "file", "measured", "open"]
    show([{name: row[name] for name in told} for row in rows], as_json)


@survey.command("show")
def survey_show(
    survey_uid: SurveyArgument,
    commune: CommuneOption,
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Một đợt đo / One survey: account, checks, versions; with --json points and residuals too."""
    from cadastre.store.survey_reading import whole_survey
    from cadastre.store.transaction import reading
    from cadastre.survey.remarks import report_remarks

    desk = _desk_of(commune, account)
    with reading(desk.engine, desk.actor) as connection:
        found = whole_survey(connection, survey_uid, desk.actor.communes)
    if as_json:
        show(found, as_json)
        return
    versions = ("version", "file", "uploaded_by", "uploaded_at", "survey_uid")
    show({name: found[name] for name in ("label", "version", "file", "sha256")}, as_json)
    show(report_remarks(found["report"]), as_json)
    show([{name: one[name] for name in versions} for one in found["versions"]], as_json)


@survey.command("papers")
def survey_papers(
    survey_uid: SurveyArgument,
    commune: CommuneOption,
    to: Annotated[Path, typer.Option("--to", help="Thư mục ghi giấy tờ / Folder to write to.")],
    account: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ghi giấy tờ của đợt đo / Write the report, the drawing and the papers of every parcel."""
    from cadastre.office.survey_files import survey_files

    to.mkdir(parents=True, exist_ok=True)
    with progress_bar("Giấy tờ / Papers") as progress:
        desk = _desk_of(commune, account).with_progress(progress)
        written = survey_files(desk, survey_uid=survey_uid, folder=to)
    show([asdict(one) for one in written], as_json)


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


def _desk_of(commune: str, account: str | None) -> Desk:
    """Return the desk of an account, or the service's own for one commune."""
    desk = open_desk(account)
    if account is not None:
        return desk
    return replace(desk, actor=replace(desk.actor, communes=(commune,)))
