"""Reasons in words: every id a decision can carry, in English and Swedish, filled in late."""

from __future__ import annotations

import re
from typing import Any, Final

from core.policy.amounts import amount_in
from core.policy.facts import Decision, Reason
from core.policy.holds import FLOAT_BANK_DAYS
from core.policy.law_words import law_sentence
from core.policy.remedies import remedies, remedy

__all__ = ["REASONS", "explain", "explain_json", "parse_reason", "reason_json", "render_reason", "render_state"]

_WANTED: Final = (
    f"{FLOAT_BANK_DAYS} bank days after the last day to pay, which moves on to the next bank day where it is none, or the end of a stop",
    f"{FLOAT_BANK_DAYS} bankdagar efter sista betalningsdagen, som flyttas till nästa bankdag om den inte är en, eller slutet av ett stopp",
)
"""Which day the bank's postings must reach (`core.policy.decide`)."""

REASONS: Final[dict[str, tuple[str, str]]] = {
    "nothing_open": ("Nothing is open on it.", "Inget är obetalt."),
    "small_rest": ("Only {open} is open; less than {limit} is never chased.", "Bara {open} är obetalt; mindre än {limit} drivs aldrig in."),
    "with_agency": (
        "It is at {agency} (claim {claim}, {states}); only the agency writes to the debtor now.",
        "Den är hos {agency} (krav {claim}, {states}); nu skriver bara inkassoföretaget till gäldenären.",
    ),
    "claim_ended": (
        "Claim {claim} at {agency} has ended as {states}; a person decides what comes next.",
        "Krav {claim} hos {agency} är avslutat som {states}; en person avgör vad som följer.",
    ),
    "leave_unbooked": ("It is not booked.", "Den är inte bokförd."),
    "leave_unsent": ("It was never sent to the customer.", "Den har aldrig skickats till kunden."),
    "leave_cancelled": ("It is cancelled.", "Den är makulerad."),
    "leave_credit": ("It is a credit note.", "Den är en kreditfaktura."),
    "leave_credited": ("It is credited.", "Den är krediterad."),
    "leave_interest_invoice": ("It is an interest invoice.", "Den är en räntefaktura."),
    "leave_cash_invoice": ("It is a cash invoice.", "Den är en kontantfaktura."),
    "leave_financed": ("It is sold, financed or already in collection elsewhere.", "Den är såld, belånad eller redan hos annat inkasso."),
    "leave_pledged": ("It is pledged.", "Den är pantsatt."),
    "leave_autogiro_or_card": ("It is paid by direct debit or card.", "Den betalas med autogiro eller kort."),
    "leave_not_completed": ("It is not completed.", "Den är inte färdigställd."),
    "leave_kind": ("It is a document of kind {kind}.", "Den är ett dokument av typen {kind}."),
    "leave_currency": ("It is in {currency}; this policy is for {expected}.", "Den är i {currency}; policyn gäller {expected}."),
    "leave_foreign": (
        "The debtor is in {country}; only a person starts collection abroad.",
        "Gäldenären finns i {country}; utlandsinkasso startas av en person.",
    ),
    "held_hold": ("A person holds it: {why} (until {until}).", "Den är stoppad: {why} (till {until})."),
    "held_dispute": ("It is disputed: {why}.", "Den är bestridd: {why}."),
    "held_promise": ("The debtor has promised to pay: {why} (until {until}).", "Gäldenären har lovat betala: {why} (till {until})."),
    "held_plan": ("A payment plan runs: {why} (until {until}).", "En avbetalningsplan löper: {why} (till {until})."),
    "held_deferral": ("It is deferred: {why} (until {until}).", "Anstånd är lämnat: {why} (till {until})."),
    "held_insolvency": ("The debtor is insolvent: {why}.", "Gäldenären är på obestånd: {why}."),
    "held_direct_debit": ("A direct debit is under way: {why} (until {until}).", "En autogirodragning pågår: {why} (till {until})."),
    "held_minor": ("The debtor is a minor: {why}.", "Gäldenären är underårig: {why}."),
    "held_deceased": ("The debtor is dead: {why}.", "Gäldenären är avliden: {why}."),
    "held_protected_identity": ("The debtor's identity is protected: {why}.", "Gäldenären har skyddad identitet: {why}."),
    "dispute_documents": (
        "Documents asked for: {asked}; given: {given}.",
        "Underlag som begärts: {asked}; lämnat: {given}.",
    ),
    "plan_missed": (
        "The instalment of {amount} due {due_on} is not in the books: the plan stops nothing any more.",
        "Avbetalningen {amount} den {due_on} finns inte i bokföringen: planen stoppar inget längre.",
    ),
    "credit_open": (
        "The debtor has {amount} to its credit that is not set off: it comes first.",
        "Gäldenären har {amount} till godo som inte är kvittat: det går före.",
    ),
    "credit_netted": (
        "{amount} of the {credits} that the debtor has to its credit is deducted: {asks} is asked for.",
        "{amount} av de {credits} som gäldenären har till godo räknas av: {asks} krävs.",
    ),
    "credit_covers": (
        "{amount} that the debtor has to its credit is deducted, and {left} is left to ask for: no letter goes.",
        "{amount} som gäldenären har till godo räknas av, och {left} återstår att kräva: inget brev går.",
    ),
    "not_due": ("It is not overdue before {due_on} has passed.", "Den är inte förfallen förrän {due_on} har passerat."),
    "booking_open": ("A booking of ours on it is under way.", "En bokning från oss på den pågår."),
    "letter_under_way": ("A letter about it is under way.", "Ett brev om den är på väg."),
    "steps_done": ("Every step of the policy was taken.", "Alla steg i policyn är tagna."),
    "step": ("The policy's step is to {action}, from {on}.", "Policyns steg är {action}, från {on}."),
    "counted_from_due": ("That is {days} days after the due date {due_on}.", "Det är {days} dagar efter förfallodagen {due_on}."),
    "letter_ran_out": (
        "The letter of {sent_on} gave until {pay_by}; {bank_days} bank days more for payments to be booked.",
        "Brevet {sent_on} gav tid till {pay_by}; därtill {bank_days} bankdagar för att betalningar ska bokas.",
    ),
    "needs_the_step_before": ("The step before it comes first.", "Steget före kommer först."),
    "below_minimum": ("{open} is less than the step's minimum {minimum}.", "{open} är mindre än stegets minsta belopp {minimum}."),
    "books_not_fresh": (
        f"The bank is posted in the books until {{postings_until}}; it must reach {{wanted}} first: {_WANTED[0]}.",
        f"Banken är bokförd till och med {{postings_until}}; den måste först vara bokförd till och med {{wanted}}: {_WANTED[1]}.",
    ),
    "books_fresh": (
        f"The bank is posted in the books until {{postings_until}}; it had to reach {{wanted}}: {_WANTED[0]}.",
        f"Banken är bokförd till och med {{postings_until}}; den behövde vara bokförd till och med {{wanted}}: {_WANTED[1]}.",
    ),
    "paid_at_agency": (
        "{amount} was paid to an agency and is not booked yet; it is waited for.",
        "{amount} är betalt till ett inkassoföretag men ännu inte bokfört; det inväntas.",
    ),
    "bounced_at_agency": (
        "A payment of {amount} bounced at an agency and still stands in the books; it is to be taken out first.",
        "En betalning på {amount} hos ett inkassoföretag återgick men står kvar i bokföringen; den ska tas bort först.",
    ),
    "may_have_gone": (
        "The database came back from a backup on {restored_on}: it may have been done already; compare, then approve or hold it.",
        "Databasen återställdes {restored_on}: det kan redan vara gjort; jämför, och godkänn eller stoppa sedan.",
    ),
    "books_never_posted": (
        f"Nothing shows how far the bank is posted in the books; it must reach {{wanted}} first: {_WANTED[0]}.",
        f"Inget visar hur långt banken är bokförd; den måste först vara bokförd till och med {{wanted}}: {_WANTED[1]}.",
    ),
    "payment_entered": (
        "A payment of {entered} is entered in the books and not booked yet; it is waited for.",
        "En betalning på {entered} är inlagd men ännu inte bokförd; den inväntas.",
    ),
    "vendor_reminds": (
        "The accounting system has counted {count} reminders of its own ({known} were known): two automations must not both write.",
        "Bokföringssystemet har räknat {count} egna påminnelser ({known} var kända): två system får inte båda påminna.",
    ),
    "vendor_reminded": (
        "The accounting system reminded of it on {on}, after we went live on {live_from}: two automations must not both write.",
        "Bokföringssystemet påminde om den {on}, efter driftstarten {live_from}: två system får inte båda påminna.",
    ),
    "step_uncounted": (
        "The policy's step to {action} counts from a letter, and the letters before it are off.",
        "Policyns steg {action} räknas från ett brev, och breven före det är avstängda.",
    ),
    "step_passed_over": (
        "Step {step} does not apply: {what} is {has}, and it is for {wants}.",
        "Steg {step} gäller inte: {what} är {has}, och det är för {wants}.",
    ),
    "condition_unknown": (
        "Step {step} asks for {what} {wants}, and nobody has said what it is.",
        "Steg {step} frågar efter {what} {wants}, och ingen har sagt vad det är.",
    ),
    "cooling_off": (
        "The handover is announced since {since}: it goes on {goes_on} unless it is stopped before.",
        "Överlämningen är aviserad sedan {since}: den går {goes_on} om den inte stoppas före det.",
    ),
    "not_sending_now": (
        "No letter goes at this time; the next day for it is {on}.",
        "Inga brev går vid denna tid; nästa dag för det är {on}.",
    ),
    "unlawful": ("The law forbids it: {says}", "Lagen förbjuder det: {says}"),
    "unlawful_yet": ("The law forbids it before {lawful_on}: {says}", "Lagen förbjuder det före {lawful_on}: {says}"),
    "over_limit": (
        "{count} {what} are due today for {amount}, more than the policy's {count_max} or {amount_max} in one run; a person is asked.",
        "{count} {what} ska gå i dag om {amount}, mer än policyns {count_max} eller {amount_max} per körning; en person tillfrågas.",
    ),
    "address_unknown": (
        "A letter to the debtor's mail address came back on {on}: it waits for another address in the accounting system, or for the post.",
        "Ett brev till gäldenärens e-postadress kom i retur {on}: det inväntar en annan adress i bokföringen, eller att det går med post.",
    ),
    "no_interest_figure": (
        "A demand states its interest, and there is no figure: {says}",
        "Ett krav anger räntan, och beloppet saknas: {says}",
    ),
    "debtor_inactive": ("The debtor is inactive in the books.", "Gäldenären är inaktiv i bokföringen."),
    "leave_other": ("The accounting system marks it as {why}.", "Bokföringssystemet anger den som {why}."),
    "no_mandate": ("The mandate lacks: {missing}.", "Uppdraget saknar: {missing}."),
    "no_agency": ("No agency is chosen.", "Inget inkassoföretag är valt."),
    "public_debtor": ("A public body is never handed over automatically.", "Ett offentligt organ lämnas aldrig över automatiskt."),
    "no_identity": ("The debtor's identity number can't be used: {why}.", "Gäldenärens identitetsnummer kan inte användas: {why}."),
    "part_disputed": (
        "{amount} of it is disputed ({why}) and is not asked for; the other {asks} goes on.",
        "{amount} av den är bestritt ({why}) och krävs inte; övriga {asks} drivs vidare.",
    ),
    "time_barred": (
        "Without an interruption it was time-barred after {ends_on}, counted from {counted_from}; a person decides.",
        "Utan preskriptionsavbrott preskriberades den efter {ends_on}, räknat från {counted_from}; en person avgör.",
    ),
    "limitation_near": (
        "Without an interruption it is time-barred after {ends_on}, counted from {counted_from}.",
        "Utan preskriptionsavbrott preskriberas den efter {ends_on}, räknat från {counted_from}.",
    ),
    "asks_a_person": ("A person is asked first.", "En person tillfrågas först."),
    "approved": ("A person has approved it.", "En person har godkänt det."),
    "law": ("{says}", "{says}"),
}
"""Reason id → English, Swedish."""

