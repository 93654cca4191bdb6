"""What a client reads of a handover before it goes, in the language of its country: the mail, and the page that its link opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from core.model import Invoice
from core.money import Money
from core.store.announcements import Announced
from core.store.tenants import Tenant

__all__ = ["WORDS", "announced_sentence", "language_of", "mail_of"]

_LANGUAGES: Final = {"SE": "sv", "DK": "da", "NO": "nb", "FI": "fi"}

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "sv": {
        "subject": "{name}: krav som går till inkasso ({count})",
        "goes": "Faktura {number} till {debtor}, {open} obetalt, går till {agency} den {on}.",
        "link": "Stoppa den här: {link}",
        "command": 'Den som sköter bokföringen stoppar den med: kravbro claims hold {ref} --tenant {tenant} --reason "..."',
        "title": "Stoppa ett inkassokrav",
        "button": "Stoppa kravet",
        "stopped": "Kravet är stoppat. Inget mer händer med fakturan förrän den som sköter bokföringen släpper den.",
        "gone": "Det finns inget att stoppa: kravet har gått, är betalt eller gäller inte längre. Fråga den som sköter bokföringen.",
        "unknown": "Länken gäller inte. Öppna den ur det senaste mejlet, hela raden.",
        "reason": "stoppad av företaget genom länken i mejlet",
    },
    "da": {
        "subject": "{name}: krav, der går til inkasso ({count})",
        "goes": "Faktura {number} til {debtor}, {open} ubetalt, går til {agency} den {on}.",
        "link": "Stop den her: {link}",
        "command": 'Den, der fører regnskabet, stopper den med: kravbro claims hold {ref} --tenant {tenant} --reason "..."',
        "title": "Stop et inkassokrav",
        "button": "Stop kravet",
        "stopped": "Kravet er stoppet. Der sker ikke mere med fakturaen, før den, der fører regnskabet, frigiver den.",
        "gone": "Der er intet at stoppe: kravet er sendt, betalt eller gælder ikke længere. Spørg den, der fører regnskabet.",
        "unknown": "Linket gælder ikke. Åbn det fra den seneste mail, hele linjen.",
        "reason": "stoppet af virksomheden gennem linket i mailen",
    },
    "nb": {
        "subject": "{name}: krav som går til inkasso ({count})",
        "goes": "Faktura {number} til {debtor}, {open} ubetalt, går til {agency} den {on}.",
        "link": "Stopp den her: {link}",
        "command": 'Den som fører regnskapet stopper den med: kravbro claims hold {ref} --tenant {tenant} --reason "..."',
        "title": "Stopp et inkassokrav",
        "button": "Stopp kravet",
        "stopped": "Kravet er stoppet. Det skjer ikke mer med fakturaen før den som fører regnskapet frigir den.",
        "gone": "Det er ingenting å stoppe: kravet er sendt, betalt eller gjelder ikke lenger. Spør den som fører regnskapet.",
        "unknown": "Lenken gjelder ikke. Åpne den fra den siste e-posten, hele linjen.",
        "reason": "stoppet av bedriften gjennom lenken i e-posten",
    },
    "fi": {
        "subject": "{name}: perintään siirtyvät saatavat ({count})",
        "goes": "Lasku {number}, {debtor}, avoinna {open}, siirtyy perintään ({agency}) {on}.",
        "link": "Pysäytä se tästä: {link}",
        "command": 'Kirjanpitäjä pysäyttää sen komennolla: kravbro claims hold {ref} --tenant {tenant} --reason "..."',
        "title": "Pysäytä perintä",
        "button": "Pysäytä perintä",
        "stopped": "Perintä on pysäytetty. Laskulle ei tapahdu mitään, ennen kuin kirjanpitäjä vapauttaa sen.",
        "gone": "Pysäytettävää ei ole: saatava on jo siirretty, maksettu tai rauennut. Kysy kirjanpitäjältä.",
        "unknown": "Linkki ei kelpaa. Avaa se uusimmasta viestistä, koko rivi.",
        "reason": "yritys pysäytti viestin linkistä",
    },
    "en": {
        "subject": "{name}: claims that go to collection ({count})",
        "goes": "Invoice {number} of {debtor}, {open} unpaid, goes to {agency} on {on}.",
        "link": "Stop it here: {link}",
        "command": 'Whoever keeps the books stops it with: kravbro claims hold {ref} --tenant {tenant} --reason "..."',
        "title": "Stop a handover",
        "button": "Stop it",
        "stopped": "It is stopped. Nothing more happens with the invoice until whoever keeps the books releases it.",
        "gone": "There is nothing to stop: it has gone, was paid, or goes no more. Ask whoever keeps the books.",
        "unknown": "This link is not valid. Open it from the latest mail, the whole line.",
        "reason": "stopped by the company through the link in the mail",
    },
}


def language_of(country: str) -> str:
    """Return the language a client of this country is written to in, English where we have none of its own."""
    return _LANGUAGES.get(country, "en")


def announced_sentence(language: str, invoice: Invoice, agency: str, on: date) -> str:
    """Return which invoice goes to whom and when."""
    return WORDS[language]["goes"].format(
        number=invoice.number, debtor=invoice.debtor_name, open=_amount(invoice.open, language), agency=agency, on=_day(on, language)
    )


def mail_of(tenant: Tenant, agency: str, announced: Sequence[tuple[Invoice, Announced, str]]) -> tuple[str, str]:
    """Return subject and text of the mail about a run's announced handovers to an agency, each with its link ("" where there is none)."""
    language = language_of(tenant.country)
    words = WORDS[language]
    texts = []
    for invoice, one, link in announced:
        ways = [words["link"].format(link=link)] if link else []
        ways.append(words["command"].format(ref=one.invoice_ref, tenant=tenant.id))
        texts.append("\n".join((announced_sentence(language, invoice, agency, one.goes_on), *ways)))
    return words["subject"].format(name=tenant.name, count=len(texts)), "\n\n".join(texts) + "\n"


def _amount(amount: Money, language: str) -> str:
    from babel.numbers import format_currency  # noqa: PLC0415 - it takes long to load, and most runs announce nothing

    return str(format_currency(amount.amount, amount.currency, locale=language))


def _day(day: date, language: str) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - see above

    return str(format_date(day, "long", locale=language))
