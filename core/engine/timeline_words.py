"""The words of a timeline, in English and Swedish."""

from __future__ import annotations

from typing import Final

from core.policy import amount_in

__all__ = ["WORDS", "say"]

WORDS: Final[dict[str, tuple[str, str]]] = {
    "about_day": (
        "This is what would be decided on {day} if nothing were known then that is not known today, {today}.",
        "Detta skulle beslutas {day} om inget vore känt då som inte är känt i dag, {today}.",
    ),
    "about_invoice": ("Invoice {number} of {debtor}: {open} of {total} open, due {due_on}.", "Faktura {number} till {debtor}: {open} av {total} obetalt, förfallodag {due_on}."),
    "about_claim": ("Claim {claim} at {agency}{case}: {states}.", "Krav {claim} hos {agency}{case}: {states}."),
    "about_case": (", case {case}", ", ärende {case}"),
    "about_end": ("ended as {reason}", "slutade som {reason}"),
    "happened": ("What happened:", "Vad som har hänt:"),
    "nothing_happened": ("Nothing has happened yet.", "Ännu har inget hänt."),
    "why": ("Why:", "Varför:"),
    "stopped": ("A person stopped it ({kind}): {reason}{until}.", "En person stoppade den ({kind}): {reason}{until}."),
    "until": (", until {until}", ", till {until}"),
    "released": ("The stop was ended: {reason}.", "Stoppet togs bort: {reason}."),
    "send_letter_email": (
        "{letter} went by e-mail: {asks} asked for, {fee}, to be paid by {pay_by}.",
        "{letter} gick med e-post: {asks} begärs, {fee}, att betala senast {pay_by}.",
    ),
    "send_letter_print": (
        "{letter} went by post: {asks} asked for, {fee}, to be paid by {pay_by}.",
        "{letter} gick med post: {asks} begärs, {fee}, att betala senast {pay_by}.",
    ),
    "send_note_email": ("{letter} went by e-mail.", "{letter} gick med e-post."),
    "send_note_print": ("{letter} went by post.", "{letter} gick med post."),
    "to_print": ("{letter} waits to be printed and posted.", "{letter} väntar på att skrivas ut och postas."),
    "letter_remind": ("Our reminder", "Vår påminnelse"),
    "letter_notice": ("Our notice before collection", "Vår påminnelse före inkasso"),
    "letter_demand": ("Our demand", "Vårt inkassokrav"),
    "letter_instalment_offer": ("Our offer of instalments", "Vårt förslag till delbetalning"),
    "letter_instalment_agreement": ("The instalment plan", "Avbetalningsplanen"),
    "letter_deferral": ("Our letter of deferral", "Vårt brev om anstånd"),
    "letter_thanks": ("Our thanks", "Vårt tack"),
    "letter_withdrawal": ("Our letter that takes the last one back", "Vår återkallelse av det senaste brevet"),
    "letter_returned": ("The letter did not arrive and counts no more: {detail}.", "Brevet kom inte fram och räknas inte mer: {detail}."),
    "letter_withdrawn": ("The letter was taken back and counts no more.", "Brevet är återkallat och räknas inte mer."),
    "no_fee": ("no fee", "ingen avgift"),
    "fee_of": ("a fee of {fee}", "avgift {fee}"),
    "send_letter_name": ("a letter", "ett brev"),
    "send_note_name": ("a letter", "ett brev"),
    "print_reminder": ("The accounting system wrote its reminder, as we asked.", "Bokföringssystemet skrev sin påminnelse, som vi bad om."),
    "print_reminder_name": ("a reminder by the accounting system", "en påminnelse från bokföringssystemet"),
    "submit_claim": ("Handed over to the agency as claim {claim}: {asks} asked for.", "Överlämnad till inkassoföretaget som krav {claim}: {asks} begärs."),
    "submit_claim_name": ("a handover", "en överlämning"),
    "bookkeep_payment": ("{asks} booked on the invoice as payment {payment}.", "{asks} bokförda på fakturan som betalning {payment}."),
    "bookkeep_payment_name": ("a booking", "en bokning"),
    "not_done": ("Meant to be done, {act}: {state}. {note}", "Skulle göras, {act}: {state}. {note}"),
    "acknowledged": ("The agency took it on as its case {agency_case_ref}.", "Inkassoföretaget tog emot det som ärende {agency_case_ref}."),
    "rejected": ("The agency rejected it ({code}).", "Inkassoföretaget avvisade det ({code})."),
    "info_requested": ("The agency asks: {question} (question {question_id}).", "Inkassoföretaget frågar: {question} (fråga {question_id})."),
    "info_requested_refused": (
        "The agency asked something else as question {question_id}; it changed nothing.", "Inkassoföretaget frågade något annat som fråga {question_id}; det ändrade inget.",
    ),
    "told_answered": ("The agency was answered: {reason}.", "Inkassoföretaget fick svar: {reason}."),
    "demand_sent": ("The agency sent its demand, to be paid by {pay_by}.", "Inkassoföretaget sände inkassokrav, att betala senast {pay_by}."),
    "phase_changed": ("The agency is now at: {phase}.", "Inkassoföretaget är nu vid: {phase}."),
    "fee_charged": ("A cost of {amount} was added.", "En kostnad på {amount} tillkom."),
    "plan_proposed": ("The agency made a payment plan with the debtor.", "Inkassoföretaget gjorde en avbetalningsplan med gäldenären."),
    "dispute_raised": ("The debtor disputes {amount} at the agency.", "Gäldenären bestrider {amount} hos inkassoföretaget."),
    "loss_proposed": ("The agency gives it back with {amount} unpaid, as a loss to decide on.", "Inkassoföretaget lämnar tillbaka det med {amount} obetalt."),
    "closed": ("The agency ended its work: {reason}.", "Inkassoföretaget avslutade ärendet: {reason}."),
    "told_direct_payment": ("The agency was told of the direct payment.", "Inkassoföretaget fick veta om direktbetalningen."),
    "told_updated": ("The agency was told what changed: {reason}.", "Inkassoföretaget fick veta vad som ändrats: {reason}."),
    "told_paused": ("The agency was told to wait: {reason}.", "Inkassoföretaget ombads vänta: {reason}."),
    "told_resumed": ("The agency was told to go on: {reason}.", "Inkassoföretaget ombads fortsätta: {reason}."),
    "told_withdrawn": ("The claim was taken back from the agency: {reason}.", "Kravet togs tillbaka från inkassoföretaget: {reason}."),
    "reported": ("On the claim: {event}.", "På kravet: {event}."),
    "paid_to_agency": ("The debtor paid the agency {total}: {shares}.", "Gäldenären betalade {total} till inkassoföretaget: {shares}."),
    "paid_to_creditor": ("The debtor paid the creditor directly {total}: {shares}.", "Gäldenären betalade {total} direkt till borgenären: {shares}."),
    "settled": ("The agency settled {total} with the creditor: {shares}.", "Inkassoföretaget redovisade {total} till borgenären: {shares}."),
    "paid_through_former": (
        "The debtor paid {total} through an earlier claim: {shares}.", "Gäldenären betalade {total} genom ett tidigare krav: {shares}.",
    ),
    "undone": (
        "A payment or credit was undone in the books, {total}: {shares}.", "En betalning eller kredit togs tillbaka i bokföringen, {total}: {shares}.",
    ),
    "payment_booked_by_hand": ("A payment the agency reported was booked by hand: {amount}.", "En betalning från inkassoföretaget bokfördes för hand: {amount}."),
    "advance_booked": ("What was paid too much was booked as an advance: {amount}.", "Det som betalats för mycket bokfördes som förskott: {amount}."),
    "payment_taken_back": ("A payment that bounced was taken out of the books: {amount}.", "En betalning som gick tillbaka togs ur bokföringen: {amount}."),
    "credited": ("{total} was credited: {shares}.", "{total} krediterades: {shares}."),
    "bounced": ("A payment to the agency bounced, {total}: {shares}.", "En betalning till inkassoföretaget gick tillbaka, {total}: {shares}."),
    "written_off": ("{total} was written off: {shares}.", "{total} skrevs av: {shares}."),
    "all_of_it": ("all of it", "allt"),
    "paid_before": (
        "The debtor had paid the creditor {total} (payment {payment} in the books).",
        "Gäldenären hade betalat {total} till borgenären (betalning {payment} i bokföringen).",
    ),
    "left_unpaid": ("Demanded, and left unpaid at the end: {shares}.", "Krävt, och obetalt när det slutade: {shares}."),
    "kept": ("kept by the agency", "behålls av inkassoföretaget"),
    "component_principal": ("principal", "kapital"),
    "component_interest": ("interest", "ränta"),
    "component_reminder_fee": ("reminder fee", "påminnelseavgift"),
    "component_compensation": ("compensation", "förseningsersättning"),
    "component_collection_cost": ("collection cost", "inkassokostnad"),
    "component_legal_cost": ("legal cost", "rättegångskostnad"),
    "component_overpayment": ("overpayment", "överbetalning"),
}  # fmt: skip
"""Id → English, Swedish; any other language reads English until it has a column of its own."""


def say(what: str, language: str, /, **values: str) -> str:
    """Return a sentence with its values, amounts as the language writes them; one without a value for a part leaves that part empty."""
    shown = {name: amount_in(value, language) for name, value in values.items()}
    return WORDS[what][1 if language == "sv" else 0].format_map(shown)
