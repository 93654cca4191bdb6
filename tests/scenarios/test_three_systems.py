"""One story, word for word in every system: two letters, handover, money by both ways, a credit note, the end; its books are added up.

What is compared is what the simulators hold, by what the agency reported: nothing is asked of our own store but whether it differs.
"""

import io
import json
from collections import Counter
from decimal import Decimal

import pytest

from core.policy import load_template
from simulators import kit
from simulators.economic import Switches
from tests.books import EconomicBooks, FortnoxBooks, VismaBooks
from tests.story import lived

SYSTEMS = {
    "fortnox": FortnoxBooks,
    "visma": VismaBooks,
    "economic": EconomicBooks,
    "economic-unmatched": lambda: EconomicBooks(Switches(payments_match=False)),
}
PAID = {"principal": "5000.00", "interest": "83.33", "fee": "180.00", "reminder_fee": "37.01"}
"""What the debtor pays the agency; the fee is the agency's own, the reminder fee the creditor's."""
SETTLED = {
    "principal": "5000.00",
    "interest": "83.33",
    "creditor_fees": "37.01",
    "fees_kept": "180.00",
    "commission": "254.17",
    "vat": "108.54",
}
DIRECT, CREDITED = "4000.09", "3499.91"
PAYOUT = Decimal("4757.63")
MOVED = {
    "receivable": Decimal("-5000.00"), "clearing": PAYOUT, "interest": Decimal("-83.33"), "fee": Decimal("-37.01"), "cost": Decimal("254.17"),
    "input_vat": Decimal("108.54"),
}  # fmt: skip
"""What all of our bookings come to: 4757.63 = 5000.00 + 83.33 + 37.01 - 254.17 - 108.54 is on its way to the bank."""
AT_BANK, AT_AGENCY = ("bank", Decimal(DIRECT)), ("clearing", Decimal(5000))
TOLD = (
    "send_letter_email", "send_letter_email", "submit_claim", "acknowledged", "paid_to_agency", "paid_to_creditor", "told_direct_payment",
    "credited", "told_updated", "settled", "closed",
)  # fmt: skip
DAYS = 3
"""How long every act is left to rest: what happened on the first day must not happen again."""


class LosesAnswers:
    """Lets every write take effect, and loses the answer to the first sending of each; logging in is left alone."""

    def __init__(self):
        self.sent = Counter()

    def before(self, app):
        """Stand before a simulator."""
        self.app = app
        return self

    def __call__(self, environ, start_response):
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method == "GET" or "token" in path:
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ = {**environ, "wsgi.input": io.BytesIO(body)}
        self.sent[method, path, body] += 1
        if self.sent[method, path, body] > 1:
            return self.app(environ, start_response)
        self.app(environ, _unheard)
        start_response(kit.DROPPED, [])
        return []


def _unheard(*_):
    """Take the head of an answer that nobody gets."""


def policy_of(story):
    """A reminder a week after the due date, a notice when its ten days have run out, the agency when those of the notice have."""
    steps = load_template("dk-standard").replace("DKK", story.books.currency).replace('"DK"', f'"{story.books.country}"')
    (story.home / "policy.toml").write_text(steps)
    return str(story.home / "policy.toml")


def happened(story, **expected):
    """Live until nothing has been uncertain for some days; this came about, once, and nothing differs."""
    done = story.days(DAYS)
    while any(one["uncertain"] for one in done[-DAYS:]) and len(done) < 20:
        done += story.days(1)
    assert {name: sum(one[name] for one in done) for name in expected} == expected
    assert done[-1]["uncertain"] == done[-1]["differences"] == 0


@pytest.fixture(params=["kept", pytest.param("lost", marks=pytest.mark.slow)])
def losing(request):
    """What loses answers, if any are lost."""
    return LosesAnswers() if request.param == "lost" else None


