"""The contract suite over our own connectors; a connector joins with a line in `BENCHES`."""

from connectors.contract.suite import *  # noqa: F403  (its tests and fixtures, for pytest to find here)
from connectors.contract.suite import over
from tests.connectors import economic_contract, fortnox_contract, paper_contract, visma_contract

BENCHES = {
    "economic": economic_contract.variants(),
    "fortnox": fortnox_contract.variants(),
    "paper": paper_contract.variants(),
    "visma": visma_contract.variants(),
}


def pytest_generate_tests(metafunc):
    over(BENCHES, metafunc)
