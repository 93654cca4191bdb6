"""The documents and the program say the same: commands, errors and states named there exist, and the reverse."""

import re
from pathlib import Path

import click
import pytest

from cli import COMMANDS, cli
from core import errors
from core.claim import Lifecycle
from core.states import IntentState

ROOT = Path(__file__).parent.parent
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("connectors/**/*.md"), *ROOT.glob("agencies/**/*.md")]
TYPED = re.compile(r"kravbro ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?([^`\n]*)")


def command_of(name, sub):
    """The click command a document names, as deep as it goes."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, f"kravbro {name}"
    if isinstance(command, click.Group) and sub:
        found = command.get_command(click.Context(command), sub)
        assert found is not None, f"kravbro {name} {sub}"
        return found
    return command


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_named_commands_and_options_exist(path):
    for name, sub, rest in TYPED.findall(path.read_text(encoding="utf-8")):
        command = command_of(name, sub)
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        for option in re.findall(r"--[a-z][a-z-]*", rest):
            assert option in known, f"{path.name}: kravbro {name} {sub} {option}"


def test_every_command_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    missing = [name for name in COMMANDS if f"kravbro {name}" not in text and name != "demo"]
    assert missing == []
    assert "make demo" in text


def test_every_error_and_state_is_documented():
    table = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    states = (ROOT / "docs/states.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in table for name in errors.__all__)
    assert all(str(state) in states for state in (*IntentState, *Lifecycle))


def test_links_lead_somewhere():
    for path in DOCS:
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_environment_settings_are_documented():
    named = {
        found
        for path in [ROOT / "cli.py", *ROOT.glob("[c]*/**/*.py")]
        for found in re.findall(r'"(KRAVBRO_[A-Z_]+)"', path.read_text(encoding="utf-8"))
    }
    text = "".join(path.read_text(encoding="utf-8") for path in DOCS)
    assert {name for name in named if name not in text} == set()