@pytest.mark.parametrize("mode", ["on_event", "on_settlement"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_claim_from_reminder_to_its_end(system, mode, losing, tmp_path, monkeypatch):
    with lived(tmp_path, monkeypatch, SYSTEMS[system](), between=losing and losing.before) as story:
        story.connect(policy_of(story), mode)
        story.type("tenants", "fee", "t", "--agreement", "terms of sale, § 6", "--since", "2025-01-01")
        ref = story.invoice()
        claim = handed_over(story, ref)
        payment = paid_to_agency(story, ref, claim, at_once=mode == "on_event")
        paid_directly(story, ref, at_once=mode == "on_event")
        credited(story, ref, at_once=mode == "on_event")
        settled(story, ref, claim, payment, at_once=mode == "on_event")
        closed(story, ref, claim)
        adds_up(story)
        is_told(story, ref)
    assert losing is None or len(losing.sent) >= 5, "mark, payment, voucher, document, mark"


def handed_over(story, ref):
    """Both letters go, then the claim, with what is open in the books; none of it books anything."""
    for days, figure in ((8, "letters_sent"), (12, "letters_sent"), (12, "claims_handed_over")):
        story.idle(days)
        assert story.until(figure)[figure] == 1
    claim = story.acknowledge()
    assert [notice["kind"] for notice in claim["notices"]] == ["reminder", "notice"] and len(story.mailbox.mails) == 2
    (line,) = claim["lines"]
    assert (line["invoice_no"], line["open"]) == (story.books.number(ref), story.money("12500.00"))
    happened(story, claims_handed_over=0, letters_sent=0)
    assert "Inkasso A-1001" in story.books.mark_of(ref)
    assert story.books.open_of(ref) == 12_500 and story.books.ours() == []
    return claim


def paid_to_agency(story, ref, claim, *, at_once):
    """A part of it is paid to the agency: the principal stands on the invoice and at the agency, or is on its way until it is settled."""
    fee = {"fee_id": "F1", "component": "collection_cost", "amount": story.money("180.00"), "charged_on": story.today.isoformat()}
    story.tell(claim, "fee_charged", **fee)
    payment = story.pay_agency(claim, "P1", **PAID)
    happened(story, payments_booked=int(at_once), direct_payments_reported=0)
    assert in_books(story, ref) == ((7500, [AT_AGENCY], 5000) if at_once else (12_500, [], 0))
    return payment


def paid_directly(story, ref, *, at_once):
    """A part is paid to the creditor, who books it: the agency is told of that one, once."""
    story.books.pay(ref, DIRECT, story.today)
    happened(story, payments_booked=0, direct_payments_reported=1)
    assert in_books(story, ref) == ((Decimal("3499.91"), [AT_BANK, AT_AGENCY], 5000) if at_once else (Decimal("8499.91"), [AT_BANK], 0))
    assert [(one["invoice_ref"], one["amount"]) for one in story.claim()["direct_payments"]] == [(ref, story.money(DIRECT))]


def credited(story, ref, *, at_once):
    """The rest is credited: the agency is told of a credit, and of no other payment."""
    story.books.credit(ref, CREDITED, story.today)
    happened(story, payments_booked=0, direct_payments_reported=0)
    assert in_books(story, ref) == ((0, [AT_BANK, AT_AGENCY], 5000) if at_once else (5000, [AT_BANK], 0))
    told = story.claim()
    assert [(one["invoice_ref"], one["amount"]) for one in told["credits"]] == [(ref, story.money(CREDITED))]
    assert len(told["direct_payments"]) == 1


def settled(story, ref, claim, payment, *, at_once):
    """The agency settles: one voucher with its document, and what it owes is on its way to the bank, which books it."""
    assert story.settle(claim, [payment], **SETTLED) == PAYOUT
    happened(story, payments_booked=int(not at_once), vouchers_booked=1)
    assert in_books(story, ref) == (0, [AT_BANK, AT_AGENCY], PAYOUT)
    (voucher,) = [one for one in story.books.ours() if "S1" in one.text]
    assert story.books.documented() == [voucher.ref]
    story.books.book_bank(story.today, "S1", PAYOUT, story.books.accounts["clearing"])
    assert account_of(story, "clearing") == 0


def closed(story, ref, claim):
    """The agency ends its work; nothing more is asked, sent or booked."""
    story.tell(claim, "closed", reason="paid", money_recovered=True)
    happened(story, claims_closed=1, payments_booked=0, vouchers_booked=0, letters_sent=0, claims_handed_over=0)
    assert story.claim()["lifecycle"] == "closed"
    assert f"{story.books.ended} A-1001" in story.books.mark_of(ref)
    assert "agree" in story.type("reconcile", "--tenant", "t")
    assert story.type("claims", "tasks", "--tenant", "t") == "Nothing waits for a person.\n"


def adds_up(story):
    """Every voucher balances, and ours move each account by what the agency reported, to the minor unit."""
    assert all(sum(amount for _, amount in voucher.rows) == 0 for voucher in story.books.vouchers())
    moved = Counter()
    for account, amount in (row for voucher in story.books.ours() for row in voucher.rows):
        moved[account] += amount
    assert dict(moved) == {story.books.accounts[name]: amount for name, amount in MOVED.items()}
    assert len(story.books.ours()) == 2


def is_told(story, ref):
    """`claims explain` tells all of it, in this order, and each once."""
    told = json.loads(story.type("claims", "explain", story.books.number(ref), "--tenant", "t", "--json"))["timeline"]
    assert [one["what"] for one in told if one["what"] in TOLD] == [*TOLD]
    text = " ".join(one["text"] for one in told)
    assert all(f"{amount} {story.books.currency}" in text for amount in ("12500.00", "5300.34", DIRECT, CREDITED, "5120.34"))


def in_books(story, ref):
    """What is open on the invoice, the payments on it, and what the agency owes us, as the books have it."""
    at_agency = story.books.accounts["clearing"]
    paid = [("clearing" if account == at_agency else "bank", amount) for account, amount in story.books.payments_on(ref)]
    return story.books.open_of(ref), sorted(paid), account_of(story, "clearing")


def account_of(story, name):
    account = story.books.accounts[name]
    return sum(amount for voucher in story.books.vouchers() for number, amount in voucher.rows if number == account)
