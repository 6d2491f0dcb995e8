"""Sentences on the observations of a network file that took no part, by reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from cadastre.formats.network import KINDS_VI
from cadastre.survey.adjust_result import Adjustment

#: What stands before the colon of a reason -> how it is told.
_REASONS = {
    "gross": (
        "Trị đo sai quá dung sai tol-abs của tệp, không dùng",
        "Off by more than the file's tol-abs and not used",
    ),
    "point not determined": (
        "Bỏ trị đo sai thô thì điểm không còn xác định được, không dùng",
        "Not used, for without gross observations nothing determines the point",
    ),
    "point takes no part": (
        "Tệp không khai báo vai trò của điểm (fix, adj), không dùng",
        "Not used, for the file gives the point no role (fix, adj)",
    ),
    "only target of its set": (
        "Lần đo chỉ ngắm một điểm, không dùng hướng đó",
        "Not used, for the set of directions has one target only",
    ),
}
_MOST_NAMES = 12


def left_out(adjustment: Adjustment) -> list[dict[str, str]]:
    """One sentence per reason in both languages, with the names of the observations."""
    table = adjustment.residuals
    by_reason: dict[str, list[Mapping[Any, Any]]] = defaultdict(list)
    for row in table[~table["used"].to_numpy(dtype=bool)].to_dict("records"):
        by_reason[str(row["note"]).partition(":")[0]].append(row)
    return [
        {
            "vi": f"{vi}: {_named(by_reason[reason], KINDS_VI)}.",
            "en": f"{en}: {_named(by_reason[reason], {})}.",
        }
        for reason, (vi, en) in _REASONS.items()
        if reason in by_reason
    ]


def _named(rows: list[Mapping[Any, Any]], words: Mapping[str, str]) -> str:
    names = [
        f"{words.get(row['kind'], row['kind'])} "
        + "-".join(str(row[end]) for end in ("backsight", "station", "target") if row[end])
        for row in rows[:_MOST_NAMES]
    ]
    more = [f"… ({len(rows)})"] if len(rows) > _MOST_NAMES else []
    return ", ".join([*names, *more])