_LANGUAGES: Final = ("en", "sv")
"""Any other language reads English until it has a column of its own."""

_SECTION: Final = re.compile(r"\d+(?: [a-z])?(?:, \d+(?: [a-z])?)* §+|§+ \d+")
"""A section with its sign, in which no line may end."""

_ENGLISH: Final = {"handover": "hand over"}
"""What a step does, where its name alone is no verb."""

_THINGS: Final = {
    "amount": ("what is asked for", "det som begärs"),
    "days_overdue": ("the days overdue", "dagar efter förfallodagen"),
    "debtor_kind": ("the kind of debtor", "slaget av gäldenär"),
    "unpaid_invoices": ("the debtor's unpaid invoices", "gäldenärens obetalda fakturor"),
    "mean_days_late": ("the mean of days that the debtor pays late", "gäldenärens medel av dagar för sent"),
    "broken_promises": ("the debtor's broken promises", "gäldenärens brutna löften"),
    "insured": ("whether the debtor is insured", "om gäldenären är kreditförsäkrad"),
    "within_cover": ("whether the debtor is within the insurer's limit", "om gäldenären ryms i försäkringens gräns"),
    "labels": ("its label", "fakturans etikett"),
    "letters": ("letters", "brev"),
    "handovers": ("handovers", "överlämningar"),
}
"""What a condition or a limit is about, in English and Swedish."""

