"""What every command shares: the only tenant, whose error it is, progress, exit codes."""

import json
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest
from click.testing import CliRunner

import cli as program
from cli import cli
from commands import output, wiring
from commands.output import Progress
from commands.wiring import App, open_app
from core.errors import LoginExpiredError
from core.store import database as store_database
from core.store import tenants
from tests.story import free_port

OTHER_NO = "556012-5790"


def ended(capsys, *arguments):
    """Run the program to its end, and return its exit code and what it said."""
    with pytest.raises(SystemExit) as caught:
        program.main(list(arguments))
    said = capsys.readouterr()
    return caught.value.code, said.out, said.err


def second_tenant(story):
    story.simulator.add_company(1002, "Annan AB", OTHER_NO)
    story.simulator.consent("client", 1002)
    url = story.url
    settings = [part for name in ("api_url", "apps_url") for part in ("--set", f"{name}={url}")]
    given = ("--set", "client_id=client", "--set", "tenant_id=1002", "--secret-file", str(story.home / "secret"))
    story.type("connect", "fortnox", "--tenant", "u", "--org-no", OTHER_NO, *given, *settings)


def test_only_tenant_need_not_be_named(story):
    assert json.loads(story.type("run", "--json"))["tenant"] == "t"
    assert "Nothing waits" in story.type("claims", "tasks")
    assert "ledger" in story.type("reconcile").lower()


def test_several_tenants_must_be_named(story):
    second_tenant(story)
    assert "Name one of t, u" in story.type("run", code=2)
    assert json.loads(story.type("run", "--tenant", "t", "--json"))["tenant"] == "t"


def test_no_tenant_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("KRAVBRO_HOME", str(tmp_path))
    CliRunner().invoke(cli, ["db", "init"])
    done = CliRunner().invoke(cli, ["claims", "list"])
    assert "there is no tenant yet" in str(done.exception)


def test_error_names_its_tenant(story, monkeypatch, capsys):
    def fail(*_, **__):
        raise LoginExpiredError("Fortnox", "no refresh token is stored")

    monkeypatch.setattr(App, "run", fail)
    code, _, said = ended(capsys, "run", "--tenant", "t")
    assert (code, said.startswith("tenant t: Fortnox no longer lets us in")) == (1, True)


def test_error_that_names_it_says_it_once(story, capsys):
    _, _, said = ended(capsys, "tenants", "show", "nobody")
    assert said.startswith("tenant nobody: there is no such tenant")


def test_outage_begins_what_a_run_says(story):
    story.simulator.faults.arm("error_before", times=99)
    done = CliRunner().invoke(cli, ["run"])
    assert (done.exit_code, done.output.startswith("t: Fortnox could not answer (")) == (0, True)
    assert done.output.count("the next run tries again") == 1
    story.simulator.faults.armed.clear()
    assert "could not answer" not in CliRunner().invoke(cli, ["run"]).output


def pause(reason):
    with open_app().database.write() as connection:
        tenants.change_tenant(connection, "t", state="paused", pause_reason=reason)


def test_resume_in_an_outage_says_still_paused(story, capsys):
    pause("its data came back from a backup")
    story.simulator.faults.arm("error_before", times=99)
    code, out, said = ended(capsys, "tenants", "resume", "t")
    assert (code, out, open_app().tenant("t").state) == (0, "", "paused")
    assert said.endswith("; t is still paused. Say `kravbro tenants resume t` again later.\n")
    story.simulator.faults.armed.clear()
    assert "runs again" in story.type("tenants", "resume", "t")


@pytest.mark.parametrize("reason", ["it is not known here", "Connect the company again."])
def test_paused_tenant_says_what_comes_first(story, reason):
    pause(reason)
    said = story.type("run", code=2)
    assert f"it is paused: {reason.rstrip('.')}. See what to do first with `kravbro claims tasks --tenant t`;" in said


def test_reconcile_says_when_the_books_were_read(story):
    assert "were not read yet" in story.type("reconcile")
    story.run()
    assert "The books were last read 2025-04-15 05:00 CEST." in story.type("reconcile")
    assert "Our ledger of claims at agencies: nothing\n" in story.type("reconcile")


