"""Fixtures of the connector tests."""

from pathlib import Path

import pytest

from tests.connectors import visma_bench
from tests.connectors.fortnox_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def visma(tmp_path: Path) -> visma_bench.Bench:
    """An eAccounting company whose user has consented."""
    made = visma_bench.Bench(tmp_path)
    made.consent()
    return made
