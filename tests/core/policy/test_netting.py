"""A credit is shared whole, oldest first, in one currency, and letters ask for less by it; a handover waits."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.claim import Lifecycle
from core.model import InvoiceKind
from core.money import Money
from core.policy import Owed, explain, load_policy, load_template, owed_of, share_credit
from core.policy.facts import Action, ClaimFacts, DebtorBooks, HoldKind, Stage

NETS = replace(load_policy(load_template("se-standard"), "p"), open_credits="net")
TODAY = date(2025, 4, 7)


def sek(minor):
    return Money(minor, "SEK")


days = st.dates(date(2025, 1, 1), date(2025, 3, 31))
owed = st.lists(
    st.builds(Owed, st.sampled_from("abcdefgh"), days, st.integers(-500, 5000).map(sek)), max_size=8, unique_by=lambda one: one.ref
)
credit_minors = st.integers(0, 20_000)


@given(credit_minors, owed)
def test_sum_is_preserved(minor, owed):
    """All of the credit is shared, or all that is asked for is covered; never more than either."""
    shares = share_credit(sek(minor), owed)
    asked = sum(max(one.asks.minor, 0) for one in owed)
    assert sum(share.minor for share in shares.values()) == min(minor, asked)


@given(credit_minors, owed)
def test_nothing_goes_below_zero(minor, owed):
    shares, asks = share_credit(sek(minor), owed), {one.ref: one.asks for one in owed}
    assert all(0 < share.minor <= asks[ref].minor for ref, share in shares.items())


@given(credit_minors, owed, st.randoms())
def test_order_of_reading_does_not_matter(minor, owed, random):
    assert share_credit(sek(minor), random.sample(owed, len(owed))) == share_credit(sek(minor), owed)


@given(credit_minors, owed)
def test_older_is_covered_before_younger(minor, owed):
    shares = share_credit(sek(minor), owed)
    for older in owed:
        for younger in owed:
            if (older.due_on, older.ref) < (younger.due_on, younger.ref) and younger.ref in shares and older.asks.minor > 0:
                assert shares[older.ref] == older.asks


@given(credit_minors, owed)
def test_other_currency_never_mixes(minor, owed):
    foreign = [one._replace(ref=one.ref.upper(), asks=Money(one.asks.minor, "EUR")) for one in owed]
    assert share_credit(sek(minor), [*foreign, *owed]) == share_credit(sek(minor), owed)


OTHERWISE = [
    {"due_on": TODAY}, {"leave_alone": ("unsent",)}, {"open": sek(-1)}, {"open": sek(0)}, {"kind": InvoiceKind.CREDIT},
]  # fmt: skip


@pytest.mark.parametrize("otherwise", OTHERWISE)
def test_what_is_not_asked_for_takes_no_part(bench, otherwise):
    invoice = bench.facts().invoice
    assert owed_of(invoice, (), None, TODAY, "SE", sek(1_00)) == Owed("1", date(2025, 3, 31), sek(1000_00))
    assert owed_of(replace(invoice, **otherwise), (), None, TODAY, "SE", sek(1_00)) is None


@pytest.mark.parametrize(
    ("claim", "free"),
    [
        (ClaimFacts("c", "feed", Lifecycle.ACTIVE), False), (ClaimFacts("c", "feed", Lifecycle.CLOSED), False),
        (ClaimFacts("c", "feed", Lifecycle.CLOSED, reopen_reason="again"), True), (ClaimFacts("c", "feed", Lifecycle.WITHDRAWN), False),
        (ClaimFacts("c", "feed", Lifecycle.WITHDRAWN, submitted=False), True), (ClaimFacts("c", "feed", Lifecycle.ACTIVE, reopen_reason="x"), False),
    ],
)  # fmt: skip
def test_what_an_agency_has_takes_no_part(bench, claim, free):
    assert (owed_of(bench.facts().invoice, (), claim, TODAY, "SE", sek(1_00)) is not None) == free


def test_holds_lower_what_takes_part(bench):
    invoice, part = bench.facts().invoice, bench.hold(HoldKind.DISPUTE, amount=sek(300_00))
    found = owed_of(invoice, (part,), None, TODAY, "SE", sek(1_00))
    assert found and found.asks == sek(700_00)
    assert owed_of(invoice, (bench.hold(),), None, TODAY, "SE", sek(1_00)) is None


def books(credit, share):
    return DebtorBooks(1, sek(1000_00), sek(credit), None if share is None else sek(share))


def decide(bench, credit, share, policy=NETS, **facts):
    return bench.decide(bench.facts(debtor_books=books(credit, share), **facts), bench.remind_on, policy)


def ids(decision):
    return [reason.id for reason in decision.reasons]


def test_letter_asks_for_less(bench):
    decision = decide(bench, 400_00, 300_00)
    assert (decision.action, decision.asks, decision.netted) == (Action.REMIND, sek(700_00), sek(300_00))
    assert "300.00 SEK of the 400.00 SEK that the debtor has to its credit is deducted: 700.00 SEK is asked for." in explain(decision, "en")
    assert "300,00 kr av de 400,00 kr som gäldenären har till godo räknas av: 700,00 kr krävs." in [
        line.replace("\xa0", " ") for line in explain(decision, "sv")
    ]


def test_stop_deducts_nothing(bench):
    decision = decide(bench, 400_00, 300_00, bench.policy)
    assert (decision.action, decision.blocked, ids(decision)[-1]) == (None, True, "credit_open")


@pytest.mark.parametrize(("credit", "share"), [(0, None), (99, 99), (400_00, None)])
def test_too_little_or_no_share_deducts_nothing(bench, credit, share):
    decision = decide(bench, credit, share)
    assert (decision.asks, decision.netted, "credit_netted" in ids(decision)) == (sek(1000_00), None, False)


def test_credit_and_part_dispute_both_lower(bench):
    part = bench.hold(HoldKind.DISPUTE, amount=sek(300_00))
    decision = decide(bench, 400_00, 400_00, holds=(part,))
    assert (decision.asks, decision.netted) == (sek(300_00), sek(400_00))
    (disputed,) = [reason for reason in decision.reasons if reason.id == "part_disputed"]
    assert dict(disputed.params)["asks"] == "700.00 SEK"


@pytest.mark.parametrize(
    ("share", "left", "goes"), [(1000_00, "0.00", False), (2000_00, "0.00", False), (999_01, "0.99", False), (900_00, "", True)]
)
def test_letter_of_nothing_waits(bench, share, left, goes):
    decision = decide(bench, share, share)
    assert (decision.action is not None, decision.blocked) == (goes, not goes)
    if not goes:
        (why,) = [reason for reason in decision.reasons if reason.id in ("credit_covers", "below_minimum", "unlawful", "credit_netted")]
        assert (why.id, dict(why.params)["left"]) == ("credit_covers", f"{left} SEK")


def test_step_has_its_minimum_of_the_net(bench):
    assert "below_minimum" in ids(decide(bench, 960_00, 960_00))


@pytest.mark.parametrize("share", [None, 300_00, 1000_00])
def test_handover_waits_for_the_accountant(bench, share):
    """It agrees with the books to the öre: what they have unmatched is not deducted, and a yes to it stays the same."""
    facts = bench.reminded(debtor_books=books(1000_00, share))
    decision = bench.decide(facts, bench.handover_on, NETS)
    assert (decision.stage, decision.action) == (Stage.HANDOVER, None)
    assert {"credit_open"} == set(ids(decision)) & {"credit_open", "credit_covers", "credit_netted", "below_minimum", "unlawful"}
    assert decision.digest == bench.decide(bench.reminded(), bench.handover_on).digest


def test_yes_is_bound_to_the_net(bench):
    asks = load_policy(load_template("se-cautious"), "p")
    on = date(2025, 5, 30)
    found = [
        bench.decide(bench.facts(debtor_books=books(500_00, share)), on, replace(asks, open_credits="net")) for share in (400_00, 500_00)
    ]
    assert found[0].digest != found[1].digest and found[0].asks == sek(600_00)


def test_condition_on_amount_sees_the_net(bench):
    text = 'name = "p"\ncountry = "SE"\ncurrency = "SEK"\nopen_credits = "net"\n[[step]]\naction = "remind"\nafter_days = 7\n[step.when]\namount = {min = "800.00"}\n'
    assert decide(bench, 300_00, 300_00, load_policy(text, "p")).action is None
    assert decide(bench, 200_00, 200_00, load_policy(text, "p")).asks == sek(800_00)