def test_stopping_by_hand_ends_with_130(story, monkeypatch, capsys):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(App, "run", stop)
    code, _, said = ended(capsys, "run")
    assert (code, "goes on from here" in said) == (130, True)


@pytest.mark.parametrize(
    ("missing", "code", "extra"), [("aiosmtpd", 2, "[demo]"), ("yaml", 2, "[demo]"), ("pytest", 2, "[kit]"), ("click", 3, "Kravbro itself")]
)
def test_missing_extra_is_named(monkeypatch, capsys, missing, code, extra):
    def fail(*_):
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr(program, "import_module", fail)
    found, _, said = ended(capsys, "demo")
    assert (found, extra in said) == (code, True)


@pytest.mark.parametrize(("text", "told"), [("a/b.py: get_company is not filled in yet.", "is not filled in yet"), ("", "not there yet (")])
def test_what_is_not_filled_in_is_told(monkeypatch, capsys, text, told):
    def fail(*_):
        raise NotImplementedError(text)

    monkeypatch.setattr(program, "import_module", fail)
    code, _, said = ended(capsys, "demo")
    assert (code, told in said) == (2, True)


def test_adapter_of_another_package_is_found(monkeypatch):
    other = EntryPoint("other", "agencies.feed", "kravbro.agencies")
    monkeypatch.setattr(wiring, "entry_points", lambda **query: EntryPoints([other]).select(**query))
    assert wiring.adapter_names("agency") == ["feed", "other"]
    assert wiring.load_adapter("agency", "other").build is wiring.load_adapter("agency", "feed").build
    with pytest.raises(output.ConfigError, match="not installed"):
        wiring.load_adapter("connector", "other")


@pytest.mark.opens_database
def test_full_disk_ends_with_5(story, monkeypatch, capsys):
    """A database that may not grow is what a full disk looks like to SQLite."""
    prepare = store_database._prepare_sqlite

    def prepare_full(connection, record):
        prepare(connection, record)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}").close()

    for _ in range(30):
        story.invoice()
    monkeypatch.setattr(store_database, "_prepare_sqlite", prepare_full)
    code, _, said = ended(capsys, "run")
    assert (code, "disk is full" in said) == (5, True)
    monkeypatch.undo()


@pytest.mark.opens_database
def test_locked_database_ends_with_4(story, monkeypatch, capsys):
    monkeypatch.setattr(store_database.Database.__init__, "__kwdefaults__", {"busy_timeout_s": 0.2})
    with open_app().database.write():
        code, _, said = ended(capsys, "run")
    assert (code, "locked by another process" in said) == (4, True)


def test_doctor_tells_missing_from_expired(story, capsys):
    story.type("policy", "use", "t", "se-standard")
    code, out, _ = ended(capsys, "doctor", "--tenant", "t")
    assert code == 2 and "NO  bank postings" in out  # nothing was ever booked on the bank
    story.simulator.revoke_consent("client", 1001)
    story.clock.advance(7200)
    code, out, _ = ended(capsys, "doctor", "--tenant", "t")
    assert code == 1 and "no longer lets us in" in out


def test_doctor_goes_over_every_tenant(story, capsys):
    assert story.type("doctor").endswith("ok  tenant t: live since 2025-04-15\n")
    second_tenant(story)
    asked = len(story.simulator.log.rows)
    code, out, _ = ended(capsys, "doctor")
    assert code == 2 and "ok  tenant t: live" in out and "NO  tenant u: policy: tenant u: it has no policy" in out
    assert all(f"`kravbro tenants {command} u" in out for command in ("mandate", "accounts", "choose"))
    assert len(story.simulator.log.rows) == asked  # what is kept here alone


def test_doctor_tells_an_expired_login_of_any_tenant(story, capsys):
    story.simulator.revoke_consent("client", 1001)
    story.clock.advance(7200)
    story.type("run", code=1)
    code, out, _ = ended(capsys, "doctor")
    assert code == 1 and "NO  tenant t: state: it is paused: Fortnox no longer lets us in" in out


