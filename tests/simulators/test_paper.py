"""The books on paper: what they refuse, and that a key writes once."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from simulators import kit
from simulators.bankdays import working_day
from simulators.paper import PaperSimulator, default_app

DAY = date(2025, 4, 10)


class Desk:
    """One company's books, and a client that asks them."""

    def __init__(self, folder):
        clock = kit.Clock(folder / "clock")
        clock.set(1_744_700_000)
        self.simulator = PaperSimulator(clock=clock)
        self.company = self.simulator.add_company("key", "Firma AS", "910000004", "NO", "NOK")
        self.company.modes["KB"] = {"code": "KB", "text": "", "account": "1579"}
        debtor = self.company.add_debtor("Kunde AS", "910000012")
        self.invoice = self.company.add_invoice(debtor, "1000.00", date(2025, 2, 1), date(2025, 3, 3))

    def ask(self, method, path, body=None, key="key"):
        raw = json.dumps(body).encode() if body is not None else b""
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": str(len(raw)), "wsgi.input": io.BytesIO(raw),
            "HTTP_AUTHORIZATION": f"Bearer {key}",
        }  # fmt: skip
        status = []
        content = b"".join(self.simulator(environ, lambda line, headers: status.append(int(line[:3]))))
        return status[0], json.loads(content)

    def put(self, key, kind, **fields):
        return self.ask("PUT", f"/writes/{key}", {"kind": kind, **fields})

    def pay(self, key, amount="400.00", **fields):
        body = {
            "invoice": self.invoice,
            "amount": amount,
            "currency": "NOK",
            "paid_on": "2025-04-10",
            "mode": "KB",
            "account": "1579",
            "write_off": "",
        }
        return self.put(key, "book_payment", **body | fields)

    def voucher(self, debit, credit, day="2025-04-10", account="8055"):
        rows = [{"account": "1579", "debit": debit, "credit": "0"}, {"account": account, "debit": "0", "credit": credit}]
        return self.put("v", "book_voucher", series="A", date=day, text="Avregning", rows=rows)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_key_writes_once(desk):
    assert desk.pay("a") == (201, {"ref": "P1"})
    assert desk.pay("a") == (200, {"ref": "P1"})
    assert desk.ask("GET", "/writes/a") == (200, {"ref": "P1"})
    assert desk.ask("GET", "/writes/b")[0] == 404
    assert len(desk.company.payments) == 1


def test_key_with_other_content_is_refused(desk):
    desk.pay("a")
    assert desk.pay("a", amount="401.00")[1]["code"] == "key_used"
    assert desk.pay("b", amount="401.00")[1]["ref"] == "P2"


def test_only_a_booked_payment_lowers_what_is_open(desk):
    desk.pay("a")
    assert desk.company.open_of(desk.invoice) == 1000
    desk.put("b", "bookkeep_payment", payment="P1")
    assert desk.company.open_of(desk.invoice) == 600
    assert desk.put("c", "bookkeep_payment", payment="P1")[1]["code"] == "not_entered"
    assert desk.company.balance("1579") == 400


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": "1000.01"}, "more_than_open"), ({"amount": "-1.00"}, "more_than_open"), ({"mode": "XX"}, "no_mode"),
        ({"invoice": "99"}, "no_invoice"), ({"currency": "EUR"}, "currency"), ({"write_off": "1.00", "write_off_account": "9"}, "no_account"),
    ],
)  # fmt: skip
def test_wrong_payment_is_refused(desk, fields, code):
    assert desk.pay("a", **fields)[1]["code"] == code
    assert desk.company.payments == {}


@pytest.mark.parametrize(
    ("voucher", "code"),
    [
        (("100.00", "99.99"), "not_balanced"),
        (("1.00", "1.00", "2025-03-31"), "period_locked"),
        (("1.00", "1.00", "2025-04-10", "1"), "no_account"),
    ],
)
def test_wrong_voucher_is_refused(desk, voucher, code):
    desk.company.locked_until = date(2025, 3, 31)
    before = len(desk.company.vouchers)
    assert desk.voucher(*voucher)[1]["code"] == code
    assert len(desk.company.vouchers) == before
    assert desk.voucher("100.00", "100.00")[0] == 201


def test_every_voucher_balances(desk):
    desk.company.pay_invoice(desk.invoice, "300.00", on=DAY)
    desk.company.credit_invoice(desk.invoice, "200.00", on=DAY)
    desk.company.book_bank(DAY, "Bank", Decimal("-2.00"), desk.company.account("bank_fee"))
    assert all(sum(row["amount"] for row in voucher["rows"]) == 0 for voucher in desk.company.vouchers)
    assert desk.company.balance("1500") == desk.company.open_of(desk.invoice) == 500
    assert desk.company.balance("1920") == 298


def test_stranger_sees_nothing(desk):
    assert desk.ask("GET", "/company", key="other") == (401, {"code": "who_are_you", "text": "who are you"})
    assert desk.ask("GET", "/invoices/99")[0] == 404


def test_number_of_a_crossed_out_payment_is_not_used_again(desk):
    first = desk.company.pay_invoice(desk.invoice, "100.00", on=DAY)
    desk.company.delete_payment(first)
    assert desk.company.pay_invoice(desk.invoice, "100.00", on=DAY) != first


@pytest.mark.parametrize("country", ["DK", "NO"])
def test_default_company_has_overdue_invoices(country):
    company = default_app(country).companies["demo"]
    assert company.country == country and len(company.invoices) == 6
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert working_day(company.bank_until + timedelta(days=1), country) > yesterday
