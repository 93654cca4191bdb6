"""What is unlawful is refused with its rule; what is unwise is warned."""

from dataclasses import replace

import pytest

from core.law import load_law
from core.policy import check_policy, load_policy, load_template, template_names
from core.policy.facts import Mode

LAW = load_law()
HEAD = 'name = "x"\ncountry = "SE"\ncurrency = "SEK"\n'
HANDOVER = '[[step]]\naction = "handover"\nafter_days = 30\nminimum = "300.00"\n'
REMIND = '[[step]]\naction = "remind"\nafter_days = 7\nfee = "statutory"\n'


def found(policy):
    return [(one.level, one.line, one.rule) for one in check_policy(policy, LAW)]


@pytest.mark.parametrize("name", template_names())
def test_template_is_in_order(name):
    assert found(load_policy(load_template(name), name)) == []


def test_handover_without_reminder_is_warned():
    assert found(load_policy(HEAD + HANDOVER, "x")) == [("warned", 4, "SE.sequence.handover")]


def test_handover_unannounced_is_warned():
    assert found(load_policy(HEAD + REMIND + HANDOVER, "x")) == [("warned", 8, "SE.sequence.handover")]


@pytest.mark.parametrize("changes", [{"mode": Mode.AUTO}, {"pay_within_days": 7}])
def test_unlawful_demand_is_refused(changes):
    policy = load_policy(HEAD + '[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 7\npay_within_days = 8\n', "x")
    assert found(policy) == []
    assert found(replace(policy, steps=(replace(policy.steps[0], **changes),))) == [("refused", 4, "SE.sequence.demand")]


def test_step_that_never_comes_is_warned():
    policy = load_policy(load_template("se-standard").replace('mode = "auto"', 'mode = "off"', 1), "x")
    assert ("warned", 22, "") in found(policy)


def test_second_fee_is_warned():
    again = '[[step]]\naction = "remind"\nafter_previous_days = 5\nfee = "statutory"\n'
    assert found(load_policy(HEAD + REMIND + again, "x")) == [("warned", 8, "SE.fee.once")]


def test_unknown_country_is_refused():
    policy = replace(load_policy(load_template("se-standard"), "x"), country="XX")
    assert found(policy) == [("refused", 1, "")]


NOTICE = '[[step]]\naction = "notice"\nafter_days = 7\npay_within_days = {days}\n'


def abroad(country, *steps, handover=""):
    currency = {"DK": "DKK", "NO": "NOK", "FI": "EUR", "SE": "SEK"}[country]
    head = f'name = "x"\ncountry = "{country}"\ncurrency = "{currency}"\n{handover}'
    return found(load_policy(head + "".join(steps), "x"))


@pytest.mark.parametrize(("country", "level"), [("DK", "refused"), ("NO", "refused"), ("SE", "warned"), ("FI", "warned")])
def test_handover_without_notice(country, level):
    assert abroad(country, REMIND.replace('fee = "statutory"\n', ""), HANDOVER) == [(level, 7, f"{country}.sequence.handover")]


@pytest.mark.parametrize(
    ("country", "days", "levels"), [("DK", 9, ["refused"]), ("DK", 10, []), ("NO", 13, ["refused"]), ("NO", 14, []), ("SE", 5, [])]
)
def test_notice_gives_its_days(country, days, levels):
    assert [level for level, _, _ in abroad(country, NOTICE.format(days=days), HANDOVER)] == levels


ORDERED = "[handover]\nagency_sends_notice = true\n"


def test_agency_may_send_the_danish_notice():
    assert abroad("DK", HANDOVER, handover=ORDERED) == []


@pytest.mark.parametrize("country", ["SE", "NO", "FI"])
def test_order_that_the_law_does_not_know_is_refused(country):
    document = (
        f'name = "x"\ncountry = "{country}"\ncurrency = "{LAW.country(country).currency}"\n{ORDERED}' + NOTICE.format(days=14) + HANDOVER
    )
    (told,) = check_policy(load_policy(document, "x"), LAW, document)
    assert (told.level, told.line, told.key, told.rule) == ("refused", 5, "agency_sends_notice", f"{country}.sequence.handover")
    assert told.text.startswith(f"The law of {country} has no order to the agency to send the notice first. ")
    assert [(one.level, one.line) for one in check_policy(load_policy(document, "x"), LAW)] == [("refused", 1)]


DEMAND = '[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 40\npay_within_days = 14\n'


@pytest.mark.parametrize(("country", "levels"), [("SE", []), ("DK", []), ("NO", ["refused"]), ("FI", [])])
def test_norwegian_demand_needs_a_notice_before_it(country, levels):
    assert [level for level, _, _ in abroad(country, REMIND.replace("7", "14"), DEMAND)] == levels
    assert abroad(country, NOTICE.format(days=14), DEMAND) == []


def test_norwegian_demand_without_notice_names_the_rule():
    assert abroad("NO", DEMAND) == [("refused", 4, "NO.sequence.notice_missing")]
    assert abroad("NO", NOTICE.format(days=14) + 'when.debtor_kinds = ["consumer"]\n', DEMAND) == [
        ("warned", 9, "NO.sequence.notice_missing")
    ]


@pytest.mark.parametrize(("country", "fee", "levels"), [
    ("SE", "180.00", []), ("SE", "180.01", ["refused"]), ("FI", "50.00", []), ("FI", "50.01", ["warned"]), ("FI", "110.01", ["refused"]),
    ("DK", "1.00", ["refused"]),
])  # fmt: skip
def test_agreed_fee_of_a_demand_has_the_laws_cap(country, fee, levels):
    assert [level for level, _, _ in abroad(country, DEMAND + f'fee = "{fee}"\n')] == levels


