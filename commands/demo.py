"""`kravbro demo`: nine companies in three countries and three accounting systems, their debtors and an agency live through 120 days, over real HTTP on a virtual clock.

Everything outside the program under test is a simulator; everything a user would do is done through the same commands.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import click

from cli import cli
from commands.demo_books import VismaBooks, payout_text
from commands.demo_browser import Screen
from commands.demo_report import figures, tell
from commands.demo_story import COMPANIES, START, CompanyStory, InvoiceStory, stories_of
from commands.demo_systems import CLIENT_KEY, mailbox_of
from commands.demo_world import World
from commands.output import Progress, as_json, json_option
from core.engine import crash
from core.errors import ConfigError
from core.store.database import Database
from core.store.migrate import current
from simulators import kit

AGENCY: Final = "nordinkasso"
POST_DAYS: Final = (0, 3)
"""Mondays and Thursdays somebody prints the letters that go by post."""

ASKED: Final = re.compile(r"whether send_letter ([0-9a-f]+) \(invoice:([0-9a-f-]+)\) was done")
"""How a task asks about a reminder: the intent, and the invoice."""

KILLS: Final = tuple(point for point in crash.POINTS if not point.startswith(("sweep", "print")))


@click.command()
@click.option("--days", default=120, show_default=True, type=click.IntRange(min=1, max=1000), help="How many days to live through.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same requests.")
@click.option("--faults", is_flag=True, help="Lose answers, fail and throttle requests, and kill the process under test.")
@click.option("--evidence", type=click.Path(file_okay=False, path_type=Path), help="Write requests, final states and mails to this folder.")
@click.option("--database", "database_url", default="", metavar="URL", help="An empty PostgreSQL database instead of the embedded one.")
@json_option
def demo(days: int, seed: int, faults: bool, evidence: Path | None, database_url: str, as_json_: bool) -> None:  # noqa: FBT001
    """Run the whole bridge on the built-in simulators and tell what happened and why."""
    if database_url and current(Database(database_url)):
        raise ConfigError("--database", "it is not empty", "Name an empty one: the demo writes its companies into it.")
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="kravbro-demo-") as home:
        try:
            with World(Path(home), seed, faults, evidence, database_url) as world:
                _play(world, days, quiet=as_json_)
                world.write_evidence()
                counted = {"days": days, "seed": seed, "faults": faults} | figures(world)
                if as_json_:
                    as_json(counted)
                else:
                    tell(world, counted)
        finally:
            os.environ.clear()
            os.environ.update(before)


def _play(world: World, days: int, *, quiet: bool) -> None:
    """Set the tenants up, live day by day, then let three quiet days settle what is open."""
    _set_up(world)
    with Progress("days", days, every=30, quiet=quiet) as progress:
        for number in range(days):
            today = START + timedelta(days=number)
            _live(world, today)
            progress.step(number + 1, str(today))
        world.calm()
        for number in range(days, days + 3):
            _live(world, START + timedelta(days=number), quiet_day=True)


def _live(world: World, today: date, *, quiet_day: bool = False) -> None:
    """One day: the bank and the debtors, then the run of each tenant, then the agency."""
    world.to(today, 5)
    for company in COMPANIES:
        _bank(world, company, today)
        _look_up_reminders(world, company)
        if not quiet_day:
            _debtors(world, company, today)
    world.to(today, 6)
    for company in COMPANIES:
        if quiet_day or company.daily or today.weekday() < 5:
            world.run(company.tenant, _kill(world, company, today) if not quiet_day else "")
        if today.weekday() in POST_DAYS:
            world.print_letters(company.tenant, f"{company.tenant}-{today}.pdf")
    world.to(today, 10)
    world.agency.work()


def _kill(world: World, company: CompanyStory, today: date) -> str:
    """Return where the child is killed during this run, if it is: about one run in six."""
    chance = random.Random(kit.stable_hash(world.seed, "kill", company.tenant, today.isoformat()))  # noqa: S311
    if not world.faults or chance.random() > 1 / 6:
        return ""
    return f"{chance.choice(KILLS)}:{chance.choice((1, 1, 2, 3))}"


def _bank(world: World, company: CompanyStory, today: date) -> None:
    """The client's own bank routine: what came in yesterday is booked, payouts of the agency among it."""
    books = world.books[company.tenant]
    yesterday = today - timedelta(days=1)
    if yesterday.weekday() < 5:
        books.book_bank(yesterday, "Bank", Decimal("-2.00"), "bank_fee")
    for settled in world.agency.state()["settlements"]:
        amount = Decimal(settled["paid_out"]["amount"])
        ours = settled["creditor"] == _digits(company)
        if ours and settled["settled_on"] == str(yesterday) and amount:
            books.book_bank(yesterday, payout_text(company.country, settled["settlement_id"]), amount, "clearing")


