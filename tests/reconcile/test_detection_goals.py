"""The goals of detection on land cut into sheets, short: two seeds, built-in blocks.

``cadastre bench detection`` runs 20 seeds at every scale, with real shapes when given some.
"""

from __future__ import annotations

import pytest

from sample_data.benchmarks.detecting import failures, judge_seed


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("scale", [500, 1000])
def test_goals_are_held(scale: int, seed: int) -> None:
    score = judge_seed(seed, scale)
    assert sum(score.planted.values()) >= 70
    assert failures(score) == [], "\n".join(score.notes)
    assert score.related == score.single
    assert not [key for key, count in score.found.items() if key[1] < 1 and count]