def test_doctor_tries_the_mail_server(story):
    story.type("tenants", "fee", "t", "--agreement", "terms", "--since", "2025-01-01")
    told = story.type("doctor", "--tenant", "t", code=2)
    assert "ok  mail: 127.0.0.1 lets us in" in told
    assert "ok  terms: reminder fee: agreed for bills from 2025-01-01; bills to consumers do not say (" in told
    story.type("tenants", "mail", "t", "--host", "127.0.0.1", "--port", str(free_port()), "--security", "none", "--from", "a@b.example")
    told = story.type("doctor", "--tenant", "t", code=2)
    assert "NO  mail: " in told and "kravbro tenants mail TENANT" in told


def test_progress_is_plain_lines_without_terminal(story, capsys):
    for _ in range(120):
        story.invoice()
    done = CliRunner().invoke(cli, ["run"])
    assert done.stderr.startswith("invoices read: 120\n")
    assert CliRunner().invoke(cli, ["run", "--json"]).stderr == ""


def test_progress_is_a_bar_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with Progress("letters", 2, every=1, quiet=False) as progress:
        progress.step(1)
        assert progress._bar.tasks[0].completed == 1
    assert "letters: 1 of 2" not in capsys.readouterr().err


def test_progress_says_how_far_now_and_then(capsys):
    with Progress("days", 90, every=30, quiet=False) as progress:
        for number in range(1, 91):
            progress.step(number, f"day {number}")
    assert capsys.readouterr().err.splitlines() == [f"days: {n} of 90 (day {n})" for n in (30, 60, 90)]


def test_accounts_and_overrides_are_listed(story):
    accounts = json.loads(story.type("tenants", "accounts", "t", "--json"))
    assert accounts["confirmed"] and accounts["accounts"]["clearing"]
    assert "by the policy" in story.type("policy", "overrides", "t")
    number = story.invoice()
    story.run()
    story.type("policy", "override", "t", "--invoice", number, "--mode", "off")
    (row,) = json.loads(story.type("policy", "overrides", "t", "--json"))["overrides"]
    assert (row["for"], row["ref"], row["mode"]) == ("invoice", number, "off")


def test_override_names_what_was_read(story, capsys):
    story.invoice()
    story.run()
    customer, override = story.company.invoice("1")["CustomerNumber"], ("policy", "override", "t", "--mode", "off")
    assert "neither an invoice that was read" in story.type(*override, "--invoice", "11", code=2)
    for number, known in ((customer, True), ("0001", False)):
        done = CliRunner().invoke(cli, [*override, "--debtor", number])
        assert (f"no invoice of customer {number} was read yet" in done.stderr) != known


@pytest.mark.parametrize("text", ["20250531", "31/5", "2025-W22-6", ""])
def test_day_is_written_in_one_way(text):
    with pytest.raises(output.ConfigError, match="is no day"):
        output.day("--until", text)


@pytest.mark.parametrize(("typed", "said"), [
    ("claims explain", "kravbro claims explain: missing argument 'REF'. See `kravbro claims explain --help`."),
    ("claims explain 1 --nope", "kravbro claims explain: no such option"),
    ("claims nope", "kravbro claims: no such command 'nope'"),
    ("claims hold 1 --tenant t --reason x", "kravbro claims hold: invalid value for '--reason': 'x' says nothing; say it in words. See"),
    ("claims hold 1 --reason", "kravbro claims hold: option '--reason' requires an argument. See `kravbro claims hold --help`."),
    ("law quote --language xx", "kravbro law quote: "),
])  # fmt: skip
def test_wrong_words_get_one_sentence(capsys, typed, said):
    code, out, told = ended(capsys, *typed.split())
    assert (code, out, told.count("\n")) == (2, "", 1)
    assert told.startswith(said) and "--help`." in told


def test_group_alone_gets_its_help(capsys):
    code, _, told = ended(capsys, "claims")
    assert code == 2 and told.startswith("Usage: kravbro claims") and "explain" in told
