"""Fixtures of the connector tests."""

from pathlib import Path

import pytest

from tests.connectors.fortnox_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
