"""Who may import whom: the contracts hold, and a planted violation is caught."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("core", "connectors", "agencies", "letters", "portal", "simulators", "commands")
LINT = Path(sys.executable).with_name("lint-imports")
VENDOR = re.compile(r"DocumentNumber|bookedInvoiceNumber|CustomerLedgerItem|InvoiceNumber|ExternalInvoiceReference|NoxFinans")


def lint(folder):
    return subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "cli.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_contracts_hold():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("core/ledger.py", "from connectors.fortnox import connector"),
        ("connectors/visma/__init__.py", "from connectors.fortnox import connector"),
        ("connectors/contract/suite.py", "from connectors.fortnox import connector"),
        ("core/policy/decide.py", "from core.store import books"),
        ("core/engine/act.py", "from core import http"),
        ("connectors/fortnox/connector.py", "from core.engine import run"),
        ("simulators/kit.py", "from core import money"),
        ("portal/app.py", "from connectors.fortnox import connector"),
    ],
)
def test_planted_violation_is_caught(copy, path, line):
    with (copy / path).open("a", encoding="utf-8") as file:
        file.write(f"\nif False:\n    {line}\n")
    assert lint(copy).returncode == 1


def test_vendor_words_stay_at_the_vendor():
    for folder in ("core", "agencies", "letters", "portal", "commands"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not VENDOR.search(path.read_text(encoding="utf-8")), path


def test_time_is_asked_of_the_clock_alone():
    banned = {("date", "today"), ("datetime", "now"), ("datetime", "today"), ("time", "sleep"), ("time", "time")}
    for folder in ("core", "connectors", "agencies", "letters", "portal", "commands", "."):
        for path in (ROOT / folder).glob("**/*.py" if folder != "." else "*.py"):
            calls = {
                (node.value.id, node.attr)
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            }
            assert path.name == "clock.py" or not calls & banned, path


def test_states_change_in_one_place():
    """Only the journal sets an intent's state, and only `step_claim` a claim's lifecycle."""
    setters = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "core").rglob("*.py")
        if re.search(r"\b(state|lifecycle)=(after|IntentState|Lifecycle)", path.read_text(encoding="utf-8"))
        and "states.py" not in path.name
    }
    assert setters <= {"core/store/journal.py", "core/store/claims.py", "core/engine/handover.py"}


def test_no_float_in_money_code():
    for name in ("money", "ledger"):
        tree = ast.parse((ROOT / f"core/{name}.py").read_text(encoding="utf-8"))
        floats = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]
        assert floats == []
