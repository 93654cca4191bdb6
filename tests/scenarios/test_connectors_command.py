"""`kravbro connectors` and `kravbro connect` with connectors of other packages: what is told, what is refused, what is written."""

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from cli import cli
from commands import connect, wiring
from commands.new_connector import write_package
from connectors.paper import connector as paper
from core.errors import ConfigError
from core.ports import Setting
from core.writes import Delivery

ROOT = Path(__file__).parents[2]


def typed(*arguments):
    done = CliRunner().invoke(cli, list(arguments))
    return str(done.exception) if isinstance(done.exception, ConfigError) else done.stdout


@pytest.fixture
def installed(monkeypatch):
    """Let others' modules be found: by name what the entry point loads, and under the other group its bench."""
    entries = []

    def install(name, module=None, group="kravbro.connectors", **attributes):
        made = ModuleType(f"others_{name}_{len(entries)}")
        vars(made).update(vars(module) if module else {}, **attributes)
        monkeypatch.setitem(sys.modules, made.__name__, made)
        entries.append(EntryPoint(name, made.__name__, group))

    monkeypatch.setattr(wiring, "entry_points", lambda **query: EntryPoints(entries).select(**query))
    return install


def test_every_connector_is_listed_with_what_it_writes():
    rows = {row["name"]: row for row in json.loads(typed("connectors", "list", "--json"))["connectors"]}
    assert {"economic", "fortnox", "paper", "visma"} <= set(rows)
    fortnox = rows["fortnox"]
    assert (fortnox["from"], fortnox["system"]) == ("Kravbro", "Fortnox")
    assert {"kind": "print_reminder", "how": "at_most_once"}.items() <= fortnox["writes"][-1].items() and fortnox["writes"][-1]["remains"]
    assert [one["name"] for one in fortnox["settings"] if one["secret"]] == ["client_secret"]
    assert "at_most_once: print_reminder" in typed("connectors", "list")


def test_broken_connector_hides_no_other(installed):
    installed("broken")
    assert "can't be loaded: AttributeError" in typed("connectors", "list") and "Fortnox" in typed("connectors", "list")
    assert "broken" in typed("connect", "--help") and "fortnox" in typed("connect", "--help")


@pytest.mark.parametrize("command", [("check", "slip"), ("show", "slip"), ("list",)])
def test_slip_in_anothers_module_is_told_as_its_own(tmp_path, monkeypatch, command):
    (tmp_path / "slip_connector.py").write_text("def build(:\n")
    monkeypatch.syspath_prepend(tmp_path)
    slip = EntryPoints([EntryPoint("slip", "slip_connector", "kravbro.connectors")])
    monkeypatch.setattr(wiring, "entry_points", slip.select)
    assert "can't be loaded: SyntaxError: invalid syntax (slip_connector.py, line 1)" in typed("connectors", *command)


def test_delivery_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="'nonsense' is no delivery; there are idempotency_key, look_up"):
        Delivery("nonsense", remains="r")


def test_delivery_tells_its_time(installed):
    sure = {"book_payment": Delivery("idempotency_key", ttl_s=3600, remains="r"), "mark_invoice": Delivery("at_least_once", remains="s")}
    installed("other", paper, DELIVERIES=sure)
    said = typed("connectors", "show", "other")
    assert "| `book_payment` | idempotency_key, for 3600 s | r |" in said and "| `mark_invoice` | at_least_once | s |" in said
    assert json.loads(typed("connectors", "show", "other", "--json"))["system"] == "Paper bookkeeping"


def test_what_cannot_be_checked_is_said(installed):
    assert "one of Kravbro's own" in typed("connectors", "check", "fortnox")
    assert "not installed" in typed("connectors", "check", "other")
    installed("other", paper)
    assert "names no bench" in typed("connectors", "check", "other")
    installed("other", group=wiring.BENCHES, variants=dict)
    assert "no variant" in typed("connectors", "check", "other")


def test_bench_that_lacks_a_package_is_said(installed, monkeypatch):
    installed("other", paper)
    entries = [*wiring.entry_points(), EntryPoint("other", "not_there", wiring.BENCHES)]
    monkeypatch.setattr(wiring, "entry_points", lambda **query: EntryPoints(entries).select(**query))
    assert "its bench can't be loaded: ModuleNotFoundError: No module named 'not_there'" in typed("connectors", "check", "other")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Dinero", "can't be"),
        ("a", "can't be"),
        ("my-books", "can't be"),
        ("9lives", "can't be"),
        ("fortnox", "there is a connector fortnox"),
    ],
)
def test_wrong_name_writes_nothing(tmp_path, name, said):
    assert said in typed("connectors", "new", name, "--folder", str(tmp_path / "made"))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "mine").write_text("kept")
    assert "it is there already" in typed("connectors", "new", "dinero", "--folder", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", ["io", "abcdefghijklmnopqrst"])
def test_what_is_written_is_in_order(tmp_path, name):
    folder = tmp_path / "made"
    assert len(list(write_package(name, folder))) == 8
    config, bin_ = ROOT / "pyproject.toml", Path(sys.executable).parent
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [bin_ / "ruff", *words, "--no-cache", "--config", config, "."], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_what_is_written_has_types(tmp_path):
    list(write_package("dinero", tmp_path / "made"))
    command = [Path(sys.executable).parent / "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", tmp_path, "kravbro_dinero"]
    env = os.environ | {"MYPYPATH": f"{ROOT}{os.pathsep}{tmp_path / 'made'}"}
    done = subprocess.run(command, cwd=tmp_path / "made", env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_help_lists_the_settings(installed):
    installed("other", paper, NAME="Other books", SETTINGS=(Setting("place", "Where they are.", required=True), Setting("mode", "How.")))
    said = typed("connect", "other", "--help")
    assert "Connect a company in Other books" in said
    assert "place" in said and "Where they are.  [required]" in said and "How.  [default empty]" in said
    assert "api_url" in typed("connect", "fortnox", "--help")


TWO = (Setting("key", "", secret=True), Setting("pin", "", secret=True))


@pytest.mark.parametrize(
    ("settings", "lines", "found"),
    [(TWO, "k\n\n p \n", {"key": "k", "pin": "p"}), (TWO[:1], "a b\n", {"key": "a b"}), (TWO, "k", "2"), (TWO[:1], "", "needs 1"), ((), "k", "Leave it out")],
)  # fmt: skip
def test_secrets_come_from_a_file(installed, tmp_path, settings, lines, found):
    installed("other", paper, SETTINGS=settings)
    (tmp_path / "secret").write_text(lines)
    if isinstance(found, dict):
        assert connect._secret(None, None, "other", tmp_path / "secret") == found
        return
    with pytest.raises(ConfigError, match=found):
        connect._secret(None, None, "other", tmp_path / "secret")


def test_connector_without_a_secret_asks_for_none(installed):
    installed("other", paper, SETTINGS=())
    assert connect._secret(None, None, "other", None) == {}