def test_demand_bears_its_fee_beside_the_reminders():
    assert abroad("SE", REMIND, DEMAND + 'fee = "statutory"\n') == []
    assert abroad("SE", DEMAND + 'fee = "statutory"\n', DEMAND.replace("40", "60") + 'fee = "statutory"\n') == [
        ("warned", 10, "SE.fee.once")
    ]


def test_notice_with_conditions_is_warned():
    conditional = NOTICE.format(days=10) + "[step.when]\ninsured = true\n"
    assert abroad("DK", conditional, HANDOVER) == [("warned", 10, "DK.sequence.handover")]


@pytest.mark.parametrize(("country", "days"), [("DK", 10), ("NO", 14), ("FI", 14)])
def test_demand_gives_its_days_abroad(country, days):
    for given, levels in ((days - 1, ["refused"]), (days, [])):
        demand = f'[[step]]\naction = "demand"\nmode = "ask"\nafter_days = 30\npay_within_days = {given}\n'
        assert [level for level, _, _ in abroad(country, NOTICE.format(days=14), demand)] == levels


def test_letter_with_conditions_may_leave_the_next_without_a_day():
    conditional = REMIND + "announces_collection = true\n[step.when]\ninsured = true\n"
    assert found(load_policy(HEAD + conditional + HANDOVER.replace("after_days = 30", "after_previous_days = 0"), "x")) == [
        ("warned", 11, "")
    ]


FIXED = REMIND.replace('"statutory"', '"{fee}"')


@pytest.mark.parametrize(("fee", "level"), [("59.00", []), ("60.00", []), ("60.01", ["refused"]), ("45", [])])
def test_agreed_fee_above_the_cap_is_refused(fee, level):
    assert [one.level for one in check_policy(load_policy(HEAD + FIXED.format(fee=fee), "x"), LAW)] == level


def test_refused_fee_names_key_line_and_rule():
    document = HEAD + FIXED.format(fee="75.00")
    (told,) = check_policy(load_policy(document, "x"), LAW, document)
    assert (told.key, told.line, told.rule) == ("fee", 7, "SE.fee.reminder")
    assert told.text == "A reminder fee is at most 60 SEK, whatever was agreed (lag (1981:739) 2 §, 4 § 1)."


def test_fee_above_some_caps_is_cut_and_told():
    """Finland: 5 euro towards a consumer, 12 towards others."""
    step = FIXED.format(fee="10.00").replace("after_days = 7", "after_days = 14")
    assert abroad("FI", step) == [("warned", 4, "FI.fee.reminder")]
    assert abroad("FI", step + '[step.when]\ndebtor_kinds = ["business"]\n') == []
    assert abroad("FI", step + '[step.when]\ndebtor_kinds = ["consumer"]\n') == [("refused", 4, "FI.fee.reminder")]


def test_fee_in_another_currency_is_refused():
    document = HEAD.replace("SEK", "EUR") + FIXED.format(fee="5.00")
    assert {one.rule: one.level for one in check_policy(load_policy(document, "x"), LAW)} == {"SE.fee.currency": "refused", "": "warned"}


LETTER = '[[step]]\naction = "remind"\nafter_days = {after}\npay_within_days = {days}\nannounces_collection = true\n'


@pytest.mark.parametrize(("document", "key", "line"), [
    (HEAD + LETTER.format(after=7, days=4), "pay_within_days", 7), (HEAD + LETTER.format(after=7, days=5), None, 0),
    (HEAD + LETTER.format(after=2, days=10), "after_days", 6), (HEAD + LETTER.format(after=3, days=10), None, 0),
    (HEAD + LETTER.format(after=7, days=10) + HANDOVER.replace("30", "13"), "after_days", 11),
    (HEAD + LETTER.format(after=7, days=10) + HANDOVER.replace("30", "14"), None, 0),
    (HEAD + LETTER.format(after=7, days=10) + HANDOVER.replace('"300.00"', '"0.00"'), "minimum", 12),
    (HEAD.replace("SEK", "EUR") + LETTER.format(after=7, days=10), "currency", 3),
    (HEAD + 'small_amount = "0.00"\n' + LETTER.format(after=7, days=10), "small_amount", 4),
    (HEAD + "[limits]\nletters = 0\n" + LETTER.format(after=7, days=10), "letters", 5),
    (HEAD + '[insurance]\ninsured = false\nlimit = "9.00"\n' + LETTER.format(after=7, days=10), "limit", 6),
    (HEAD + '[insurance]\ninsured = true\nlimit = "9.00"\n' + LETTER.format(after=7, days=10), None, 0),
    (HEAD + '[handover]\nend_stage = "enforcement"\n' + LETTER.format(after=7, days=10), "end_stage", 5),
    (HEAD + '[handover]\nallow_legal = true\nend_stage = "enforcement"\n' + LETTER.format(after=7, days=10), None, 0),
])  # fmt: skip
def test_unwise_value_is_told_at_its_key(document, key, line):
    told = check_policy(load_policy(document, "x"), LAW, document)
    assert [(one.level, one.key, one.line) for one in told] == ([("warned", key, line)] if key else [])


def test_unwise_value_of_a_step_that_is_off_is_not_told():
    document = HEAD + LETTER.format(after=1, days=1) + 'mode = "off"\n'
    assert check_policy(load_policy(document, "x"), LAW, document) == []
