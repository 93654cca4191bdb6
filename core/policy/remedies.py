"""What would have to change, for every reason that keeps an invoice from its step, in English and Swedish."""

from __future__ import annotations

from typing import Final

from core.policy.facts import Decision, Mode, Reason

__all__ = ["INFORMS", "REMEDIES", "remedies", "remedy"]

INFORMS: Final = (
    "approved", "books_fresh", "counted_from_due", "credit_netted", "dispute_documents", "law", "letter_ran_out", "limitation_near", "needs_the_step_before",
    "part_disputed", "plan_missed", "step", "step_passed_over",
)  # fmt: skip
"""Reasons that stop nothing: they say what a decision rests on, or what a person should know."""

_BOOKS: Final = ("It is changed in the accounting system.", "Det ändras i bokföringssystemet.")

_RELEASE: Final = (
    "It ends on its day, or when a person ends it with `kravbro claims release INVOICE`.",
    "Det slutar på sin dag, eller när en person avslutar det med `kravbro claims release INVOICE`.",
)

_PERSON: Final = (
    "A person finds a clear legal ground, or that it is not so, and ends it with `kravbro claims release INVOICE`.",
    "En person finner klar rättslig grund, eller att det inte är så, och avslutar det med `kravbro claims release INVOICE`.",
)

_BANK: Final = ("The bank's days are booked in the accounting system up to that day.", "Bankens dagar bokförs till och med den dagen.")

_REMINDERS: Final = (
    "Its own reminders are switched off, and made known with `kravbro claims resolve INVOICE --reminders-known WHY`.",
    "Dess egna påminnelser stängs av och görs kända med `kravbro claims resolve INVOICE --reminders-known WHY`.",
)

_WAITS: Final = ("Nothing: it goes on once that is done.", "Inget: det går vidare när det är klart.")

