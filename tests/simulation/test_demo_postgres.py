"""The demo on PostgreSQL does what it does on the embedded database: the same requests, faults and kills included."""

import subprocess
import sys

import pytest

from tests.simulation.evidence import play


@pytest.mark.slow
@pytest.mark.postgres
def test_demo_is_the_same_on_both_databases(empty_postgres_url, tmp_path):
    arguments = ("--faults", "--days", "16", "--seed", "3")
    embedded, served = play(tmp_path / "sqlite", *arguments), play(tmp_path / "postgres", *arguments, "--database", empty_postgres_url)
    assert served == embedded
    assert (served["differences"], served["uncertain"], served["reminders_sent"] > 0) == (0, 0, True)


@pytest.mark.postgres
def test_demo_takes_no_database_in_use(empty_postgres_url, tmp_path):
    arguments = [sys.executable, "-m", "cli", "demo", "--json", "--days", "1", "--database", empty_postgres_url]
    assert subprocess.run(arguments, capture_output=True, check=False).returncode == 0
    again = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert again.returncode == 2 and "it is not empty" in again.stderr
