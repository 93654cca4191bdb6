"""What the demo's simulators saw and hold, read from its evidence folder alone: the auditors' view, which knows nothing of our database."""

import email
import email.utils
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from commands.demo_story import COMPANIES, CompanyStory

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


def agency_of(folder):
    """The agency's books, and its last day: what it reports and settles on that evening nobody reads any more."""
    last = requests_of(folder, "agency")[-1]["t"]
    return state(folder, "agency") | {"last": str(datetime.fromtimestamp(last, UTC).date())}


def requests_of(folder, name):
    return [json.loads(line) for line in (folder / name / "requests.jsonl").read_text().splitlines()]


def minor(amount):
    return int((Decimal(str(amount)) * 100).to_integral_exact())


ACCOUNTS = {
    # The numbers of each chart, by what they are for: BAS, NS 4102, and the Danish standard chart of e-conomic.
    "SE": {"clearing": "1689", "interest": "8313", "fee": "3990", "cost": "6062", "input_vat": "2641"},
    "NO": {"clearing": "1579", "interest": "8055", "fee": "3910", "cost": "6795", "input_vat": "2710"},
    "DK": {"clearing": "5690", "interest": "4310", "fee": "1120", "cost": "2230", "input_vat": "6904"},
}


@dataclass(frozen=True)
class Books:
    """One company's books, whichever system keeps them; an invoice goes by its id there, amounts are in minor units, debit above nothing.

    Attributes:
        numbers: the number that stands on each invoice.
        totals: by invoice.
        opened: what is open, by invoice.
        payments: (invoice, day, amount, whether it went by our own way of payment) of all that are booked.
        vouchers: (text, amount by account).
    """

    story: CompanyStory
    numbers: dict
    totals: dict
    opened: dict
    payments: list
    vouchers: list

    @property
    def accounts(self):
        return ACCOUNTS[self.story.country]

    @property
    def clearing(self):
        return self.accounts["clearing"]

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
        """The day from which nothing was open on each invoice, by the payments in the books; invoices go by their numbers."""
        left, ended = dict(self.totals), {}
        for invoice, day, amount, _ in sorted(self.payments, key=lambda row: row[1]):
            left[invoice] = left.get(invoice, 0) - amount
            if left[invoice] <= 0:
                ended.setdefault(self.numbers[invoice], day)
        return ended


def books_of(folder):
    """Every company's books."""
    companies = {
        name: state(folder, name)[inside] for name, inside in (("fortnox", "companies"), ("visma", "companies"), ("economic", "agreements"))
    }
    for story in COMPANIES:
        name = f"C{story.number}" if story.system == "visma" else str(story.number)
        yield READ[story.system](story, companies[story.system][name])


def _fortnox(story, company):
    rows = {str(row["DocumentNumber"]): row for row in company["invoices"]}
    payments = [
        (str(row["InvoiceNumber"]), row["PaymentDate"], minor(row["Amount"]), row["ModeOfPayment"] == "KB")
        for row in company["payments"]
        if row["Booked"]
    ]
    vouchers = [
        (row["Description"], summed((part["Account"], minor(part["Debit"]) - minor(part["Credit"])) for part in row["VoucherRows"]))
        for row in company["vouchers"]
    ]
    totals = {ref: minor(row["Total"]) for ref, row in rows.items()}
    return Books(story, {ref: ref for ref in rows}, totals, {ref: minor(row["Balance"]) for ref, row in rows.items()}, payments, vouchers)


def _visma(story, company):
    """A payment is a voucher that an invoice is the source of, and that is not the invoice's own."""
    rows = {row["Id"]: row for row in company["invoices"] if not row["IsCreditInvoice"]}
    vouchers, payments, receivable = [], [], "1500" if story.country == "NO" else "1510"
    for row in company["vouchers"]:
        amounts = summed((part["AccountNumber"], minor(part["DebitAmount"]) - minor(part["CreditAmount"])) for part in row["Rows"])
        vouchers.append((row["VoucherText"], amounts))
        if row["SourceId"] in rows and row["VoucherType"] == 10:
            payments.append(
                (row["SourceId"], row["VoucherDate"][:10], -amounts[receivable], ACCOUNTS[story.country]["clearing"] in amounts)
            )
    totals = {ref: minor(row["TotalAmountInvoiceCurrency"]) for ref, row in rows.items()}
    opened = {ref: minor(row["RemainingAmountInvoiceCurrency"]) for ref, row in rows.items()}
    return Books(story, {ref: str(row["InvoiceNumber"]) for ref, row in rows.items()}, totals, opened, payments, vouchers)


def _economic(story, agreement):
    """A payment is an entry of type 2 on the debtors' account; what it is matched with tells what it pays."""
    entries = {row["entryNumber"]: row for row in agreement["entries"]}
    rows = {str(row["number"]): row for row in agreement["invoices"] if minor(row["gross"]) > 0}
    invoice_of = {row["entry"]: ref for ref, row in rows.items()}
    together = defaultdict(list)
    for entry in entries.values():
        together[entry["voucherNumber"]].append(entry)
    vouchers = [(one[0]["text"], summed((row["accountNumber"], minor(row["amount"])) for row in one)) for one in together.values()]
    payments = []
    for pair in agreement["pairs"]:
        debit, credit = (entries[number] for number in pair["numbers"])
        if credit["type"] == 2:
            ours = any(str(row["accountNumber"]) == "5690" for row in together[credit["voucherNumber"]])
            payments.append((invoice_of[debit["entryNumber"]], credit["date"], minor(pair["amount"]), ours))
    totals = {ref: minor(row["gross"]) for ref, row in rows.items()}
    return Books(story, {ref: ref for ref in rows}, totals, {ref: minor(row["remainder"]) for ref, row in rows.items()}, payments, vouchers)


def summed(rows):
    """Amounts by account, of (account, amount) rows."""
    amounts = defaultdict(int)
    for account, amount in rows:
        amounts[str(account)] += amount
    return amounts


READ = {"fortnox": _fortnox, "visma": _visma, "economic": _economic}


def principal_by_payment(agency, creditor):
    """What each payment at the agency pays of each invoice of a creditor."""
    found = defaultdict(int)
    for payment in agency["payments"]:
        for part in payment["allocations"]:
            if payment["creditor"] == creditor and part["component"] == "principal":
                found[part["invoice_ref"], payment["payment_id"]] += minor(part["amount"]["amount"])
    return found


def booked_by_now(agency, books):
    """What the books should have of each payment: all that was reported in time, or where principal is booked with its settlement, what was settled."""
    settled = {row["settlement_id"] for row in settlements_of(agency, books)}
    known = {
        one["payment_id"]
        for one in agency["payments"]
        if one["received_on"] < agency["last"] and (books.story.booking_mode == "on_event" or one["settlement_id"] in settled)
    }
    return {(invoice, one): amount for (invoice, one), amount in principal_by_payment(agency, books.creditor).items() if one in known}


def settlements_of(agency, books):
    """The agency's settlements with a creditor, but for those of the last evening."""
    return [row for row in agency["settlements"] if row["creditor"] == books.creditor and row["settled_on"] < agency["last"]]


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
