"""What was planted is found: every code and band, on a small commune."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sample_data.scoring import Findings, blocked_unchanged, detect, score, table

#: Share of unchanged parcels that may be blocked by chance.
FALSE_ALARMS = 0.01


@pytest.fixture(scope="module")
def findings(sample: Path) -> Findings:
    return detect(sample)


@pytest.fixture(scope="module")
def scored(findings: Findings) -> pd.DataFrame:
    rows = score(findings)
    print("\n" + table(rows).to_string(index=False))
    return rows


def test_every_fault_beyond_its_limit_is_found_under_its_code(scored: pd.DataFrame) -> None:
    beyond = scored[~(scored["band"] < 1)]
    missed = beyond[~beyond["found"]]
    assert missed.empty, missed.to_string()


def test_nothing_below_its_limit_blocks(scored: pd.DataFrame) -> None:
    below = scored[scored["band"] < 1]
    assert len(below) >= 10
    assert not below["blocking"].any(), below.to_string()


def test_unchanged_parcels_are_not_blocked(findings: Findings) -> None:
    blocked = blocked_unchanged(findings)
    assert len(blocked) <= FALSE_ALARMS * len(findings.expected["unchanged"]), blocked


def test_parcels_on_the_displaced_sheet_are_judged_without_its_displacement(
    findings: Findings,
) -> None:
    flags = findings.flags
    mine = flags["label"].isin(findings.expected["on_shifted_sheet"])
    assert not (mine & (flags["severity"] == "blocking")).any()


def test_what_was_measured_is_what_was_planted(scored: pd.DataFrame) -> None:
    graded = scored[scored["code"].isin(["CORNER", "AREA", "EDGE_GAP", "EDGE_OVERLAP"])]
    graded = graded[graded["found"]]
    ratio = graded["flagged"] / graded["measured"]
    assert ratio.between(0.75, 1.35).all(), graded.assign(ratio=ratio).to_string()
