"""The demo's sentences count as a person does."""

from commands.demo_report import COUNTED, summed_up

MORE = {"days": 1, "requests": 1, "rate_limited": 0, "faults_injected": 1, "crashes": 1, "differences": 0, "uncertain": 0}


def told(count):
    figures = dict.fromkeys(COUNTED, count)
    return "\n".join(
        summed_up(
            figures | MORE | dict.fromkeys(("days", "requests", "crashes"), count) | {"by_country": {}, "by_system": {"visma": figures}}
        )
    )


def test_one_is_singular():
    text = told(1)
    assert "In 1 day: 1 company, 1 invoice, 1 reminder, 1 claim handed over once each, 1 closed, 1 payment and 1 fee" in text
    assert "cost row booked; 1 direct payment reported.\n  Visma eAccounting: 1 company, " in text
    assert "1 request, " in text and "1 fault injected, 1 kill." in text


def test_none_and_several_are_plural():
    for count in (0, 2):
        assert f"{count} companies, {count} invoices, {count} reminders, {count} claims handed over, " in told(count)
