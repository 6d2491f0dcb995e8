"""The generator of land with known differences, for the tests of the comparison."""

from __future__ import annotations

from typing import Any

import pytest

from sample_data.benchmarks.planted_land import frames_of, make_land


@pytest.fixture
def new_land() -> Any:
    return make_land


@pytest.fixture
def frames() -> Any:
    return frames_of
