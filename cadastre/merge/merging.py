"""Many sheets of former communes into one parcel map.

The order: number the sheets, find what is mapped or numbered twice, find displaced sheets,
join the edges that fit, flag the others, compare with the outline. Nothing is lost: every
parcel of the input is in the result, moved by no more than the tolerance and reported in
``moves``, or untouched to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cadastre import frames as frame_rules
from cadastre.errors import InputRefused
from cadastre.merge import edge_findings, faults, findings, lateness, shift_findings
from cadastre.merge.correction import SheetCorrection, corrected, with_ground_moves
from cadastre.merge.duplicates import DuplicateLand, duplicate_land
from cadastre.merge.edges import Matched, Sheets, match_edges, moved_by, sheets_with_limits
from cadastre.merge.ledger import Ledger, ledger_of
from cadastre.merge.mesh import Flags, Floats, Ints
from cadastre.merge.numbering import (
    SheetId,
    crosswalk_of,
    natural,
    number_sheets,
    sheet_table,
    sheets_of,
)
from cadastre.merge.outline import outside_commune
from cadastre.merge.remembered import (
    AREA,
    MARK,
    MOVED,
    Remembered,
    circumstances,
    remembered,
)
from cadastre.merge.result import (
    MOVE_COLUMNS,
    PROPOSAL_COLUMNS,
    SHEET_KEY,
    SHIFT_COLUMNS,
    MergeResult,
)
from cadastre.merge.shifts import Shift
from cadastre.mismatch import mismatch_frame
from cadastre.regulation import Regulation, load

Progress = Callable[[float, str], None]


class ZonesDiffer(InputRefused):
    """The sheets are in different zones; bring them into the commune's zone first."""

    message_vi = "Các tờ bản đồ ở các múi chiếu khác nhau; hãy đưa về múi chiếu của xã trước."


class SheetsMissing(InputRefused):
    """There is no sheet to merge."""

    message_vi = "Không có tờ bản đồ nào để hợp nhất."


def merge_sheets(
    frames: Sequence[gpd.GeoDataFrame],
    *,
    commune: str,
    former_order: Sequence[str] | None = None,
    outline: Any | None = None,
    regulation: Regulation | None = None,
    decisions: Mapping[str, str] | None = None,
    published: pd.DataFrame | None = None,
    standing: gpd.GeoDataFrame | None = None,
    new_sheets: Collection[SheetId] | None = None,
    around: Collection[str] | None = None,
    corrections: Mapping[SheetId, SheetCorrection] | None = None,
    progress: Progress | None = None,
) -> MergeResult:
    """Merge the sheets of former communes into one parcel map.

    Parameters
    ----------
    frames : ParcelFrames of one VN-2000 zone, in any order
    commune : code of the merged commune
    former_order : former communes in the order in which their sheets follow the seat's
    outline : outline of the commune, shapely geometry in EPSG:4326, optional
    regulation : default: the regulation in force
    decisions : decision by mismatch or proposal identifier; an accepted proposal is
        applied, an accepted gap is not flagged again
    published : sheet numbers already given, which never change
    standing, new_sheets : the parcel map as it stands and the sheets that came after it;
        then only their edges are worked, every other parcel keeps its standing outline to
        the last bit, and ``examined`` names the parcels that the result speaks of
    around : look only at what becomes of these parcels and those beside them, which
        ``examined`` then names; every other parcel is handed back as it was delivered
    corrections : sheets to be set right by the ground; their neighbours never move them
    progress : called with a share 0..1 and the stage

    Raises
    ------
    SheetsMissing, ZonesDiffer, FrameRefused, SheetNumberTaken
        The input cannot be merged as it is; nothing was changed.
    """
    report = progress or _silent
    rules = regulation or load()
    report(0.0, "numbering")
    parcels = gather(frames)
    given = number_sheets(
        sheets_of(parcels),
        commune=commune,
        rules=rules["numbering"],
        former_order=former_order,
        published=published,
    )
    laid = corrected(_numbered(parcels, commune, given), corrections or {})
    parcels = laid.parcels
    work = partial(
        _worked,
        given=given,
        rules=rules,
        decisions=decisions,
        outline=outline,
        report=report,
        held=frozenset(corrections or {}),
    )
    if around is not None:
        part = lateness.work_around(parcels, around, rules)
        seen = with_ground_moves(work(parcels, only=part.needed), laid)
        named = frozenset(parcels.loc[part.taken, "parcel_uid"].astype(str))
        return replace(seen, examined=named)
    if standing is None or new_sheets is None:
        return with_ground_moves(work(parcels), laid)
    late = lateness.work_for(parcels, standing, new_sheets, rules)
    return lateness.patched(work(parcels.loc[late.needed]), parcels, standing, late)


