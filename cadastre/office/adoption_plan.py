"""What adopting a measured outline would do to the map, worked out before anything is done.

Read by the preview and by the verb: what each parcel gains or loses, who has agreed at the
boundary (TT 26/2024/TT-BTNMT Art 13), whether an officer has decided, and on which state of
the map this rests. Only the measured parcel and the parcels that touch its parcel are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy import Connection

from cadastre.errors import Conflict, NotFound
from cadastre.mismatch import decimal_comma
from cadastre.office.desk import Desk
from cadastre.reconcile.adoption import (
    ONE_CORNER_M,
    AdoptionProposal,
    CertifiedAreaLeft,
    MapWouldBreak,
    ParcelChange,
    propose_adoption,
)
from cadastre.store.copying import read_frame
from cadastre.store.land_register import CommuneFacts, read_commune, read_table
from cadastre.store.named import query
from cadastre.store.parcel_reading import parcel_label

#: Answers at the boundary by which a neighbour agrees to it.
AGREEING = ("signed", "not_needed")


class AdoptionUnknown(NotFound):
    """There is no such parcel, measured parcel or adoption."""

    message_vi = "Không có thửa đất, thửa đo hoặc lần nhận kết quả đo này."


class ParcelNotChosen(Conflict):
    """This measurement meets several parcels of the map; say whose outline it is to become."""

    message_vi = "Thửa đo này ứng với nhiều thửa trên bản đồ; hãy chọn thửa nhận ranh đo."


@dataclass(frozen=True)
class ParcelGain:
    """What one parcel gains (+) or loses (-), m2, and the largest move of a corner, m.

    ``answer`` is what the neighbour answered at the boundary, None where nothing is recorded.
    """

    parcel_uid: str
    label: str | None
    area_before_m2: float
    area_after_m2: float
    gain_m2: float
    max_move_m: float
    answer: str | None = None


@dataclass(frozen=True)
class AdoptionPlan:
    """An adoption before it is done.

    ``missing`` are neighbours whose land changes without their agreement or an officer's
    decision; ``seen`` is the last event that changed any of the parcels: when it has moved on,
    the plan no longer holds. ``standing`` is the event of the adoption in force, if any.
    """

    commune: str
    measured_uid: str
    survey_uid: str
    parcel: ParcelGain
    neighbours: tuple[ParcelGain, ...]
    decided: bool
    disputed: bool
    missing: tuple[str, ...]
    seen: int
    standing: int | None
    srid: int
    near: gpd.GeoDataFrame
    proposal: AdoptionProposal

    @property
    def agreed(self) -> bool:
        """Whether it may be done."""
        return not self.missing

    @property
    def changes_map(self) -> bool:
        """Whether the outline on the map would be another one."""
        at = self.near["parcel_uid"].eq(self.parcel.parcel_uid).to_numpy(bool)
        before, after = self.near.geometry[at].iloc[0], self.proposal.parcel.geometry
        same = shapely.equals_exact(before, after, tolerance=ONE_CORNER_M, normalize=True)
        return bool(self.neighbours) or not same

    @property
    def changes(self) -> dict[str, ParcelChange]:
        """All changes of the map, by parcel."""
        return {c.parcel_uid: c for c in (self.proposal.parcel, *self.proposal.neighbours)}


def plan_adoption(
    desk: Desk, connection: Connection, *, commune: str, measured_uid: str, parcel_uid: str | None
) -> AdoptionPlan:
    """Work out an adoption on the map as it stands.

    Parameters
    ----------
    parcel_uid : parcel of the map; None where the measurement was compared with one only

    Raises
    ------
    AdoptionUnknown, ParcelNotChosen
    cadastre.errors.Conflict
        The map cannot take this outline (see :mod:`cadastre.reconcile.adoption`).
    """
    facts = read_commune(connection, commune)
    key = {"commune": commune, "measured": measured_uid}
    measured = read_frame(connection, query("measured_one"), key, srid=facts.srid)
    if measured.empty:
        raise AdoptionUnknown(f"({measured_uid})", measured_uid=measured_uid)
    uid = parcel_uid or _only_parcel(connection, key)
    near = read_frame(
        connection, query("parcels_around"), {"commune": commune, "uid": uid}, srid=facts.srid
    )
    if uid not in set(near["parcel_uid"]):
        raise AdoptionUnknown(f"({uid})", parcel_uid=uid)
    proposal = _proposal(desk, connection, facts, near, uid, measured)
    return _judged(connection, facts, near, proposal, measured)


def _only_parcel(connection: Connection, key: Mapping[str, Any]) -> str:
    found = [str(uid) for uid in connection.execute(query("measured_matched"), key).scalars()]
    if not found:
        raise AdoptionUnknown(f"({key['measured']})", measured_uid=key["measured"])
    if len(found) > 1:
        raise ParcelNotChosen(f"({', '.join(found)})", items=found)
    return found[0]


def _proposal(
    desk: Desk,
    connection: Connection,
    facts: CommuneFacts,
    near: gpd.GeoDataFrame,
    parcel_uid: str,
    measured: gpd.GeoDataFrame,
) -> AdoptionProposal:
    uids = list(near["parcel_uid"])
    certified = read_table(connection, "areas_certified", commune=facts.code, uids=uids)
    scales = {uid: int(scale) for uid, scale in zip(uids, near["scale"], strict=True)}
    accuracy = desk.regulation.accuracy
    close = accuracy.allowed(
        accuracy.position_limit(np.array([scales[parcel_uid]])),
        np.array([float(measured["sigma_m"].iloc[0])]),
    )
    try:
        return propose_adoption(
            dict(zip(uids, near.geometry, strict=True)),
            parcel_uid,
            measured.geometry.iloc[0],
            close_m=float(close[0]),
            scales=scales,
            certified_m2=dict(
                zip(certified["parcel_uid"], certified["area_m2"].astype(float), strict=True)
            ),
            regulation=desk.regulation,
        )
    except MapWouldBreak as refused:
        raise _broken(refused, _labels(near)) from refused
    except CertifiedAreaLeft as refused:
        raise _left(refused, _labels(near)) from refused


def _labels(near: gpd.GeoDataFrame) -> dict[str, str | None]:
    return {
        str(row.parcel_uid): parcel_label(row.sheet, row.parcel)
        for row in near[["parcel_uid", "sheet", "parcel"]].itertuples()
    }


def _broken(refused: MapWouldBreak, labels: Mapping[str, str | None]) -> MapWouldBreak:
    """Return the refusal with the parcels' numbers and what can be done."""
    named = ", ".join(labels.get(uid) or uid for uid in refused.facts["parcels"])
    where_en, where_vi = (f"{word}: {named}. " if named else "" for word in ("Parcels", "Các thửa"))
    return MapWouldBreak(
        f"{where_en}Measure the common line with them, or set their outline right first.",
        f"{where_vi}Hãy đo lại ranh chung với các thửa này, hoặc sửa ranh của chúng trước.",
        **refused.facts,
    )