_RELEASED: Final = ("released", "dess den hävs")
"""Until when something stands that has no last day."""

_SWEDISH: Final = {
    "closed": "avslutad", "left_alone": "lämnas i fred", "handed_over": "hos inkassoföretag", "held": "stoppad", "waiting": "väntar",
    "not_due": "ej förfallen", "remind": "påminnelse", "notice": "varsel", "demand": "krav", "handover": "överlämning",
    "report_to_insurer": "anmälan till försäkraren", "propose_write_off": "förslag om avskrivning",
    "draft": "utkast", "queued": "på väg", "submitted": "överlämnad", "needs_info": "väntar på svar", "accepted": "mottagen", "active": "pågår",
    "paused": "vilar", "closing": "återtas", "rejected": "avvisad", "withdrawn": "återtagen",
    "reminder": "påminnelse", "amicable": "inkassokrav", "payment_plan": "avbetalningsplan", "pre_legal_notice": "varsel om rättslig åtgärd",
    "legal_filed": "ansökan hos Kronofogden eller domstol", "contested_court": "tvist i domstol", "title_obtained": "utslag eller dom",
    "enforcement": "utmätning", "surveillance": "långtidsbevakning", "foreign_agent": "inkassoföretag utomlands",
    "paid": "betald", "paid_partial_settled": "delbetald, överenskommen", "paid_before_handover": "betald före överlämningen",
    "credited": "krediterad", "returned_uncollectible": "återlämnad som ej indrivbar", "insolvent": "insolvens", "deceased": "avliden",
    "untraceable": "gäldenären hittas inte", "time_barred": "preskriberad", "dispute_upheld": "bestridandet godtogs", "uneconomic": "lönar sig inte",
    "declined_by_agency": "inkassoföretaget avstår", "invalid_data": "felaktiga uppgifter",
    "hold": "stopp", "dispute": "bestridande", "promise": "betalningslöfte", "plan": "avbetalningsplan", "deferral": "anstånd", "insolvency": "obestånd",
    "direct_debit": "autogiro pågår", "minor": "underårig", "protected_identity": "skyddad identitet",
    "planned": "planerad", "sending": "sänds", "uncertain": "osäker", "confirmed": "gjord", "refused": "nekad", "cancelled": "ställdes in",
}  # fmt: skip
"""Stages, actions, and the states of claims and intents, as words in a sentence."""