def _worked(
    parcels: gpd.GeoDataFrame,
    *,
    given: Mapping[SheetId, int],
    rules: Regulation,
    decisions: Mapping[str, str] | None,
    outline: Any | None,
    report: Progress,
    held: frozenset[SheetId],
    only: Flags | None = None,
) -> MergeResult:
    """Work these parcels: duplicates, displaced sheets, edges (of some parcels), outline.

    ``held`` are sheets that the ground holds: they are not displaced whatever their edges say.
    """
    parcels = parcels.reset_index(drop=True)
    sheet_ids, sheet = _sheet_index(parcels)
    ledger = ledger_of(parcels, sheet_ids, rules, decisions)
    shapes = _flat(parcels.geometry.to_numpy())
    sound = shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
    report(0.1, "duplicates")
    twice = duplicate_land(parcels, shapes, sheet, sound, rules["merge"]["duplicate"])
    present = sound.copy()
    present[findings.yielding(ledger, twice)] = False
    sheets = sheets_with_limits(parcels, sheet, rules)
    earlier = remembered(parcels, shapes)
    fixed = [at for at, one in enumerate(sheet_ids) if one in held]
    matched, moving = _matched(
        ledger, shapes, sheets, present, only, earlier, fixed,
        lambda share, stage: report(0.2 + 0.7 * share, stage),
    )  # fmt: skip
    parcels = parcels.assign(
        **{AREA: earlier.area, MOVED: earlier.moved + matched.max_move, MARK: matched.mark}
    )
    report(0.95, "findings")
    result = _result(
        parcels, given, ledger, sheets, shapes, (sound, present, moving), twice, matched, outline
    )
    report(1.0, "done")
    return result


def _silent(_share: float, _stage: str) -> None:
    return None


def _flat(shapes: Any) -> Any:
    """Outlines in the plane; heights play no part in a parcel map."""
    high = shapely.has_z(shapes)
    return np.where(high, shapely.force_2d(shapes), shapes) if high.any() else shapes


def _sheet_index(parcels: gpd.GeoDataFrame) -> tuple[list[SheetId], Ints]:
    """Sheets in key order and the place of each parcel's sheet among them."""
    sheet_ids = sheets_of(parcels)
    place = parcels.groupby(SHEET_KEY, sort=False, observed=True).ngroup().to_numpy(np.int64)
    return sheet_ids, place


def _matched(
    ledger: Ledger,
    shapes: Any,
    sheets: Sheets,
    present: Flags,
    only: Flags | None,
    earlier: Remembered,
    fixed: list[int],
    progress: Progress,
) -> tuple[Matched, Flags]:
    """Match the edges; once more with a wider reach where a proposed join was accepted.

    Return them with the parcels that some open proposal would move.
    """

    def accepted(shift: Shift) -> bool:
        return any(ledger.decided(i, "accepting") for i in shift_findings.shift_ids(ledger, shift))

    salt = circumstances(ledger.uid, ledger.regulation["merge"]["join"], sheets.limit)

    def match(reach: Floats) -> Matched:
        return match_edges(
            shapes,
            sheets,
            present,
            ledger.regulation,
            accepted_shifts=accepted,
            reach=reach,
            only=only,
            fixed=fixed,
            earlier=earlier,
            salt=salt,
            progress=progress,
        )

    matched = match(np.zeros(len(shapes)))
    reach = edge_findings.accepted_reach(ledger, sheets, matched, len(shapes))
    matched = match(reach) if reach.any() else matched
    moving = moved_by(
        matched, shapes, sheets, present, ledger.regulation, accepted_shifts=accepted,
        reach=edge_findings.reach_of_proposals(ledger, sheets, matched, len(shapes)),
        earlier=earlier,
    )  # fmt: skip
    return matched, moving


