"""`kravbro`: the command line. Commands are imported when they are used; errors become one sentence and an exit code."""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Final

import click
from click.exceptions import NoArgsIsHelpError

from commands.output import TENANT
from core.errors import KravbroError

__all__ = ["cli", "main"]

COMMANDS: Final = {
    "agencies": ("commands.agencies", "Add agencies, their feed keys and webhooks."),
    "claims": ("commands.claims", "List and explain claims; hold, release, dispute, answer, withdraw, approve, resolve."),
    "connect": ("commands.connect", "Connect a company in its accounting system."),
    "connectors": ("commands.connectors", "List the connectors there are, check one against the contract, begin a new one."),
    "db": ("commands.db", "Create, check and upgrade the database."),
    "demo": ("commands.demo", "Run the whole bridge on the built-in simulators."),
    "doctor": ("commands.doctor", "Check that everything a tenant needs is in place."),
    "law": ("commands.law", "What may be claimed, by which statute."),
    "letters": ("commands.letters", "Look at the letters, in each language and under each law."),
    "policy": ("commands.policy", "Show, check, choose, compare and backtest collection policies."),
    "reconcile": ("commands.reconcile", "Compare books, ledger and agency."),
    "run": ("commands.run", "Run a tenant once: recover, sweep, listen, decide, act, book, audit."),
    "serve": ("commands.serve", "Serve the claims feed to agencies, and the pages behind links."),
    "simulate": ("commands.simulate", "Start a simulator on a port."),
    "stats": ("commands.stats", "How a company is paid, and what collection costs."),
    "tenants": ("commands.tenants", "List tenants and what was agreed with them."),
    "vault": ("commands.vault", "Look after the master key."),
}
"""Every command with the module that holds it and its one line of help."""


EXTRAS: Final = {"aiosmtpd": "demo", "yaml": "demo", "psycopg": "postgres", "pytest": "kit"}
"""Packages that come with an extra only, with its name."""


class LazyGroup(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command's name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and return the command in it."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command = getattr(import_module(module), cmd_name)
        assert isinstance(command, click.Command), f"{module}.{cmd_name} is no command"
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error that doesn't say which tenant it is about is told it."""
        try:
            return super().invoke(ctx)
        except KravbroError as error:
            tenant = ctx.meta.get(TENANT, "")
            if tenant and not re.search(rf"\b{re.escape(tenant)}\b", str(error)):
                error.add_note(f"tenant {tenant}")
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kravbro")
def cli() -> None:
    """Hand overdue invoices to the debt-collection agency, exactly once, and book what comes back.

    Exit codes: 0 done; 1 a login has expired; 2 a setting, file or argument is wrong or missing; 3 an error of ours; 4 somebody else is at it;
    5 the disk is full; 130 stopped by Ctrl-C. What was refused or is uncertain is counted in the output and ends with 0.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    try:
        cli.main(arguments, prog_name="kravbro", standalone_mode=False)
    except KravbroError as error:
        click.echo(": ".join((*getattr(error, "__notes__", ()), str(error))), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(_usage(error, sys.argv[1:] if arguments is None else arguments), err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped; nothing is half-done: the next run goes on from here.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except NotImplementedError as error:  # what `kravbro connectors new` wrote and nobody has filled in
        click.echo(str(error) or f"This is not there yet ({_where(error)}).", err=True)
        sys.exit(2)
    except OSError as error:
        full = error.errno == errno.ENOSPC
        todo = "Make room and run again." if full else "Give another file or folder, or change who may use it."
        click.echo(f"{error.filename or 'This machine'}: {(error.strerror or str(error)).lower()}. {todo}", err=True)
        sys.exit(5 if full else 2)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name in EXTRAS:
            extra = f"kravbro[{EXTRAS[error.name]}]"
            click.echo(f"The package {error.name} is missing. Install the extra that has it: `pip install '{extra}'`.", err=True)
            sys.exit(2)
        if os.environ.get("KRAVBRO_TRACEBACK"):
            raise
        click.echo(
            f"Something is wrong in Kravbro itself ({type(error).__name__} in {_where(error)}). Nothing more was sent; the journal is "
            "kept. Please report this; KRAVBRO_TRACEBACK=1 shows the details, which may be personal.",
            err=True,
        )
        sys.exit(3)


def _usage(error: click.ClickException, arguments: list[str]) -> str:
    """Return one sentence: which command, what is wrong with how it was typed, and what to do; for a group alone, its help."""
    if isinstance(error, NoArgsIsHelpError):
        return error.format_message()
    wrong = " ".join(error.format_message().split()).rstrip(".")
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else _command_path(arguments)
    return f"{command}: {wrong[:1].lower()}{wrong[1:]}. See `{command} --help`."


def _command_path(arguments: list[str]) -> str:
    """Return the command that was typed, for errors that don't name it: click's of an option without its value."""
    context = click.Context(cli, info_name="kravbro")
    for word in arguments:
        found = context.command.get_command(context, word) if isinstance(context.command, click.Group) else None
        if found is None:
            break
        context = click.Context(found, info_name=word, parent=context)
    return context.command_path


def _where(error: Exception) -> str:
    """Return the file and line where it happened."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


if __name__ == "__main__":
    main()