def render_reason(reason: Reason, language: str) -> str:
    """Return a reason as a sentence, with its policy line and statute."""
    # A connector may know marks that we have no sentence for; any other unknown id is a bug of ours.
    known = "leave_other" if reason.id.startswith("leave_") and reason.id not in REASONS else reason.id
    words = REASONS[known]
    params = {"why": reason.id.removeprefix("leave_"), **{name: amount_in(value, language) for name, value in reason.params}}
    column = _LANGUAGES.index(language) if language in _LANGUAGES else 0
    if reason.id in ("law", "unlawful", "unlawful_yet", "no_interest_figure"):
        params["says"] = law_sentence(reason, language)
    if params.get("what") in _THINGS:
        params["what"] = _THINGS[params["what"]][column]
    if params.get("until") == "released":
        params["until"] = _RELEASED[column]
    if "action" in params:
        params["action"] = render_state(
            params["action"] if language == "sv" else _ENGLISH.get(params["action"], params["action"]), language
        )
    states = [render_state(params[name], language) for name in ("lifecycle", "phase") if params.get(name, "-") != "-"]
    params["states"] = ", ".join(states)
    text = words[column].format_map(params)
    line = "policyrad" if language == "sv" else "policy line"
    where = [f"{line} {reason.policy_line}"] if reason.policy_line else []
    where += [reason.statute] if reason.statute else []
    return _SECTION.sub(lambda section: section[0].replace(" ", "\u00a0"), f"{text} [{', '.join(where)}]" if where else text)


