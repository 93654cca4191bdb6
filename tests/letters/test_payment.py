"""Accounts, references and the payment code are written as banks read them."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.claim import ClaimLine, DebtorParty, Party
from core.model import Address, DebtorKind
from core.money import Money
from letters import Letter
from letters.payment import bankgiro_text, grouped_iban, is_ocr, payment_qr, plusgiro_text, qr_payload

LINE = ClaimLine("r1", "1042", date(2025, 3, 2), date(2025, 4, 1), Money(12_500_00, "SEK"), Money(12_500_00, "SEK"), "10421")
LETTER = Letter(
    kind="reminder", language="sv", written_on=date(2025, 4, 15), pay_by=date(2025, 4, 25),
    creditor=Party("Åkeri AB", "5566778899", Address(), bankgiro="5050-1055"),
    debtor=DebtorParty("Kund AB", DebtorKind.BUSINESS, "", Address()), lines=(LINE,), fee=Money(60_10, "SEK"),
    announces_collection=False, reference="KB-1",
)  # fmt: skip


@pytest.mark.parametrize(("raw", "shown"), [("50501055", "5050-1055"), ("505-1055", "505-1055"), (" 5051055 ", "505-1055"), ("x1", "x1")])
def test_bankgiro_has_its_dash(raw: str, shown: str) -> None:
    assert bankgiro_text(raw) == shown


@pytest.mark.parametrize(("raw", "shown"), [("1234567", "12 34 56-7"), ("12345-6", "1 23 45-6"), ("90", "9-0"), ("PG", "PG")])
def test_plusgiro_has_its_pairs(raw: str, shown: str) -> None:
    assert plusgiro_text(raw) == shown


def test_iban_has_groups_of_four() -> None:
    assert grouped_iban("se35 5000 0000 0549 1000 0003") == "SE35 5000 0000 0549 1000 0003"


@pytest.mark.parametrize(
    ("reference", "is_one"), [("10421", True), ("133", True), ("10422", False), ("KB1", False), ("", False), ("0", False)]
)
def test_ocr_has_a_check_digit(reference: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_ocr(reference) is is_one


def test_payment_code_is_usingqr() -> None:
    assert json.loads(qr_payload(LETTER), parse_float=Decimal) == {
        "uqr": 1, "tp": 1, "nme": "Åkeri AB", "cid": "5566778899", "iref": "10421", "idt": "20250302", "ddt": "20250425",
        "due": Decimal("12560.10"), "cc": "SE", "cur": "SEK", "pt": "BG", "acc": "5050-1055",
    }  # fmt: skip
    assert payment_qr(LETTER).startswith("<svg")


def test_payment_code_falls_back_to_plusgiro() -> None:
    letter = replace(LETTER, creditor=replace(LETTER.creditor, bankgiro="", plusgiro="1234567"))
    assert '"pt":"PG","acc":"12 34 56-7"' in qr_payload(letter)


def test_no_code_without_giro() -> None:
    assert payment_qr(replace(LETTER, creditor=replace(LETTER.creditor, bankgiro=""))) == ""


def test_no_code_for_several_references() -> None:
    assert payment_qr(replace(LETTER, lines=(LINE, replace(LINE, payment_reference="133")))) == ""


def test_no_code_for_other_currency() -> None:
    euro = replace(LINE, original=Money(1, "EUR"), open=Money(1, "EUR"))
    assert payment_qr(replace(LETTER, lines=(euro,), fee=Money(0, "EUR"))) == ""


def test_no_code_too_dense_to_scan() -> None:
    assert payment_qr(replace(LETTER, lines=(replace(LINE, payment_reference="9" * 300),))) == ""
