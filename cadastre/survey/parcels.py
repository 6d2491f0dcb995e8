"""Corner sequences -> measured parcels: closed, valid, oriented, or refused with the reason.

A parcel is the sequence of points with its label, in the order of the file. It is never
repaired by guessing: a sequence that crosses itself is refused and shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cadastre.mismatch import Code, Mismatch, mismatch_id
from cadastre.regulation import Regulation
from cadastre.survey.corners import shared_corners


@dataclass
class Formed:
    """Parcels that could be formed, and what was wrong with the others."""

    labels: list[str] = field(default_factory=list)
    sigmas: list[float] = field(default_factory=list)
    geometries: list[Any] = field(default_factory=list)
    refused: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    repeated_rows: list[int] = field(default_factory=list)
    joined: int = 0


def form_parcels(
    points: pd.DataFrame,
    survey: str,
    regulation: Regulation,
    incomplete: frozenset[str] = frozenset(),
) -> Formed:
    """Parcels of labelled points (columns east, north, sigma_m, label, row_number).

    ``incomplete`` names parcels of which a row was refused: they are not formed without it.
    """
    formed = Formed()
    listed = points[points["label"].notna()].reset_index(drop=True)
    if listed.empty:
        return formed
    codes, labels = pd.factorize(listed["label"])
    xy, sigma, formed.joined = shared_corners(listed, codes, regulation)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(labels) + 1))
    rows = listed["row_number"].to_numpy()
    smallest = float(regulation["survey"]["shared_corner"]["duplicate_m"])
    for number, label in enumerate(labels):
        if label in incomplete:
            formed.refused.append((str(label), _incomplete(label)))
            continue
        at = order[starts[number] : starts[number + 1]]
        kept = _without_repeats(xy[at], smallest)
        closing = len(at) - 1 if not kept[-1] and len(at) > 1 else None
        dropped = [int(rows[at[i]]) for i in np.flatnonzero(~kept) if i != closing]
        formed.repeated_rows.extend(dropped)
        _form(formed, str(label), xy[at][kept], sigma[at][kept], survey, regulation)
    return formed


def _incomplete(label: str) -> dict[str, str]:
    return {
        "vi": f"Thửa {label}: có dòng bị từ chối, chưa lập thửa; hãy sửa dòng đó.",
        "en": f"Parcel {label}: one of its rows was refused, so it is not formed; correct it.",
    }


def _without_repeats(xy: np.ndarray, smallest: float) -> np.ndarray:
    """Which corners to keep: not the closing point, not a point typed twice in a row."""
    step = np.hypot(*(xy - np.roll(xy, 1, axis=0)).T)
    kept = step > smallest
    kept[0] = True
    if len(xy) > 1 and np.hypot(*(xy[0] - xy[-1])) <= smallest:
        kept[-1] = False
    return kept


def _form(
    formed: Formed,
    label: str,
    xy: np.ndarray,
    sigma: np.ndarray,
    survey: str,
    regulation: Regulation,
) -> None:
    if len(xy) < 3:
        reason = {
            "vi": f"Thửa {label}: chỉ có {len(xy)} điểm, cần ít nhất 3.",
            "en": f"Parcel {label}: only {len(xy)} points, at least 3 are needed.",
        }
        formed.refused.append((label, reason))
        return
    shape = shapely.orient_polygons(shapely.polygons(shapely.linearrings(xy)))
    if not shapely.is_valid(shape) or shapely.area(shape) <= 0:
        why = shapely.is_valid_reason(shape)
        reason = {
            "vi": f"Thửa {label}: đường ranh tự cắt hoặc chạm chính nó ({why}).",
            "en": f"Parcel {label}: the outline crosses or touches itself ({why}).",
        }
        formed.refused.append((label, reason))
        formed.mismatches.append(_geometry_mismatch(label, xy, survey, reason, regulation))
        return
    formed.labels.append(label)
    formed.sigmas.append(float(np.sqrt(np.mean(sigma**2))))
    formed.geometries.append(shape)


def _geometry_mismatch(
    label: str, xy: np.ndarray, survey: str, reason: dict[str, str], regulation: Regulation
) -> Mismatch:
    return Mismatch(
        mismatch_id=mismatch_id(Code.GEOMETRY, [], f"{survey}/{label}"),
        code=Code.GEOMETRY,
        severity=regulation.severity(Code.GEOMETRY),
        subject=f"{survey}/{label}",
        parcel_uid=None,
        other_parcel_uid=None,
        measured_uid=None,
        sheet=None,
        measured=None,
        allowed=None,
        unit="",
        rule="survey.shared_corner",
        geometry=shapely.linestrings(np.vstack([xy, xy[:1]])),
        message_vi=reason["vi"] + " Kiểm tra thứ tự điểm rồi tải lại.",
        message_en=reason["en"] + " Check the order of the points and upload again.",
    )
