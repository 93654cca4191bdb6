"""`kravbro connectors`: which there are, whether one keeps the contract, and how a new one begins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from commands.output import as_json, json_option, show
from commands.wiring import BENCHES, CONNECTORS, adapter_names, adapter_source, find_entry, load_adapter
from core.capabilities import describe, tables
from core.errors import ConfigError


@click.group()
def connectors() -> None:
    """List the connectors there are, check one against the contract, begin a new one."""


@connectors.command(name="list")
@json_option
def list_(as_json_: bool) -> None:  # noqa: FBT001
    """List every connector: where it comes from, what it can write and how sure it is of each."""
    rows = [_row(name) for name in adapter_names("connector")]
    if not as_json_:
        rows = [row | {"writes": row.get("error") or _in_words(row["writes"])} for row in rows]
    show(rows, ("name", "from", "system", "writes"), json_=as_json_, name="connectors", empty="No connector is installed.")


def _row(name: str) -> dict[str, Any]:
    """Return what a connector says of itself; a broken one must not hide the others."""
    base = {"name": name, "from": adapter_source("connector", name)}
    try:
        return base | describe(load_adapter("connector", name))
    except Exception as error:  # noqa: BLE001  (whatever somebody else's module raises)
        wrong = error.wrong if isinstance(error, ConfigError) else f"can't be loaded: {type(error).__name__}: {error}"
        return base | {"system": "-", "settings": [], "writes": [], "error": wrong}


def _in_words(writes: list[dict[str, Any]]) -> str:
    """Return the kinds of write by how sure they are: "look_up: book_payment, book_voucher; at_most_once: print_reminder"."""
    kinds: dict[str, list[str]] = {}
    for write in writes:
        kinds.setdefault(write["how"], []).append(write["kind"])
    return "; ".join(f"{how}: {', '.join(names)}" for how, names in kinds.items()) or "nothing"


@connectors.command(name="show")
@click.argument("name")
@json_option
def show_(name: str, as_json_: bool) -> None:  # noqa: FBT001
    """Show a connector's settings and what it can write, as the tables of its README."""
    module = load_adapter("connector", name)
    if as_json_:
        as_json({"name": name, "from": adapter_source("connector", name), **describe(module)})
        return
    settings, writes = tables(module)
    click.echo(f"{settings}\n\n{writes}")


@connectors.command()
@click.argument("name")
@click.option("--details", is_flag=True, help="Show pytest's own report too: where each test broke off.")
def check(name: str, details: bool) -> None:  # noqa: FBT001
    """Run the contract suite over the bench that a connector of another package names."""
    variants = _bench(name)
    from commands.contract_check import run_suite  # needs pytest, which comes with an extra

    result = run_suite(name, variants)
    if details:
        click.echo(result.report)
    for line in result.lines():
        click.echo(line)
    if not result.kept:
        todo = "Mend what stands above." if details else "Mend what stands above; --details shows where each broke off."
        raise ConfigError(f"connector {name}", f"{len(result.failed)} of {result.count} tests of the contract fail", todo)
    click.echo(f"{name} keeps the contract: {result.count} tests, {len(variants)} {'variant' if len(variants) == 1 else 'variants'}.")


def _bench(name: str) -> Mapping[str, Any]:
    """Return the variants of a connector's bench."""
    where = f"connector {name}"
    if name in CONNECTORS:
        todo = f"There `python -m pytest tests/connectors/test_contract.py -k {name}` runs the same tests."
        raise ConfigError(where, "it is one of Kravbro's own, whose benches stand in its source", todo)
    load_adapter("connector", name)
    entry = find_entry(BENCHES, name)
    if entry is None:
        todo = f"Name the module that has `variants` under the entry point {BENCHES}, and install the package again."
        raise ConfigError(where, "it names no bench, so that nothing can be tried", todo)
    try:
        variants: Mapping[str, Any] = entry.load().variants()
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "pytest":
            raise
        raise ConfigError(where, f"its bench can't be loaded: {type(error).__name__}: {error}", f"Mend {entry.value}.") from error
    if not variants:
        raise ConfigError(where, "its bench has no variant, so that nothing can be tried", f"Let `variants` in {entry.value} return one.")
    return variants


@connectors.command()
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="The new folder to write; kravbro-NAME unless told.")
def new(name: str, folder: Path | None) -> None:
    """Write the package of a new connector: its five files, a bench and a simulator to fill in."""
    from commands.new_connector import check_name, write_package

    check_name(name, adapter_names("connector"))
    made = folder or Path(f"kravbro-{name}")
    for path in write_package(name, made):
        click.echo(path)
    click.echo(
        f"Fill them in; CONTRIBUTING.md, 'Adding a connector', says how. Then `pip install -e {made}` and `kravbro connectors check {name}`."
    )
