"""Sentences about what a merge found, in Vietnamese and English."""

from __future__ import annotations

from cadastre.drawing.wording import parcel_vi


def metres(value: float, places: int = 2) -> str:
    """Return a number as Vietnamese write it.

    >>> metres(0.3)
    '0,30'
    """
    return f"{value:.{places}f}".replace(".", ",")


def sheet_vi(former: str, sheet: str, scale: int) -> str:
    """Return a former sheet as an officer calls it."""
    return f"tờ {sheet} tỷ lệ 1:{scale} (xã cũ {former})"


def sheet_en(former: str, sheet: str, scale: int) -> str:
    """Return a former sheet in English."""
    return f"sheet {sheet} at 1:{scale} (former commune {former})"


def edge_fault(
    kind: str, labels: tuple[str, str], *, width: float, length: float, area: float, allowed: float
) -> tuple[str, str]:
    """Sentence for an overlap or gap beyond the limit."""
    what_vi = "chồng lên nhau" if kind == "EDGE_OVERLAP" else "hở nhau"
    what_en = "overlap" if kind == "EDGE_OVERLAP" else "leave a gap"
    a, b = labels
    return (
        f"{_vi(a)} và {_vi(b)} {what_vi}: rộng {metres(width)} m, dài {metres(length, 1)} m, "
        f"diện tích {metres(area, 1)} m²; cho phép rộng {metres(allowed)} m.",
        f"{_en(a)} and {_en(b)} {what_en}: width {width:.2f} m, length {length:.1f} m, "
        f"area {area:.1f} m²; allowed width {allowed:.2f} m.",
    )


def edge_refused(
    labels: tuple[str, str], *, width: float, area: float, allowed: float
) -> tuple[str, str]:
    """Sentence for an edge inside the limit that may not be joined."""
    a, b = labels
    return (
        f"{_vi(a)} và {_vi(b)} lệch nhau {metres(width)} m (cho phép {metres(allowed)} m) "
        "nhưng không tự tiếp biên được vì làm thay đổi thửa đất quá hạn sai diện tích "
        f"hoặc làm hỏng hình thửa; phần lệch {metres(area, 1)} m².",
        f"{_en(a)} and {_en(b)} differ by {width:.2f} m (allowed {allowed:.2f} m) "
        f"but are not joined: it would change a parcel beyond the area limit or break its outline; "
        f"{area:.1f} m² are concerned.",
    )


def duplicate_number(label: str, count: int) -> tuple[str, str]:
    """Sentence for one number on several parcels."""
    return (
        f"{_vi(label)} được đánh số cho {count} thửa khác nhau trên cùng một tờ bản đồ.",
        f"{_en(label)} is the number of {count} different parcels of one sheet.",
    )


def duplicate_land(loser: str, winner: str, share: float, *, decided: bool) -> tuple[str, str]:
    """Sentence for land that is mapped twice."""
    rule_vi = (
        "theo quy tắc, bản đồ tỷ lệ lớn hơn rồi mới hơn được giữ"
        if decided
        else "quy tắc không phân định được, cán bộ quyết định"
    )
    rule_en = (
        "by rule the larger scale, then the newer map holds"
        if decided
        else "the rule cannot tell them apart, the officer decides"
    )
    return (
        f"{_vi(loser)} và {_vi(winner)} vẽ cùng một phần đất "
        f"({share:.0%} thửa nhỏ hơn); {rule_vi}.",
        f"{_en(loser)} and {_en(winner)} map the same land "
        f"({share:.0%} of the smaller); {rule_en}.",
    )


def outside(label: str, distance: float, allowed: float) -> tuple[str, str]:
    """Sentence for a parcel beyond the outline."""
    return (
        f"{_vi(label)} nằm ngoài ranh giới xã {metres(distance, 1)} m "
        f"(cho phép {metres(allowed, 1)} m).",
        f"{_en(label)} lies {distance:.1f} m outside the commune (allowed {allowed:.1f} m).",
    )


def broken(label: str, reason: str) -> tuple[str, str]:
    """Sentence for an outline that is not valid."""
    return (
        f"{_vi(label)} có đường ranh không hợp lệ ({reason}); không tiếp biên thửa này.",
        f"{_en(label)} has an invalid outline ({reason}); its edges are not matched.",
    )


def shifted(
    names: tuple[str, str],
    *,
    de: float,
    dn: float,
    length: float,
    n: int,
    rms: float,
    allowed: float,
) -> tuple[str, str]:
    """Sentence for a displaced sheet."""
    name_vi, name_en = names
    return (
        f"{_capital(name_vi)} lệch {metres(length)} m so với các tờ bên cạnh "
        f"(Đông {metres(de)} m, Bắc {metres(dn)} m; {n} điểm, sai số còn lại "
        f"{metres(rms, 3)} m; cho phép {metres(allowed)} m). "
        "Các chỗ hở, chồng do độ lệch này không nêu riêng.",
        f"{_capital(name_en)} lies {length:.2f} m off its neighbours (east {de:.2f} m, "
        f"north {dn:.2f} m; {n} points, residual {rms:.3f} m; allowed {allowed:.2f} m). "
        "Gaps and overlaps that this explains are not listed.",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _vi(label: str) -> str:
    sheet, _, parcel = label.partition("/")
    return parcel_vi(sheet, parcel)


def _en(label: str) -> str:
    sheet, _, parcel = label.partition("/")
    return f"Sheet {sheet} parcel {parcel or '?'}"
