"""The documents and the program say the same: commands, errors and states named there exist, and the reverse."""

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

from cli import COMMANDS, cli
from commands.wiring import CONNECTORS, load_adapter
from core import errors
from core.capabilities import tables
from core.claim import Lifecycle
from core.states import IntentState

ROOT = Path(__file__).parent.parent
DOCS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("connectors/**/*.md"), *ROOT.glob("agencies/**/*.md")]
CODE = [
    ROOT / "cli.py",
    *(path for name in ("commands", "core", "connectors", "agencies", "portal") for path in (ROOT / name).rglob("*.py")),
]
TYPED = re.compile(r"kravbro ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?([^`\n]*)")


def command_of(name, sub):
    """The click command a document names, as deep as it goes."""
    sub = "paper" if (name, sub) == ("connect", "bokhylla") else sub  # the connector that the guide makes is connected like any other
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


def commands_of(group, words=("kravbro",)):
    """Every command below a group, with the words it is typed with."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from commands_of(command, (*words, name))


ALL = dict(commands_of(cli))


def texts_of(path):
    """Every text in a module, with X for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def wrong_with(typed):
    """What is wrong with a command as it is typed, or ""."""
    words = shlex.split(typed.replace("`", ""))
    deep = max((count for count in range(1, len(words) + 1) if tuple(words[:count]) in ALL), default=0)
    if not deep:
        return "no such command"
    command, rest = ALL[tuple(words[:deep])], words[deep:]
    if isinstance(command, click.Group):
        return "no such subcommand" if rest and not rest[0].startswith("-") else ""
    options = {option: parameter for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in options]
    values = sum(not getattr(options.get(word), "is_flag", True) for word in rest if word.startswith("--"))
    given = len([word for word in rest if not word.startswith("--")]) - values
    needed = sum(isinstance(parameter, click.Argument) and parameter.required for parameter in command.params)
    if unknown:
        return f"no option {unknown[0]}"
    return "" if given >= needed or "…" in rest else "an argument is missing"


def test_named_in_a_message_exists_as_typed():
    wrong = {
        (path.name, typed): wrong_with(typed)
        for path in CODE
        for text in texts_of(path)
        for typed in re.findall(r"`(kravbro [^`]+)`", text)
        if wrong_with(typed)
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("kravbro tenants books X", "no such subcommand"),
        ("kravbro tenants accounts", "an argument is missing"),
        ("kravbro tenants accounts X --sett mode=1", "no option --sett"),
        ("kravbro tenants accounts X --set mode=1", ""),
        ("kravbro run", ""),
        ("kravbro jump", "no such command"),
    ],
)
def test_wrong_commands_are_caught(typed, wrong):
    assert wrong_with(typed) == wrong


def test_every_command_and_option_has_help():
    bare = [
        (" ".join(words), parameter.opts)
        for words, command in ALL.items()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert (bare, [words for words, command in ALL.items() if not command.help]) == ([], [])


def test_every_subcommand_is_documented():
    text = "".join(path.read_text(encoding="utf-8") for path in DOCS)
    assert [words for words in ALL if " ".join(words) not in text] == []


@pytest.mark.parametrize("connector", sorted(CONNECTORS))
def test_settings_and_deliveries_are_those_of_the_readme(connector):
    text = (ROOT / f"connectors/{connector}/README.md").read_text(encoding="utf-8")
    assert all(table in text for table in tables(load_adapter("connector", connector)))
    assert f"| `{load_adapter('connector', connector).SETTINGS[0].name}` |" in text


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
    named = {found for path in CODE for found in re.findall(r'"(KRAVBRO_[A-Z_]+)"', path.read_text(encoding="utf-8"))}
    text = "".join(path.read_text(encoding="utf-8") for path in DOCS)
    assert {name for name in named if name not in text} == set()
