"""Fixtures of the connector tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.connectors.fortnox_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="session")
def specs() -> Path:
    folder = Path(os.environ.get("KRAVBRO_SPECS") or Path(__file__).parents[3] / "shared")
    if not (folder / "specs").is_dir():
        pytest.skip("KRAVBRO_SPECS names no folder with the vendors' specs")
    return folder
