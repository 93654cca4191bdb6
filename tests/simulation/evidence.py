"""What the demo's simulators saw and hold, read from its evidence folder alone: the auditors' view, which knows nothing of our database."""

import email
import email.utils
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from commands.demo_story import COMPANIES, START, CompanyStory

DAYS = 120
LAST = str(START + timedelta(days=DAYS + 2))
"""What the agency settles on the evening of the last day nobody reads any more."""
SETTLEMENTS = {"SE": "Avräkning", "DK": "Afregning", "NO": "Avregning"}
PAYOUTS = {"SE": "Utbetalning", "DK": "Udbetaling", "NO": "Utbetaling"}


def play(folder, *arguments):
    """Run the demo in a process of its own; return its figures."""
    command = [sys.executable, "-m", "cli", "demo", "--json", "--evidence", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def state(folder, name):
    return json.loads((folder / name / "state.json").read_text())


def requests_of(folder, name):
    return [json.loads(line) for line in (folder / name / "requests.jsonl").read_text().splitlines()]


def minor(amount):
    return int((Decimal(str(amount)) * 100).to_integral_exact())


@dataclass(frozen=True)
class Books:
    """One company's books, whichever system keeps them; amounts in minor units, debit above nothing.

    Attributes:
        totals: by invoice.
        payments: (invoice, day, amount, whether it went by our own way of payment) of all that are booked.
        vouchers: (text, amount by account).
    """

    story: CompanyStory
    totals: dict
    payments: list
    vouchers: list
    clearing: str

    @property
    def creditor(self):
        return self.story.org_no.replace("-", "")

    @property
    def collected(self):
        """(invoice, amount) of each payment that came by the agency."""
        return [(invoice, amount) for invoice, _, amount, ours in self.payments if ours]

    @property
    def settlements(self):
        """The numbers of the settlements that have a voucher."""
        return [text.split()[1] for text, _ in self.vouchers if text.startswith(f"{SETTLEMENTS[self.story.country]} ")]

    @property
    def banked(self):
        """The numbers of the payouts that the bank has booked."""
        return [text.split()[1] for text, _ in self.vouchers if text.startswith(f"{PAYOUTS[self.story.country]} ")]

    def settled(self, account):
        """What the settlements' vouchers put on an account."""
        word = f"{SETTLEMENTS[self.story.country]} "
        return sum(rows.get(account, 0) for text, rows in self.vouchers if text.startswith(word))

    def balance(self, account):
        return sum(rows.get(account, 0) for _, rows in self.vouchers)

    def paid_on(self):
        """The day from which nothing was open on each invoice, by the payments and credits in the books."""
        left, ended = dict(self.totals), {}
        for invoice, day, amount, _ in sorted(self.payments, key=lambda row: row[1]):
            left[invoice] = left.get(invoice, 0) - amount
            if left[invoice] <= 0:
                ended.setdefault(invoice, day)
        return ended


def books_of(folder):
    """Every company's books."""
    fortnox, paper = state(folder, "fortnox")["companies"], state(folder, "paper")["companies"]
    for story in COMPANIES:
        yield _fortnox(story, fortnox[str(story.number)]) if story.system == "fortnox" else _paper(story, paper[story.org_no])


def _fortnox(story, company):
    totals = {str(row["DocumentNumber"]): minor(row["Total"]) for row in company["invoices"]}
    payments = [
        (str(row["InvoiceNumber"]), row["PaymentDate"], minor(row["Amount"]), row["ModeOfPayment"] == "KB")
        for row in company["payments"]
        if row["Booked"]
    ]
    return Books(story, totals, payments, [_voucher(row) for row in company["vouchers"]], "1689")


def _voucher(row):
    amounts = defaultdict(int)
    for part in row["VoucherRows"]:
        amounts[str(part["Account"])] += minor(part["Debit"]) - minor(part["Credit"])
    return row["Description"], amounts


def _paper(story, company):
    totals = {row["no"]: minor(row["total"]) for row in company["invoices"]}
    payments = [(row["invoice"], row["paid_on"], minor(row["amount"]), row["mode"] == "KB") for row in company["payments"] if row["booked"]]
    vouchers = []
    for row in company["vouchers"]:
        amounts = defaultdict(int)
        for part in row["rows"]:
            amounts[part["account"]] += minor(part["amount"])
        vouchers.append((row["text"], amounts))
    return Books(story, totals, payments, vouchers, company["accounts"]["clearing"])


def principal_by_payment(agency, creditor):
    """What each payment at the agency pays of each invoice of a creditor."""
    found = defaultdict(int)
    for payment in agency["payments"]:
        for part in payment["allocations"]:
            if payment["creditor"] == creditor and part["component"] == "principal":
                found[part["invoice_ref"], payment["payment_id"]] += minor(part["amount"]["amount"])
    return found


@dataclass(frozen=True)
class Mail:
    """A mail to a debtor: its day, who sent it, the invoices that came with it, and its words."""

    raw: bytes
    message_id: str
    sent_on: date
    domain: str
    invoices: tuple
    text: str


def mails(folder):
    """Every mail that was delivered, in order."""
    return [_mail(path.read_bytes()) for path in sorted((folder / "mail").glob("*.eml"))]


def _mail(raw):
    message = email.message_from_bytes(raw)
    files = [part.get_filename() for part in message.walk() if part.get_filename()]
    named = tuple(name.removeprefix("Faktura ").removesuffix(".pdf") for name in files if name.startswith("Faktura "))
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(decode=True).decode()
    sent_on = email.utils.parsedate_to_datetime(message["Date"]).date()
    return Mail(raw, message["Message-ID"], sent_on, message["From"].rpartition("@")[2].rstrip(">"), named, text)