def _result(
    parcels: gpd.GeoDataFrame,
    given: Mapping[SheetId, int],
    ledger: Ledger,
    sheets: Sheets,
    shapes: Any,
    state: tuple[Flags, Flags, Flags],
    twice: DuplicateLand,
    matched: Matched,
    outline: Any | None,
) -> MergeResult:
    srid = frame_rules.srid_of(parcels)
    sound, present, moving = state
    shift_flags, proposals, shift_rows = shift_findings.sheet_shifts(
        ledger, matched, sheets, shapes
    )
    inside = faults.overlaps_inside(
        matched.shapes, sheets.of_parcel, present, (twice.loser, twice.winner),
        ledger.regulation["merge"]["flag"],
    )  # fmt: skip
    found = [
        *findings.duplicate_numbers(ledger, parcels),
        *findings.overlaps_in_sheets(ledger, sheets, inside),
        *findings.duplicate_lands(ledger, twice),
        *findings.broken_outlines(ledger, shapes, np.flatnonzero(~sound)),
        *shift_flags,
        *edge_findings.edge_faults(ledger, matched, sheets, "EDGE_OVERLAP", matched.overlaps),
        *edge_findings.edge_faults(ledger, matched, sheets, "EDGE_GAP", matched.gaps),
    ]
    for code, there in (("EDGE_OVERLAP", matched.overlaps), ("EDGE_GAP", matched.gaps)):
        proposals += edge_findings.join_proposals(ledger, sheets, code, there, moving)
    if outline is not None:
        rules = ledger.regulation["merge"]["outline"]
        found += findings.outside_parcels(
            ledger, outside_commune(matched.shapes, outline, srid, rules)
        )
    merged = parcels.set_geometry(gpd.GeoSeries(matched.shapes, index=parcels.index, crs=srid))
    return MergeResult(
        parcels=merged,
        sheets=sheet_table(given),
        crosswalk=crosswalk_of(merged, findings.redirects(ledger, twice)),
        moves=_moves(ledger, shapes, matched),
        proposals=_proposal_frame(proposals, srid),
        shifts=pd.DataFrame(shift_rows, columns=SHIFT_COLUMNS),
        mismatches=mismatch_frame(found, srid),
    )


def _moves(ledger: Ledger, shapes: Any, matched: Matched) -> pd.DataFrame:
    changed = np.flatnonzero(matched.changed)
    reason = np.where(matched.max_move[changed] > 0, "edge_joined", "vertex_inserted")
    columns = [
        ledger.uid[changed],
        matched.max_move[changed],
        shapely.area(shapes[changed]),
        shapely.area(matched.shapes[changed]),
        np.where(matched.set_right[changed], "sheet_set_right", reason).astype(object),
    ]
    return pd.DataFrame(dict(zip(MOVE_COLUMNS, columns, strict=True)))


def _proposal_frame(rows: list[dict[str, Any]], srid: int) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=PROPOSAL_COLUMNS)
    geometry = gpd.GeoSeries(list(table.pop("geometry")), index=table.index, crs=srid)
    table = table.astype({"max_move_m": "float64", "area_change_m2": "float64"})
    return gpd.GeoDataFrame(table, geometry=geometry, crs=srid)


def gather(frames: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """One validated ParcelFrame in key order: the order of the input does not matter."""
    if not frames or not any(len(f) for f in frames):
        raise SheetsMissing()
    zones = {frame_rules.srid_of(f) for f in frames if len(f)}
    if len(zones) > 1:
        raise ZonesDiffer(str(sorted(zones)), zones=sorted(zones))
    joined = frame_rules.validate_parcels(frame_rules.concat(list(frames)))
    joined = joined.assign(map_set=joined["map_set"].fillna("").astype("str"))
    return in_key_order(joined)


def in_key_order(parcels: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Order by former commune, map set, scale, sheet and parcel, numbers read as numbers."""
    keys = [
        _rank(parcels["former_commune"]),
        _rank(parcels["map_set"]),
        parcels["scale"].to_numpy(np.int64),
        _rank(parcels["former_sheet"]),
        _rank(parcels["former_parcel"].fillna("")),
    ]
    uids = parcels["parcel_uid"].to_numpy(dtype=object)
    order = np.lexsort(keys[::-1])
    same = np.all([key[order[1:]] == key[order[:-1]] for key in keys], axis=0)
    if same.any():
        # Parcels that have one number are told apart by their identity.
        order = np.lexsort([np.unique(uids, return_inverse=True)[1], *keys[::-1]])
    return parcels.iloc[order].reset_index(drop=True)


def _rank(column: pd.Series) -> Ints:
    """Place of each text among the different ones, numbers read as numbers."""
    codes, texts = pd.factorize(column)
    place = np.empty(len(texts), np.int64)
    place[sorted(range(len(texts)), key=lambda k: natural(str(texts[k])))] = np.arange(len(texts))
    return place[codes]


def _numbered(
    parcels: gpd.GeoDataFrame, commune: str, given: Mapping[SheetId, int]
) -> gpd.GeoDataFrame:
    sheet_ids, place = _sheet_index(parcels)
    numbers = np.array([given[sheet] for sheet in sheet_ids], np.int64)[place]
    return parcels.assign(
        commune=commune,
        sheet=pd.array(numbers, dtype="Int64"),
        parcel=parcels["former_parcel"].fillna("").astype("str"),
    )