def render_state(value: str, language: str) -> str:
    """Return a stage, an action or a state as a word to read."""
    return _SWEDISH[value] if language == "sv" and value in _SWEDISH else str(value).replace("_", " ")


def explain(decision: Decision, language: str) -> list[str]:
    """Return a decision in sentences: where it is, why, and what comes next."""
    english = language != "sv"
    lines = [f"{'Stage' if english else 'Läge'}: {render_state(decision.stage, language)}"]
    lines += [render_reason(reason, language) for reason in decision.reasons]
    lines += remedies(decision, language)
    if decision.next_action and decision.next_on and not decision.blocked:
        next_ = render_state(decision.next_action, language)
        lines.append(f"{'Next' if english else 'Sedan'}: {next_}, {'on' if english else 'den'} {decision.next_on}.")
    elif decision.next_on:
        lines.append(f"{'It is looked at again on' if english else 'Den prövas igen den'} {decision.next_on}.")
    elif decision.blocked and decision.next_action:
        lines.append("It goes on by itself when that changes." if english else "Den går vidare av sig själv när det ändras.")
    return lines


def reason_json(reason: Reason) -> dict[str, Any]:
    """Return a reason as plain values, in words too; `parse_reason` reads it back."""
    return {
        "id": reason.id, "facts": dict(reason.params), "policy_line": reason.policy_line, "rule": reason.rule or None,
        "statute": reason.statute or None, "text": render_reason(reason, "en"), "change": remedy(reason, "en") or None,
    }  # fmt: skip


def parse_reason(raw: dict[str, Any]) -> Reason:
    """Read a reason that was stored with what it caused."""
    return Reason(raw["id"], tuple(raw["facts"].items()), raw["rule"] or "", raw["statute"] or "", raw["policy_line"])


def explain_json(decision: Decision) -> dict[str, Any]:
    """Return a decision as plain values: each reason with its facts, policy line, legal rule and statute."""
    return {
        "stage": str(decision.stage),
        "action": str(decision.action) if decision.action else None,
        "mode": str(decision.mode),
        "blocked": decision.blocked,
        "reasons": [reason_json(reason) for reason in decision.reasons],
        "next_action": str(decision.next_action) if decision.next_action else None,
        "next_on": decision.next_on.isoformat() if decision.next_on else None,
    }  # fmt: skip
