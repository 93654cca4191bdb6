"""What one run survives: a row the vendor can't give, a person who edits meanwhile."""

from dataclasses import replace

from commands.wiring import open_app
from core.engine import adjust
from core.store import claims
from tests.story import org_no


def test_broken_invoice_stops_no_other(story):
    broken = story.invoice()
    story.invoice(org_no=org_no(7), email="annan@example.com")
    story.simulator.faults.arm("error_before", path_part=f"/3/invoices/{broken}", times=10**9)
    story.until("letters_sent", 20)
    (mail,) = story.mailbox.mails
    assert b"annan@example.com" in mail


def test_question_reads_no_details(story):
    story.type("policy", "use", "t", "se-cautious")
    number = story.invoice()
    story.until("asked", 30)
    before = len(story.simulator.log.rows)
    story.days(2)
    later = [row for row in story.simulator.log.rows[before:] if row["path"] == f"/3/invoices/{number}"]
    assert later == []


def test_claim_changed_during_a_run_is_read_again(story, monkeypatch):
    number, claim = story.handed_over()
    story.type("claims", "dispute", number, "--tenant", "t", "--reason", "too much", "--amount", "100.00")
    standing, app = adjust.standing, open_app()

    def meanwhile(*facts):
        monkeypatch.setattr(adjust, "standing", standing)
        with app.database.write() as connection:
            known = claims.get_claim(connection, claim["claim_id"])
            claims.change_claim(connection, known, replace(known.snapshot, reopen_reason="said meanwhile"))
        return standing(*facts)

    monkeypatch.setattr(adjust, "standing", meanwhile)
    story.days(1)
    with app.database.read() as connection:
        now = claims.get_claim(connection, claim["claim_id"]).snapshot
    assert (now.reopen_reason, now.disputed.text()) == ("said meanwhile", "100.00")


def test_without_restore_nothing_is_looked_up_first(story):
    _, claim = story.handed_over()
    payment = story.pay_agency(claim, "P1", "12500.00", fee="180.00")
    story.settle(claim, [payment], principal="12500.00", fees_kept="180.00", commission="625.00", vat="201.25")
    story.days(1)
    looked = [row for row in story.simulator.log.rows if row["method"] == "GET" and row["path"].startswith("/3/vouchers/A")]
    assert looked == []
