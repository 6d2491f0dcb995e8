"""What a person must know of a reading or an adjusted network beside its coordinates.

Rows for a terminal, each with a mark (✓ sound, ✗ not, · told), the thing, and a sentence in
both languages: the account of the file, refused rows, checks, outliers, parcels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cadastre.formats.network import KINDS_VI
from cadastre.mismatch import Code, decimal_comma
from cadastre.survey.reading import SurveyReading
from cadastre.survey.survey_checks import FLAGGED

_SOUND, _WRONG, _TOLD = "✓", "✗", "·"
#: Refused or repaired rows told one by one; the account tells how many there are.
_MOST_LINES = 30


def report_remarks(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """Account of the file, refused and repaired rows, notes and checks, of a report as kept.

    >>> report = {"file": "do.csv", "records": 9, "loaded": 8, "repaired": 0, "refused": 1,
    ...           "lines": [], "notes": [], "checks": []}
    >>> report_remarks(report)[0]["en"]
    '9 records: 8 loaded, 0 repaired, 1 refused.'
    """
    counts = {name: report[name] for name in ("records", "loaded", "repaired", "refused")}
    rows = [
        _row(
            _WRONG if report["refused"] else _SOUND,
            str(report["file"]),
            "{records} bản ghi: {loaded} dùng được, {repaired} đã sửa, {refused} từ chối.".format(
                **counts
            ),
            "{records} records: {loaded} loaded, {repaired} repaired, {refused} refused.".format(
                **counts
            ),
        )
    ]
    rows += [
        _row(_WRONG if line["outcome"] == "refused" else _TOLD, str(line["record"]),
             line["reason_vi"], line["reason_en"])
        for line in report["lines"][:_MOST_LINES]
    ]  # fmt: skip
    checks = report.get("checks", ())
    names = {str(check["check"]) for check in checks}
    rows += [
        _row(_TOLD, str(note["code"]), str(note["vi"]), str(note["en"]))
        for note in report["notes"]
        if note["code"] not in names
    ]
    return rows + [
        _row(_SOUND if check["passed"] else _WRONG, f"{check['check']} {check['subject']}".strip(),
             str(check["vi"]), str(check["en"]))
        for check in checks
    ]  # fmt: skip


def reading_remarks(found: SurveyReading) -> list[dict[str, str]]:
    """What its report says of a reading, then outliers and parcels."""
    checks = found.checks.to_dict("records")
    rows = report_remarks({**found.report.to_dict(), "checks": checks})
    rows += [
        _row(_WRONG, str(one["code"]), str(one["message_vi"]), str(one["message_en"]))
        for one in found.mismatches.to_dict("records")
        if (Code(one["code"]), one["rule"]) not in FLAGGED and one["rule"] != "survey.traverse"
    ]
    return rows + _parcels(found)


def _parcels(found: SurveyReading) -> list[dict[str, str]]:
    frame = found.measured
    return [
        _row(
            _TOLD,
            str(label),
            decimal_comma(f"Thửa {label}: {area:.1f} m2, sai số góc {1000 * sigma:.0f} mm."),
            f"Parcel {label}: {area:.1f} m2, corners good to {1000 * sigma:.0f} mm.",
        )
        for label, area, sigma in zip(
            frame["label"], frame.geometry.area, frame["sigma_m"], strict=True
        )
    ]


def network_remarks(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Test of sigma nought, suspected observations, control and notes of a network file.

    ``result`` is what :func:`cadastre.survey.network_report.told` and ``judged`` say.
    """
    rows = [_tested(result)]
    for one in result["outliers"]:
        kind, _, ends = str(one["name"]).partition(" ")
        size = f"{abs(one['standardised']):.2f} > {one['limit']:.2f}"
        rows.append(
            _row(
                _WRONG,
                f"OUTLIER {one['line'] or ''}".strip(),
                f"{KINDS_VI.get(kind, kind)} {ends}: {size}; nghi sai, hãy kiểm tra hoặc đo lại.",
                f"{one['name']}: {size}; suspected, check it or measure again.",
            )
        )
    control = result["control"]
    if control.get("judged"):
        fits = bool(control["fits"])
        rows.append(
            _row(
                _SOUND if fits else _WRONG,
                "CONTROL",
                "Trị đo khớp khống chế." if fits else "Trị đo không khớp khống chế.",
                f"The measurements {'fit' if fits else 'do not fit'} the control.",
            )
        )
    rows += [_row(_TOLD, "NETWORK", note["vi"], note["en"]) for note in result["notes"]]
    return rows


def _tested(result: Mapping[str, Any]) -> dict[str, str]:
    test = result["test"]
    if not result["degrees_of_freedom"]:
        return _row(
            _TOLD,
            "SIGMA0",
            "Không có trị đo thừa: không kiểm tra được.",
            "No redundant observation: nothing is controlled.",
        )
    told = f"{test['ratio']:.3f} ({test['lower']:.3f} – {test['upper']:.3f})"
    worse = not test["passed"] and test["ratio"] > test["upper"]
    vi, en = ("đạt", "passed") if test["passed"] else ("tốt hơn nêu ra", "better than stated")
    if worse:
        vi, en = (
            "không đạt, kém hơn độ chính xác nêu ra",
            "failed, worse than the stated precision",
        )
    return _row(
        _WRONG if worse else _SOUND, "SIGMA0", f"m0/m0' {told}: {vi}.", f"sigma ratio {told}: {en}."
    )


def _row(mark: str, what: str, vi: str, en: str) -> dict[str, str]:
    return {"": mark, "what": what, "vi": vi, "en": en}
