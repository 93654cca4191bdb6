"""For each write in turn the answer is lost, before or after the effect; the books are counted in the simulator."""

import pytest

from tests.scenarios.test_write_off import choose_account, given_back, write_off

WRITES = [
    ("POST", "/3/modesofpayments"),
    ("POST", "/3/invoicepayments"),
    ("PUT", "/bookkeep"),
    ("POST", "/3/vouchers"),
    ("POST", "/3/inbox"),
    ("POST", "/3/voucherfileconnections"),
]


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop_after", "error_after", "drop_before", "error_before", "throttled_retry_after"])
def test_each_write_lands_once(story, fault):
    number, claim = story.handed_over()
    for method, path in WRITES:
        story.simulator.faults.arm(fault, method=method, path_part=path)
    payment = story.pay_agency(claim, "P1", "12500.00", "100.00", "180.00")
    story.settle(claim, [payment], principal="12500.00", interest="100.00", fees_kept="180.00", commission="625.00", vat="201.25")
    done = story.days(8)[-1]
    state = story.company.state()
    assert len(state["payments"]) == 1
    assert [row["Description"].startswith("Avräkning") for row in state["vouchers"] if row["VoucherSeries"] == "A"] == [True]
    assert [file["Voucher"] for file in state["files"]] == ["A 1"]
    assert story.balance(number) == 0
    assert done["differences"] == done["uncertain"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop_after", "error_after", "drop_before"])
def test_mark_lands_when_answer_is_lost(story, fault):
    story.simulator.faults.arm(fault, method="PUT", path_part="/3/invoices/")
    number, _ = story.handed_over()
    done = story.days(3)[-1]
    assert story.company.invoice(number)["ExternalInvoiceReference1"] == "Inkasso A-1001 (Kravbro)"
    assert done["uncertain"] == 0


@pytest.mark.slow
def test_lost_refresh_recovers_alone(story):
    story.simulator.faults.arm("drop_after", method="POST", path_part="/oauth-v1/token", times=2)
    number = story.invoice()
    story.idle(8)
    story.until("letters_sent")
    assert number == "1"


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop_after", "error_after", "drop_before"])
def test_write_off_lands_once(story, fault):
    number = given_back(story)
    choose_account(story)
    write_off(story, number)
    for method, path in WRITES[1:3]:
        story.simulator.faults.arm(fault, method=method, path_part=path)
    done = story.days(3)[-1]
    assert (len(story.company.state()["payments"]), story.company.account_balance(6069), story.balance(number)) == (1, 12500, 0)
    assert done["differences"] == done["uncertain"] == 0