def _look_up_reminders(world: World, company: CompanyStory) -> None:
    """Answer what only a person can: whether the system mailed a reminder although its answer was lost."""
    books = world.books[company.tenant]
    if company.reminded_by != "vendor" or not isinstance(books, VismaBooks):
        return
    for task in json.loads(_type("claims", "tasks", "--tenant", company.tenant, "--json"))["tasks"]:
        if asked := ASKED.search(task["what"]):
            answer = ("--landed", "seen on the invoice") if books.was_reminded(asked[2]) else ("--not-landed",)
            _type("claims", "resolve", asked[1], "--tenant", company.tenant, *answer)


def _debtors(world: World, company: CompanyStory, today: date) -> None:
    """Let happen what the stories say for today."""
    for index, (story, due_on) in enumerate(stories_of(company)):
        for days_after, event in story.in_books:
            if due_on + timedelta(days=days_after) == today:
                _happen(world, company, world.refs[company.tenant, index], story, event, today)


def _happen(world: World, company: CompanyStory, ref: str, story: InvoiceStory, event: str, today: date) -> None:
    books = world.books[company.tenant]
    left = books.open_of(ref)
    part = min((story.amount / 2).quantize(Decimal("0.01")), left) if event.endswith("_half") else left
    if event.startswith("pay") and part > 0:
        books.pay(ref, part, today)
    elif event.startswith("credit") and part > 0:
        books.credit(ref, part, today)
    elif event == "dispute":
        _type("claims", "dispute", ref, "--tenant", company.tenant, "--reason", "the goods were damaged")
    elif event == "hold":
        _type("claims", "hold", ref, "--tenant", company.tenant, "--reason", "we talk about a new delivery date")
    elif event == "release":
        _type("claims", "release", ref, "--tenant", company.tenant, "--reason", "no answer from the customer")


def _set_up(world: World) -> None:
    """Do what an accountant does once, with the same commands."""
    _type("db", "init")
    _type("agencies", "add", AGENCY, "--name", "Nordinkasso AB")
    key = json.loads(_type("agencies", "key", AGENCY, "--json"))["key"]
    stories: dict[str, str] = {}
    for company in COMPANIES:
        stories |= _fill_books(world, company)
        _connect(world, company)
    world.start_feed(key, stories)


def _fill_books(world: World, company: CompanyStory) -> dict[str, str]:
    """Give a company its debtors and invoices; return the agency's stories by creditor and invoice number."""
    found = {}
    for index, (story, due_on) in enumerate(stories_of(company)):
        ref = world.books[company.tenant].add_invoice(story, index, due_on)
        world.refs[company.tenant, index] = ref
        if story.at_agency:
            found[f"{_digits(company)}/{world.books[company.tenant].number_of(ref)}"] = story.at_agency
    return found


def _connect(world: World, company: CompanyStory) -> None:
    tenant, secret = company.tenant, world.home / "secret"
    secret.write_text(CLIENT_KEY)
    back = () if company.kind == "tenant_id" else ("--no-browser", "--port", str(world.consent_port))
    settings = [part for name, value in world.settings_of(company).items() for part in ("--set", f"{name}={value}")]
    files = ("--secret-file", str(secret))
    _type("connect", company.system, "--tenant", tenant, "--org-no", company.org_no, *files, *back, *settings, company=company.name)
    chosen = {**company.accounts, **({"charges_receivable": company.charges_on} if company.charges_on else {})}
    accounts = [part for name, number in chosen.items() for part in ("--set", f"{name}={number}")]
    _type("tenants", "accounts", tenant, "--mode", company.booking_mode, *accounts, "--confirm")
    _type("policy", "use", tenant, company.policy)
    _type("tenants", "choose", tenant, "--agency", AGENCY)
    _type(
        "tenants", "mandate", tenant, "--contract", "2025-04-01", "--signatory", "the managing director", "--client-number",
        str(company.number), "--price-version", "2025", "--payout-account", "as on the contract", "--fees-kept-by", "agency",
        "--processor-agreement", "2025-04-01",
    )  # fmt: skip
    _type("tenants", "due-basis", tenant, "--interest-notice")
    if company.fees_agreed:
        _type("tenants", "fee", tenant, "--agreement", company.fees_agreed, "--since", "2025-01-01")
    _type(
        "tenants", "mail", tenant, "--host", "127.0.0.1", "--port", str(world.smtp.port), "--security", "none", "--from",
        mailbox_of(company),
    )  # fmt: skip
    if company.charges_on:
        _type("tenants", "charges", tenant, "--booked", "when-sent")
    if company.reminded_by == "vendor":
        _type("tenants", "reminder", tenant, "--by", "vendor", "--confirm")
    _type("tenants", "live", tenant)


def _type(*arguments: str, company: str = "") -> str:
    """Run a command as typed, in this process, and return what it printed; what it asks for in the browser is given for a company."""
    screen = Screen(company)
    with contextlib.redirect_stdout(screen):
        cli.main(list(arguments), standalone_mode=False)
    screen.wait()
    return screen.getvalue()


def _digits(company: CompanyStory) -> str:
    """Return a creditor's number as claims bear it: in digits alone."""
    return company.org_no.replace("-", "")
