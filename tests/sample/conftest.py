"""One small sample commune for all tests of the generator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SMALL = 600


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sample_data import generate

    return generate(tmp_path_factory.mktemp("sample"), parcels=SMALL).parent


@pytest.fixture(scope="session")
def manifest(sample: Path) -> dict[str, Any]:
    return json.loads((sample / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def expected(sample: Path) -> dict[str, Any]:
    return json.loads((sample / "expected.json").read_text(encoding="utf-8"))
