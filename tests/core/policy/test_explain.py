"""A decision in sentences and as plain values: where it is, why, and what comes next."""

from datetime import date

import pytest

from core.law import load_law
from core.policy import explain, explain_json, parse_override, parse_reason, reason_json, render_reason, render_state, with_override
from core.policy.facts import Decision, HoldKind, Mode, Reason, Stage
from core.policy.remedies import remedies
from core.words import LANGUAGES, words_of

LAW = load_law()


def ends(decision):
    """The first and the last line, in English and in Swedish."""
    return [explain(decision, language)[at] for language in ("en", "sv") for at in (0, -1)]


def test_next_step_is_told_with_its_day(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    assert ends(decision) == ["Stage: remind", "Next: handover, on 2025-04-25.", "Läge: påminnelse", "Sedan: överlämning, den 2025-04-25."]


def test_stop_tells_when_it_is_looked_at_again(bench):
    again = ["It is looked at again on 2025-04-08.", "Den prövas igen den 2025-04-08."]
    assert ends(bench.decide(bench.facts(postings_until=None), bench.remind_on))[1::2] == again
    held = bench.decide(bench.facts(holds=(bench.hold(until=date(2025, 5, 1)),)), bench.remind_on)
    assert ends(held) == ["Stage: held", "It is looked at again on 2025-05-02.", "Läge: stoppad", "Den prövas igen den 2025-05-02."]


def test_stop_without_a_day_tells_that_it_goes_on(bench):
    decision = bench.decide(bench.reminded(mandate_missing=("contract",)), bench.handover_on)
    assert ends(decision)[1::2] == ["It goes on by itself when that changes.", "Den går vidare av sig själv när det ändras."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_end_tells_nothing_that_comes(bench, language):
    handed_over = bench.decide(bench.reminded(), bench.handover_on)
    assert explain(handed_over, language)[1:] == [render_reason(reason, language) for reason in handed_over.reasons]
    held = bench.decide(bench.facts(holds=(bench.hold(),)), bench.remind_on)
    assert explain(held, language)[1:] == [render_reason(held.reasons[0], language), *remedies(held, language)]


def test_any_other_language_reads_english(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    assert explain(decision, "xx") == explain(decision, "en") != explain(decision, "sv")


@pytest.mark.parametrize(
    ("language", "stage", "next_"),
    [("da", "Stadie: rykker", "Derefter: overdragelse til inkasso, den 25.04.2025."),
     ("nb", "Stadium: purring", "Deretter: overføring til inkasso, den 25.04.2025."),
     ("fi", "Vaihe: maksumuistutus", "Seuraavaksi: siirto perintään, 25.4.2025.")],
)  # fmt: skip
def test_decision_is_told_in_the_readers_language(bench, language, stage, next_):
    told = explain(bench.decide(bench.facts(), bench.remind_on), language)
    assert (told[0], told[-1]) == (stage, next_)


@pytest.mark.parametrize(
    ("value", "words"), [("payment_plan", ("payment plan", "avbetalningsplan")), ("left_alone", ("left alone", "lämnas i fred"))]
)
def test_state_is_words(value, words):
    assert (render_state(value, "en"), render_state(value, "sv")) == words
    assert render_state("some_other_state", "sv") == "some other state"


def test_mark_that_we_know_has_its_sentence(bench):
    decision = bench.decide(bench.facts(leave_alone=("unsent", "pledged")), bench.remind_on)
    assert explain(decision, "en")[:3] == ["Stage: left alone", "It was never sent to the customer.", "It is pledged."]
    assert explain(decision, "en")[3:] == [
        "What would have to change: It is sent to the customer.", "What would have to change: Whoever has it in pledge gives it back.",
    ]  # fmt: skip


def test_mark_of_a_system_without_a_sentence_is_told_as_it_is(bench):
    decision = bench.decide(bench.facts(leave_alone=("odd_mark",)), bench.remind_on)
    change = "What would have to change: It is changed in the accounting system."
    assert explain(decision, "en")[1:] == ["The accounting system marks it as odd_mark.", change]
    assert explain(decision, "sv")[1:] == [
        "Bokföringssystemet anger den som odd_mark.", "Vad som behöver ändras: Det ändras i bokföringssystemet.",
    ]  # fmt: skip


def test_what_would_have_to_change_is_said_once(bench):
    stops = {"vendor_reminders": 1, "postings_until": None}
    decision = bench.decide(bench.facts(**stops), bench.remind_on)
    told = [line for line in explain(decision, "sv") if line.startswith("Vad som behöver ändras: ")]
    assert told == remedies(decision, "sv") and len(told) == len(set(told)) == 2
    twice = bench.decide(bench.facts(holds=(bench.hold(HoldKind.DEFERRAL), bench.hold(HoldKind.PROMISE))), bench.remind_on)
    assert len(remedies(twice, "en")) == 1
    ask = with_override(bench.policy, parse_override('mode = "ask"'), None)
    asked = bench.decide(bench.facts(), bench.remind_on, ask)
    assert remedies(asked, "en") == [f"What would have to change: {words_of('decision', 'en')['remedies']['asks_a_person']}"]
    assert remedies(bench.decide(bench.facts(), bench.remind_on), "en") == []


def test_hold_without_an_end_is_told_so(bench):
    decision = bench.decide(bench.facts(holds=(bench.hold(),)), bench.remind_on)
    told = [explain(decision, language)[1] for language in ("en", "sv")]
    assert told == ["A person holds it: why (until released).", "Den är stoppad: why (till dess den hävs)."]


def test_day_of_the_law_is_not_the_day_of_its_sentence():
    rule = LAW.rule("SE.sequence.notice_running", on="2025-04-07", until="2025-04-21")
    reason = Reason("unlawful_yet", (("says", rule), *rule.values, ("lawful_on", "2025-04-22")), rule.id, rule.statute)
    told = [render_reason(reason, language).partition(" [")[0] for language in ("en", "sv")]
    assert told[0] == f"The law forbids it before 2025-04-22: {rule}"
    assert told[1] == "Lagen förbjuder det före 2025-04-22: Varslet av 2025-04-07 löper till 2025-04-21: dessförinnan görs inget annat."


def test_unknown_reason_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        render_reason(Reason("no_such_reason"), "en")


@pytest.mark.parametrize(
    ("id_", "more", "told"),
    [("law", (), "Avgiften för påminnelse tas"), ("unlawful", (), "Lagen förbjuder det: Avgiften för påminnelse tas"),
     ("unlawful_yet", (("lawful_on", "2025-05-01"),), "Lagen förbjuder det före 2025-05-01: Avgiften för påminnelse tas")],
)  # fmt: skip
def test_rule_is_told_in_the_readers_language(id_, more, told):
    rule = LAW.rule("SE.fee.once", kind="reminder")
    reason = Reason(id_, (("says", rule.sentence), *rule.params, *more), rule.id, rule.statute, 7)
    assert render_reason(reason, "sv").startswith(told)
    assert f"[policyrad 7, {rule.statute}]".replace(" ", "") in render_reason(reason, "sv").replace(" ", "").replace("\u00a0", "")
    assert rule.sentence in render_reason(reason, "en") and "[policy line 7, " in render_reason(reason, "en")


@pytest.mark.parametrize("action", ["handover", "remind"])
def test_action_is_a_verb_in_english(action):
    reason = Reason("step", (("action", action), ("on", "2025-05-01")))
    words = {"handover": ("hand over", "överlämning"), "remind": ("remind", "påminnelse")}[action]
    assert render_reason(reason, "en") == f"The policy's step is to {words[0]}, from 2025-05-01."
    assert render_reason(reason, "sv") == f"Policyns steg är {words[1]}, från 2025-05-01."


def test_state_of_a_claim_is_told_without_its_phase():
    reason = Reason("claim_ended", (("claim", "c1"), ("agency", "Nord"), ("lifecycle", "rejected")))
    assert render_reason(reason, "en") == "Claim c1 at Nord has ended as rejected; a person decides what comes next."
    assert render_reason(reason, "sv") == "Krav c1 hos Nord är avslutat som avvisad; en person avgör vad som följer."


def test_decision_is_plain_values(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    told = explain_json(decision)
    assert [one["id"] for one in told.pop("reasons")] == ["step", "counted_from_due", "books_fresh", "law"]
    assert told == {
        "stage": "remind", "action": "remind", "mode": "auto", "blocked": False, "next_action": "handover", "next_on": "2025-04-25",
    }  # fmt: skip


def test_decision_to_do_nothing_is_plain_values():
    told = explain_json(Decision(Stage.HELD, None, Mode.OFF, (Reason("letter_under_way"),), blocked=True))
    assert told == {
        "stage": "held", "action": None, "mode": "off", "blocked": True, "next_action": None, "next_on": None,
        "reasons": [{"id": "letter_under_way", "facts": {}, "policy_line": None, "rule": None, "statute": None, "text": "A letter about it is under way.",
                     "change": "Nothing: it goes on once that is done."}],
    }  # fmt: skip


def test_reason_is_read_back_as_it_was_told(bench):
    decision = bench.decide(bench.facts(), bench.remind_on)
    for reason in decision.reasons:
        read = parse_reason(reason_json(reason))
        assert (read.id, read.params, read.rule, read.statute, read.policy_line) == (
            reason.id, reason.params, reason.rule, reason.statute, reason.policy_line,
        )  # fmt: skip
    step, law = reason_json(decision.reasons[0]), reason_json(decision.reasons[-1])
    assert step == {
        "id": "step", "facts": {"action": "remind", "on": "2025-04-07"}, "policy_line": 12, "rule": None, "statute": None,
        "text": "The policy's step is to remind, from 2025-04-07. [policy line 12]", "change": None,
    }  # fmt: skip
    assert (law["rule"], law["statute"], law["policy_line"]) == ("SE.sequence.reminder", "inkassolag (1974:182) 1 §", None)
    assert parse_reason(reason_json(decision.reasons[-1]._replace(policy_line=3))).policy_line == 3
