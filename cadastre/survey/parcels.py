"""Outlines -> measured parcels: closed, valid, oriented, or refused with the reason.

A parcel is never repaired by guessing: a sequence that crosses itself is refused and
shown. Its precision is that of its corners.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cadastre.mismatch import Code, Mismatch, mismatch_id
from cadastre.regulation import Regulation
from cadastre.survey.corners import Corners, shared_corners
from cadastre.survey.crossing import crossing_sides, crossing_told
from cadastre.survey.outlines import Outline, listed_outlines

CORNER_COLUMNS = ["label", "corner", "point", "east", "north", "var_east", "var_north", "cov_en"]


@dataclass
class Formed:
    """Parcels that could be formed, their corners, and what was wrong with the others."""

    labels: list[str] = field(default_factory=list)
    sigmas: list[float] = field(default_factory=list)
    geometries: list[Any] = field(default_factory=list)
    refused: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)
    repeated_rows: list[int] = field(default_factory=list)
    corners: list[pd.DataFrame] = field(default_factory=list)
    joined: int = 0

    def corner_table(self) -> pd.DataFrame:
        """Corners of all parcels, columns as ``CORNER_COLUMNS`` (metres, square metres)."""
        empty = pd.DataFrame({name: [] for name in CORNER_COLUMNS})
        return pd.concat(self.corners, ignore_index=True) if self.corners else empty


def form_parcels(
    points: pd.DataFrame,
    survey: str,
    regulation: Regulation,
    incomplete: frozenset[str] = frozenset(),
    *,
    scale: int,
) -> Formed:
    """Parcels of labelled points (columns east, north, sigma_m, label, row_number).

    ``incomplete`` names parcels of which a row was refused: they are not formed without it.
    ``scale`` is the denominator of the map, for curves (rows with ``bend``).
    """
    formed = Formed()
    listed = points[points["label"].notna()].reset_index(drop=True)
    if listed.empty:
        return formed
    codes, _ = pd.factorize(listed["label"])
    corners = shared_corners(listed, codes, regulation)
    formed.joined = corners.joined
    smallest = float(regulation["survey"]["shared_corner"]["duplicate_m"])
    rows = listed["row_number"].to_numpy()
    for outline in listed_outlines(listed, corners, smallest, sagitta(regulation, scale)):
        if outline.label in incomplete:
            formed.refused.append((outline.label, _incomplete(outline.label)))
            continue
        formed.repeated_rows.extend(int(rows[at]) for at in outline.repeated)
        form(formed, outline, listed, corners, survey, regulation)
    return formed


def sagitta(regulation: Regulation, scale: int) -> float:
    """Chord to arc in metres that a map of this scale allows.

    >>> from cadastre.regulation import load
    >>> sagitta(load(), 500)
    0.1
    """
    return float(regulation["accuracy"]["drawing"]["chord_mm"]) * scale / 1000


def _incomplete(label: str) -> dict[str, str]:
    return {
        "vi": f"Thửa {label}: có dòng bị từ chối, chưa lập thửa; hãy sửa dòng đó.",
        "en": f"Parcel {label}: one of its rows was refused, so it is not formed; correct it.",
    }


def form(
    formed: Formed,
    outline: Outline,
    listed: pd.DataFrame,
    corners: Corners,
    survey: str,
    regulation: Regulation,
) -> None:
    """Add one outline to what is formed: a parcel with its corners, or a refusal."""
    label, xy = outline.label, outline.xy
    if len(xy) < 3:
        reason = {
            "vi": f"Thửa {label}: chỉ có {len(xy)} điểm, cần ít nhất 3.",
            "en": f"Parcel {label}: only {len(xy)} points, at least 3 are needed.",
        }
        formed.refused.append((label, reason))
        return
    shape = shapely.orient_polygons(shapely.polygons(shapely.linearrings(xy)))
    if not shapely.is_valid(shape) or shapely.area(shape) <= 0:
        why = _crossing(outline, listed, shape)
        reason = {
            "vi": f"Thửa {label}: đường ranh tự cắt hoặc chạm chính nó ({why['vi']}).",
            "en": f"Parcel {label}: the outline crosses or touches itself ({why['en']}).",
        }
        formed.refused.append((label, reason))
        formed.mismatches.append(_geometry_mismatch(label, xy, survey, reason, regulation))
        return
    table = _corner_rows(outline, listed, corners)
    spread = (table["var_east"] + table["var_north"]).to_numpy(dtype=np.float64) / 2
    default = float(regulation["survey"]["sigma"]["default_m"])
    formed.labels.append(label)
    formed.sigmas.append(float(np.sqrt(np.mean(spread))) if len(spread) else default)
    formed.geometries.append(shape)
    formed.corners.append(table)


def _crossing(outline: Outline, listed: pd.DataFrame, shape: Any) -> dict[str, str]:
    """Where an outline crosses itself: the sides by their points, and the place."""
    told = crossing_told(shape)
    given = listed["point"].astype(str).to_numpy() if "point" in listed else None
    names = ["…" if row < 0 or given is None else given[row] for row in outline.row]
    sides = crossing_sides(outline.xy, names) if given is not None else None
    if sides is None:
        return told
    return {
        "vi": f"cạnh {sides[0]} và cạnh {sides[1]}, {told['vi']}",
        "en": f"sides {sides[0]} and {sides[1]}, {told['en']}",
    }


def _corner_rows(outline: Outline, listed: pd.DataFrame, corners: Corners) -> pd.DataFrame:
    at = outline.row[outline.row >= 0]
    covariance = corners.covariance[at]
    names = listed["point"].to_numpy()[at] if "point" in listed else [""] * len(at)
    return pd.DataFrame(
        {
            "label": [outline.label] * len(at),
            "corner": np.arange(1, len(at) + 1),
            "point": names,
            "east": corners.xy[at, 0],
            "north": corners.xy[at, 1],
            "var_east": covariance[:, 0, 0],
            "var_north": covariance[:, 1, 1],
            "cov_en": covariance[:, 0, 1],
        }
    )


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
