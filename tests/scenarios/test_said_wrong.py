"""What a person can say wrongly on the command line is refused with a sentence, and nothing changes."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from cli import cli
from commands.wiring import open_app
from core.store import tenants
from core.store.tenants import Mandate

WRONG = [
    (("tenants", "accounts", "t", "--set", "clearing=16,84"), "no open account '16,84'"),
    (("tenants", "accounts", "t", "--set", "clearing=9999"), "no open account '9999'"),
    (("tenants", "mail", "t", "--host", "h", "--from", "notanaddress"), "is no mail address"),
    (("agencies", "add", "no rd/", "--name", "Norr"), "can't be an id"),
    (("agencies", "add", "--name", "x", "Nord!"), "'Nord!' can't be an id"),
    (("agencies", "add", "nord", "--name", "Another"), "it is there already"),
    (("policy", "override", "t", "--debtor", "1", "--minimum", "500 kr"), "`minimum`: '500 kr' is no amount. Write it like 500.00."),
    (("policy", "override", "t", "--debtor", "1", "--minimum", 'a"b'), "is no amount"),
    (("policy", "override", "t", "--debtor", "1", "--extra-days", "999"), "999 is too much. Write 365 or less."),
    (("policy", "override", "t", "--debtor", "1", "--not-insured", "--insured-limit", "5.00"), "nothing is insured"),
]
BLANK = [
    ("tenants", "mandate", "t", "--fees-kept-by", "nobody"),
    ("tenants", "mail", "t", "--host", "h", "--from", "a@b.example", "--port", "99999"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_wrong_value_is_named(story, arguments, sentence):
    assert sentence in story.type(*arguments, code=2)


@pytest.mark.parametrize("arguments", BLANK)
def test_blank_or_unknown_word_is_refused(story, arguments):
    story.type(*arguments, code=2)


SAYING = [
    ("claims", "hold", "1", "--tenant", "t", "--reason"),
    ("claims", "write-off", "1", "--tenant", "t", "--reason"),
    ("claims", "resolve", "1", "--tenant", "t", "--again"),
    ("claims", "resolve", "1", "--tenant", "t", "--reminders-known"),
    ("claims", "resolve", "1", "--tenant", "t", "--through-agency"),
    ("claims", "resolve", "1", "--tenant", "t", "--from-debtor"),
    ("claims", "resolve", "1", "--tenant", "t", "--done"),
    ("claims", "answer", "1", "--tenant", "t", "--text"),
    ("tenants", "fee", "t", "--agreement"),
    ("tenants", "mandate", "t", "--signatory"),
    ("tenants", "mandate", "t", "--contract"),
    ("agencies", "add", "syd", "--name"),
]


@pytest.mark.parametrize("option", SAYING)
@pytest.mark.parametrize("words", ["", " ", "…", "...", "-", "x", "ok", "xxx"])
def test_words_that_say_nothing_are_refused(option, words):
    done = CliRunner().invoke(cli, [*option, words])
    assert done.exit_code == 2
    assert any(f"{words!r} {what}" in done.output for what in ("says nothing", "names nothing", "names nobody"))


@pytest.mark.parametrize(
    ("option", "words"),
    [("contract", "7"), ("price-version", "2025"), ("signatory", "Bo Ek"), ("signatory", "A B"), ("client-number", "Ås-1")],
)
def test_short_names_and_numbers_are_taken(story, option, words):
    assert "complete" in story.type("tenants", "mandate", "t", f"--{option}", words)


def test_missing_options_are_named_as_typed(story):
    with open_app().database.write() as connection:
        tenants.change_tenant(connection, "t", mandate=Mandate(client_number="7"))
    said = story.type("tenants", "mandate", "t", "--contract", "2025-1")
    assert said == "Missing: --signatory, --price-version, --payout-account, --fees-kept-by, --processor-agreement.\n"


def test_changed_accounts_want_a_new_yes(story):
    assert "Not confirmed yet" in story.type("tenants", "accounts", "t", "--set", "fee=3740")
    assert "Confirmed." in story.type("tenants", "accounts", "t", "--confirm")


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"KRAVBRO_DATABASE_URL": "foo"}, "no database's address"),
        ({"KRAVBRO_CLOCK_FILE": "/nonexistent/clock"}, "/nonexistent/clock: no such file"),
        ({"KRAVBRO_HOME": "/proc/nothing"}, "/proc/nothing"),
    ],
)
def test_wrong_environment_ends_with_2(story, environment, sentence):
    import os

    arguments = ("db", "init") if "KRAVBRO_HOME" in environment else ("run", "--tenant", "t")
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, sentence in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere.invalid"])
@pytest.mark.parametrize("command", ["doctor", "db check", "db init", "tenants list"])
def test_database_that_cannot_be_reached_is_told(story, monkeypatch, command, address):
    monkeypatch.setenv("KRAVBRO_DATABASE_URL", f"postgresql+psycopg://somebody@{address}/kravbro")
    assert "database: it can't be opened" in story.type(*command.split(), code=2)


def test_binary_master_key_is_told(story):
    (story.home / "master.key").write_bytes(bytes(range(128, 256)))
    assert "no master key of version 1" in story.type("doctor", code=2)
