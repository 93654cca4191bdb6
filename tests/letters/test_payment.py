"""Accounts, references and the payment code are written as banks read them."""

import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from segno import helpers

from core.claim import ClaimLine, DebtorParty, Party
from core.model import Address, DebtorKind
from core.money import Money
from letters import Letter
from letters.payment import bar_code, payment_qr, qr_payload, reference_label, ways_to_pay
from letters.sample import sample

LINE = ClaimLine("r1", "1042", date(2025, 3, 2), date(2025, 4, 1), Money(12_500_00, "SEK"), Money(12_500_00, "SEK"), "10421")
LETTER = Letter(
    kind="reminder", language="sv", written_on=date(2025, 4, 15), pay_by=date(2025, 4, 25),
    creditor=Party("Åkeri AB", "5566778899", Address(), bankgiro="5050-1055"),
    debtor=DebtorParty("Kund AB", DebtorKind.BUSINESS, "", Address()), lines=(LINE,), fee=Money(60_10, "SEK"),
    announces_collection=False, reference="KB-1",
)  # fmt: skip


def test_payment_code_is_usingqr() -> None:
    assert json.loads(qr_payload(LETTER), parse_float=Decimal) == {
        "uqr": 1, "tp": 1, "nme": "Åkeri AB", "cid": "5566778899", "iref": "10421", "idt": "20250302", "ddt": "20250425",
        "due": Decimal("12560.10"), "cc": "SE", "cur": "SEK", "pt": "BG", "acc": "5050-1055",
    }  # fmt: skip
    assert payment_qr(LETTER).startswith("<svg")


def test_payment_code_falls_back_to_plusgiro() -> None:
    letter = replace(LETTER, creditor=replace(LETTER.creditor, bankgiro="", plusgiro="1234566"))
    assert '"pt":"PG","acc":"12 34 56-6"' in qr_payload(letter)


def test_no_code_without_giro() -> None:
    assert payment_qr(replace(LETTER, creditor=replace(LETTER.creditor, bankgiro=""))) == ""


def test_no_code_for_several_references() -> None:
    assert payment_qr(replace(LETTER, lines=(LINE, replace(LINE, payment_reference="133")))) == ""


def test_no_code_for_other_currency() -> None:
    euro = replace(LINE, original=Money(1, "EUR"), open=Money(1, "EUR"))
    assert payment_qr(replace(LETTER, lines=(euro,), fee=Money(0, "EUR"))) == ""


def test_no_code_too_dense_to_scan() -> None:
    assert payment_qr(replace(LETTER, lines=(replace(LINE, payment_reference="9" * 300),))) == ""


def finnish(reference: str = "1511890656", **changed: Any) -> Letter:
    letter = sample("reminder", "fi", "FI")
    return replace(letter, fee=Money(0, "EUR"), lines=(replace(letter.lines[0], payment_reference=reference),), **changed)


def epc(letter: Letter, **said: str) -> str:
    """The code as the library makes it from exactly these values."""
    out = io.BytesIO()
    code = helpers.make_epc_qr(letter.creditor.name, "FI2112345600000785", "1250.00", bic="NDEAFIHH", **said)
    code.save(out, kind="svg", xmldecl=False, border=0, omitsize=True)
    return out.getvalue().decode()


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("1511890656", {"reference": "RF601511890656"}),
        ("RF341234561", {"reference": "RF341234561"}),
        ("KB-1042", {"text": "KB-1042"}),
    ],
)
def test_euro_code_is_epc(reference: str, said: dict[str, str]) -> None:
    assert payment_qr(finnish(reference)) == epc(finnish(reference), **said)


@pytest.mark.parametrize(
    "letter", [finnish(creditor=replace(finnish().creditor, iban="")), finnish(kind="withdrawal", earlier_on=date(2025, 9, 1))]
)
def test_no_euro_code_without_account_or_debt(letter: Letter) -> None:
    assert payment_qr(letter) == ""


@pytest.mark.parametrize(
    ("reference", "iban", "minor", "day", "digits"),
    [  # Finance Finland's examples of version 4; version 5 from the package virtuaaliviivakoodi 1.1.0
        ("868516259619897", "FI7944052020036082", 4883_15, "2010-06-12", "479440520200360820048831500000000868516259619897100612"),
        ("559582243294671", "FI5810171000000122", 482_99, "2012-01-31", "458101710000001220004829900000000559582243294671120131"),
        ("RF92 1234 2345", "FI4950009420028730", 100_20, "2022-12-12", "549500094200287300001002092000000000000012342345221212"),
    ],
)
def test_bar_code_is_the_published_one(reference: str, iban: str, minor: int, day: str, digits: str) -> None:
    letter, money, pay_by = finnish(reference), Money(minor, "EUR"), date.fromisoformat(day)
    creditor, line = replace(letter.creditor, iban=iban), replace(letter.lines[0], original=money, open=money)
    assert bar_code(replace(letter, creditor=creditor, lines=(line,), written_on=pay_by, pay_by=pay_by)) == digits


@pytest.mark.parametrize(
    "letter",
    [
        finnish("1511890657"),
        finnish(creditor=replace(finnish().creditor, iban="SE3550000000054910000003")),
        replace(finnish(), lines=(replace(finnish().lines[0], open=Money(1_000_000_00, "EUR")),)),
        sample("reminder", "fi", "SE"),
    ],
)
def test_no_bar_code_where_it_can_not_say_it(letter: Letter) -> None:
    assert bar_code(letter) == ""


@pytest.mark.parametrize(
    ("country", "reference", "label"),
    [
        ("SE", "10421", "ocr"), ("SE", "10422", "message"), ("NO", "602243", "kid"), ("NO", "602244", "message"),
        ("DK", "18", "payment_id"), ("DK", "19", "message"), ("FI", "1234561", "creditor_reference"), ("FI", "1234562", "message"),
        ("SE", "RF341234561", "creditor_reference"),
    ],
)  # fmt: skip
def test_reference_bears_its_schemes_name(country: str, reference: str, label: str) -> None:
    letter = sample("reminder", "en", country)
    assert reference_label(replace(letter, lines=(replace(letter.lines[0], payment_reference=reference),))) == label


@pytest.mark.parametrize(
    ("country", "account"),
    [("SE", "bankgiro"), ("DK", "account_DK"), ("NO", "account_NO"), ("FI", "iban")],
)
def test_payer_at_home_sees_one_account(country: str, account: str) -> None:
    assert [label for label, _ in ways_to_pay(sample("reminder", "en", country)).accounts] == [account]


def test_danish_line_is_left_out_without_creditor_number() -> None:
    letter = sample("reminder", "da", "DK")
    assert [label for label, _ in ways_to_pay(letter).lines] == ["fi_line"]
    assert ways_to_pay(replace(letter, fi_creditor_no="")).lines == ()


def test_plan_asks_for_its_first_part() -> None:
    plan = sample("instalment_agreement", "sv", "SE")
    assert '"due":4223.33' in qr_payload(plan) and '"ddt":"20250928"' in qr_payload(plan)