REMEDIES: Final[dict[str, tuple[str, str]]] = {
    "nothing_open": ("Something of it is open again in the books.", "Något av den är åter obetalt i bokföringen."),
    "small_rest": (
        "More of it is open, or the policy's `small_amount` is less.",
        "Mer av den är obetalt, eller policyns `small_amount` är mindre.",
    ),
    "with_agency": (
        "The claim is taken back with `kravbro claims withdraw INVOICE`.",
        "Kravet tas tillbaka med `kravbro claims withdraw INVOICE`.",
    ),
    "claim_ended": (
        "A person lets it go again with `kravbro claims resolve INVOICE --again WHY`, or writes it off.",
        "En person låter den gå igen med `kravbro claims resolve INVOICE --again WHY`, eller skriver av den.",
    ),
    "leave_unbooked": ("It is booked.", "Den bokförs."),
    "leave_unsent": ("It is sent to the customer.", "Den skickas till kunden."),
    "leave_not_completed": ("It is completed.", "Den färdigställs."),
    "leave_cancelled": ("Nothing: it is never collected.", "Inget: den drivs aldrig in."),
    "leave_credit": ("Nothing: it is never collected.", "Inget: den drivs aldrig in."),
    "leave_credited": ("The credit is taken away in the accounting system.", "Krediteringen tas bort i bokföringssystemet."),
    "leave_interest_invoice": ("Nothing: interest is asked for with its principal.", "Inget: ränta begärs med sitt kapital."),
    "leave_cash_invoice": ("Nothing: it is never collected.", "Inget: den drivs aldrig in."),
    "leave_financed": ("Whoever finances it gives it back.", "Den som finansierar den lämnar den tillbaka."),
    "leave_pledged": ("Whoever has it in pledge gives it back.", "Den som har den i pant lämnar den tillbaka."),
    "leave_autogiro_or_card": (
        "The invoice's way of payment is another in the accounting system, as after a direct debit that came back.",
        "Fakturan får ett annat betalningssätt i bokföringssystemet, som efter ett autogiro som återgick.",
    ),
    "leave_kind": ("Nothing: only invoices are collected.", "Inget: bara fakturor drivs in."),
    "leave_other": _BOOKS,
    "leave_currency": ("Collect it by hand: the policy is for one currency.", "Driv in den för hand: policyn gäller en valuta."),
    "leave_foreign": (
        "A person chooses an agency in that country, or writes to the debtor.",
        "En person väljer ett inkassoföretag i det landet, eller skriver till gäldenären.",
    ),
    "address_unknown": (
        "The debtor has another mail address in the accounting system, or a person says `kravbro letters returned INVOICE --by-post`.",
        "Gäldenären får en annan e-postadress i bokföringssystemet, eller en person säger `kravbro letters returned INVOICE --by-post`.",
    ),
    "no_interest_figure": (
        "Each rate of its days is confirmed with `kravbro law confirm ROW`, or added with `kravbro law add NAME`.",
        "Varje räntesats för dess dagar bekräftas med `kravbro law confirm ROW`, eller läggs till med `kravbro law add NAME`.",
    ),
    "held_hold": _RELEASE,
    "held_dispute": (
        "The dispute is settled: ended with `kravbro claims release INVOICE`, or credited in the accounting system.",
        "Bestridandet reds ut: det avslutas med `kravbro claims release INVOICE`, eller krediteras i bokföringssystemet.",
    ),
    "held_promise": _RELEASE,
    "held_plan": (
        "An instalment is not in the books three bank days after its day, or a person ends the plan with `kravbro claims release INVOICE`.",
        "En avbetalning finns inte i bokföringen tre bankdagar efter sin dag, eller en person avslutar planen med `kravbro claims release INVOICE`.",
    ),
    "held_deferral": _RELEASE,
    "held_direct_debit": (
        "It comes back, and the invoice is still open three bank days after its day; or a person ends it with `kravbro claims release INVOICE`.",
        "Den återgår, och fakturan är obetald tre bankdagar efter sin dag; eller en person avslutar det med `kravbro claims release INVOICE`.",
    ),
    "held_minor": _PERSON,
    "held_deceased": (
        "A person writes to the estate; the stop ends with `kravbro claims release INVOICE`.",
        "En person skriver till dödsboet; stoppet avslutas med `kravbro claims release INVOICE`.",
    ),
    "held_protected_identity": (
        "A person writes by way of the authority that forwards letters; the stop ends with `kravbro claims release INVOICE`.",
        "En person skriver genom myndigheten som förmedlar brev; stoppet avslutas med `kravbro claims release INVOICE`.",
    ),
    "held_insolvency": (
        "The proceedings end, and a person says so with `kravbro claims release INVOICE`.",
        "Förfarandet avslutas, och en person säger det med `kravbro claims release INVOICE`.",
    ),
    "credit_open": (
        "It is set off against an invoice, or paid back, in the accounting system.",
        "Det kvittas mot en faktura, eller betalas tillbaka, i bokföringssystemet.",
    ),
    "credit_covers": (
        "It is matched with this invoice, or with what it was meant for, or paid back, in the accounting system.",
        "Det matchas mot den här fakturan, eller mot det som det var avsett för, eller betalas tillbaka, i bokföringssystemet.",
    ),
    "not_due": ("The due date passes.", "Förfallodagen passerar."),
    "booking_open": _WAITS,
    "letter_under_way": _WAITS,
    "steps_done": ("The policy gets a step more.", "Policyn får ett steg till."),
    "below_minimum": ("More of it is open, or the step's `minimum` is less.", "Mer av den är obetalt, eller stegets `minimum` är mindre."),
    "books_not_fresh": _BANK,
    "books_never_posted": _BANK,
    "paid_at_agency": (
        "The agency's payment is booked, with the next runs.",
        "Inkassoföretagets betalning bokförs, med de närmaste körningarna.",
    ),
    "bounced_at_agency": (
        "The payment that bounced is deleted in the accounting system.",
        "Betalningen som återgick tas bort i bokföringssystemet.",
    ),
    "may_have_gone": (
        "A person compares, and says yes with `kravbro claims approve ID` or stops it with `kravbro claims hold INVOICE`.",
        "En person jämför, och godkänner med `kravbro claims approve ID` eller stoppar med `kravbro claims hold INVOICE`.",
    ),
    "payment_entered": ("The payment is booked, or deleted.", "Betalningen bokförs, eller tas bort."),
    "vendor_reminds": _REMINDERS,
    "vendor_reminded": _REMINDERS,
    "step_uncounted": (
        "The step gets days of its own (`after_days`), or a letter before it is switched on.",
        "Steget får egna dagar (`after_days`), eller ett brev före det slås på.",
    ),
    "condition_unknown": (
        "A person says it with `kravbro policy override TENANT`, or the policy what it is worth (`if_unknown`).",
        "En person säger det med `kravbro policy override TENANT`, eller policyn vad det är värt (`if_unknown`).",
    ),
    "cooling_off": (
        "That day comes; `kravbro claims hold INVOICE` stops it before.",
        "Den dagen kommer; `kravbro claims hold INVOICE` stoppar den före det.",
    ),
    "not_sending_now": ("A run is within the policy's `[sending]` hours.", "En körning är inom policyns tider (`[sending]`)."),
    "unlawful": ("The step that the law wants first is taken.", "Steget som lagen kräver före tas."),
    "unlawful_yet": ("That day comes.", "Den dagen kommer."),
    "over_limit": (
        "A person says yes to all of it with `kravbro claims approve ID`, or the policy's `[limits]` are wider.",
        "En person godkänner allt med `kravbro claims approve ID`, eller policyns `[limits]` är vidare.",
    ),
    "debtor_inactive": ("The customer is active again in the accounting system.", "Kunden är åter aktiv i bokföringssystemet."),
    "no_mandate": (
        "What is missing is recorded with `kravbro tenants mandate TENANT`.",
        "Det som saknas noteras med `kravbro tenants mandate TENANT`.",
    ),
    "no_agency": (
        "An agency is chosen with `kravbro tenants choose TENANT`.",
        "Ett inkassoföretag väljs med `kravbro tenants choose TENANT`.",
    ),
    "public_debtor": ("A person hands it over, or writes to the debtor.", "En person lämnar över den, eller skriver till gäldenären."),
    "no_identity": ("The number is corrected in the accounting system.", "Numret rättas i bokföringssystemet."),
    "time_barred": (
        "Something interrupted limitation, and a person goes on by hand; else it is written off.",
        "Något har avbrutit preskriptionen, och en person går vidare för hand; annars skrivs den av.",
    ),
    "asks_a_person": ("A person says yes with `kravbro claims approve ID`.", "En person godkänner med `kravbro claims approve ID`."),
}
"""Reason id → English, Swedish."""

_ARROW: Final = {"en": "What would have to change", "sv": "Vad som behöver ändras"}


def remedy(reason: Reason, language: str) -> str:
    """Return what takes a reason away; "" for one that stops nothing."""
    known = "leave_other" if reason.id.startswith("leave_") and reason.id not in REMEDIES else reason.id
    return REMEDIES[known][language == "sv"] if known in REMEDIES else ""


def remedies(decision: Decision, language: str) -> list[str]:
    """Return what would have to change before an invoice that goes nowhere by itself goes on, each thing once."""
    if decision.action is not None and decision.mode == Mode.AUTO:
        return []
    found = dict.fromkeys(told for reason in decision.reasons if (told := remedy(reason, language)))
    return [f"{_ARROW['sv' if language == 'sv' else 'en']}: {told}" for told in found]
