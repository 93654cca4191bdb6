"""Check digits are those the banks publish; an account that fails its own is refused, a reference only loses its name."""

from typing import Any

import pytest

from core.claim import Party
from core.errors import ConfigError
from core.model import Address
from letters.numbers import (
    bankgiro_text,
    check_accounts,
    danish_account,
    fi_line,
    grouped_iban,
    grouped_reference,
    is_finnish_reference,
    is_kid,
    is_ocr,
    norwegian_account,
    plusgiro_text,
    rf_of,
)


@pytest.mark.parametrize(("raw", "shown"), [("50501055", "5050-1055"), ("505-1055", "505-1055"), (" 5051055 ", "505-1055"), ("x1", "x1")])
def test_bankgiro_has_its_dash(raw: str, shown: str) -> None:
    assert bankgiro_text(raw) == shown


@pytest.mark.parametrize(("raw", "shown"), [("1234566", "12 34 56-6"), ("12345-6", "1 23 45-6"), ("90", "9-0"), ("PG", "PG")])
def test_plusgiro_has_its_pairs(raw: str, shown: str) -> None:
    assert plusgiro_text(raw) == shown


def test_iban_has_groups_of_four() -> None:
    assert grouped_iban("se35 5000 0000 0549 1000 0003") == "SE35 5000 0000 0549 1000 0003"


@pytest.mark.parametrize(("raw", "shown"), [("NO93 8601 1117 947", "8601.11.17947"), ("NO9386011117948", ""), ("DK5000400440116243", "")])
def test_norwegian_account_is_checked(raw: str, shown: str) -> None:
    assert norwegian_account(raw) == shown


@pytest.mark.parametrize(("raw", "shown"), [("DK50 0040 0440 1162 43", "0040 0440116243"), ("SE3550000000054910000003", "")])
def test_danish_account_has_its_bank(raw: str, shown: str) -> None:
    assert danish_account(raw) == shown


@pytest.mark.parametrize(
    ("reference", "is_one"),
    [("10421", True), ("133", True), ("10422", False), ("KB1", False), ("", False), ("0", False), ("0" * 26, False)],
)
def test_ocr_has_a_check_digit(reference: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_ocr(reference) is is_one


@pytest.mark.parametrize(
    ("reference", "is_one"),
    [
        ("602243", True),  # modulus 10: Monitor ERP's example
        ("86011117947", True),  # modulus 11: the weights are those of an account number
        ("6-", True),  # modulus 11 that would be 10
        ("602244", False), ("7-", False), ("-", False), ("1", False), ("6-6", False), ("0" * 26, False),
    ],
)  # fmt: skip
def test_kid_has_a_check_digit(reference: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_kid(reference) is is_one


@pytest.mark.parametrize(
    ("reference", "is_one"),
    [("1234561", True), ("15118 90656", True), ("868516259619897", True), ("1511890657", False), ("111", False), ("RF341234561", False)],
)
def test_finnish_reference_has_a_check_digit(reference: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_finnish_reference(reference) is is_one


@pytest.mark.parametrize(
    ("reference", "rf"), [("1234561", "RF341234561"), ("rf34 1234561", "RF341234561"), ("RF351234561", ""), ("10422", ""), ("", "")]
)
def test_finnish_reference_becomes_international(reference: str, rf: str) -> None:
    assert rf_of(reference) == rf


@pytest.mark.parametrize(("raw", "shown"), [("1511890656", "15118 90656"), ("RF341234561", "RF34 1234 561"), ("12345", "12345")])
def test_reference_is_grouped(raw: str, shown: str) -> None:
    assert grouped_reference(raw) == shown


@pytest.mark.parametrize(
    ("reference", "creditor_no", "line"),
    [
        ("18", "81234567", "+71<000000000000018+81234567<"), ("26", " 81234567 ", "+71<000000000000026+81234567<"),
        ("19", "81234567", ""), ("18", "", ""), ("KB-18", "81234567", ""), ("0" * 16, "81234567", ""),
    ],
)  # fmt: skip
def test_danish_line_needs_a_check_digit(reference: str, creditor_no: str, line: str) -> None:
    assert fi_line(reference, creditor_no) == line


@pytest.mark.parametrize(
    "right", [{}, {"bankgiro": "5050-1055"}, {"plusgiro": "12 34 56-6"}, {"iban": "FI21 1234 5600 0007 85"}, {"fi_creditor_no": "81234567"}]
)
def test_right_account_is_taken(right: dict[str, Any]) -> None:
    number = right.pop("fi_creditor_no", "")
    check_accounts(Party("Företaget AB", "", Address(), **right), number)


@pytest.mark.parametrize(
    "wrong",
    [
        {"bankgiro": "5050-1056"}, {"bankgiro": "18"}, {"bankgiro": "bg"}, {"plusgiro": "12 34 56-7"}, {"iban": "FI21 1234 5600 0007 86"},
        {"fi_creditor_no": "8123456"}, {"fi_creditor_no": "71234567"},
    ],
)  # fmt: skip
def test_wrong_account_is_refused(wrong: dict[str, Any]) -> None:
    number = wrong.pop("fi_creditor_no", "")
    with pytest.raises(ConfigError, match="Correct it in the accounting system"):
        check_accounts(Party("Företaget AB", "", Address(), **wrong), number)