def _left(refused: CertifiedAreaLeft, labels: Mapping[str, str | None]) -> CertifiedAreaLeft:
    """Return the refusal with the neighbour's number."""
    told = refused.facts
    name = labels.get(told["parcel_uid"]) or told["parcel_uid"]
    after, paper, limit = (told[x] for x in ("area_m2", "certified_m2", "allowed_m2"))
    return CertifiedAreaLeft(
        f"{name}: {after:.1f} m2 after it, {paper:.1f} m2 certified, allowed {limit:.1f} m2. "
        "Change that certificate in its own procedure, or measure the common line again.",
        decimal_comma(
            f"{name}: sau khi nhận {after:.1f} m², giấy {paper:.1f} m², cho phép {limit:.1f} m². "
            "Hãy chỉnh giấy đó theo thủ tục riêng, hoặc đo lại ranh chung."
        ),
        **told,
    )


def _judged(
    connection: Connection,
    facts: CommuneFacts,
    near: gpd.GeoDataFrame,
    proposal: AdoptionProposal,
    measured: gpd.GeoDataFrame,
) -> AdoptionPlan:
    uid, measured_uid = proposal.parcel.parcel_uid, str(measured["measured_uid"].iloc[0])
    subject = {"commune": facts.code, "uid": uid}
    told = {**subject, "measured": measured_uid}
    decided = bool(connection.execute(query("measurement_accepted"), told).scalar_one())
    disputed, answers = _answers(connection, subject)
    agreeing = {n for n, answer in answers.items() if answer in AGREEING and not disputed}
    changing = [change.parcel_uid for change in proposal.neighbours]
    labels = _labels(near)
    return AdoptionPlan(
        commune=facts.code,
        measured_uid=measured_uid,
        survey_uid=str(measured["survey_uid"].iloc[0]),
        parcel=_gain(proposal.parcel, labels, None),
        neighbours=tuple(_gain(c, labels, answers.get(c.parcel_uid)) for c in proposal.neighbours),
        decided=decided,
        disputed=disputed,
        missing=() if decided else tuple(sorted(set(changing) - agreeing)),
        seen=int(near.loc[near["parcel_uid"].isin([uid, *changing]), "opened_by"].max()),
        standing=connection.execute(query("adoption_standing"), told).scalar(),
        srid=facts.srid,
        near=near,
        proposal=proposal,
    )


def _answers(connection: Connection, subject: Mapping[str, Any]) -> tuple[bool, dict[str, str]]:
    """Whether the boundary is disputed, and what each neighbour answered."""
    row = connection.execute(query("parcel_boundary"), subject).mappings().first()
    if row is None:
        return False, {}
    told = row["neighbours"]
    rows = json.loads(told) if isinstance(told, str) else told
    answers = {str(one["parcel_uid"]): str(one["answer"]) for one in rows if one.get("parcel_uid")}
    return row["confirmed"] == "disputed", answers


def _gain(change: ParcelChange, labels: Mapping[str, str | None], answer: str | None) -> ParcelGain:
    return ParcelGain(
        change.parcel_uid,
        labels.get(change.parcel_uid),
        change.area_before_m2,
        change.area_after_m2,
        change.gain_m2,
        change.max_move_m,
        answer,
    )
