"""Purposes of the parcels: what the maps say, with the old codes that people still typed."""

from __future__ import annotations

import numpy as np

from sample_data.coverage import Coverage

_PUBLIC = ("DGD", "TSC", "DYT", "DCH", "TON", "DSH", "DVH")
_BY_KIND = {
    "paddy": (("LUC", 0.72), ("LUK", 0.14), ("HNK", 0.10), ("NTS", 0.04)),
    "crop": (("HNK", 0.45), ("CLN", 0.47), ("NTS", 0.03), ("BCS", 0.05)),
    "forest": (("RSX", 0.8), ("RPH", 0.2)),
    "enclave": (("NTS", 0.55), ("NTD", 0.25), ("MNC", 0.2)),
}
#: Sông Cầu was mapped when the codes of the older tables held.
_OLD = {"HNK": "BHK", "LUK": "LUK", "NTD": "NTD"}


def assign_land_uses(rng: np.random.Generator, coverage: Coverage) -> list[str]:
    """Land-use label of each face."""
    return [
        _label(rng, str(kind), str(former), int(scale))
        for kind, former, scale in zip(coverage.kind, coverage.former, coverage.scale, strict=True)
    ]


def _label(rng: np.random.Generator, kind: str, former: str, scale: int) -> str:
    if kind in ("road", "street"):
        return "DGT"
    if kind in ("river", "brook"):
        return "SON"
    if kind == "public":
        return str(rng.choice(_PUBLIC))
    if kind == "lot":
        return "ODT" if rng.random() < 0.97 else str(rng.choice(["TMD", "SKC"]))
    if kind == "village":
        home = "ODT" if former == "22609" else "ONT"
        if rng.random() < 0.12:
            return "CLN"
        return home if scale == 500 or rng.random() < 0.75 else f"{home}+CLN"
    codes, shares = zip(*_BY_KIND[kind], strict=True)
    code = str(rng.choice(codes, p=shares))
    return _OLD.get(code, code) if former == "22630" else code
