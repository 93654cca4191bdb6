"""What a client reads of a handover before it goes, in the language of its country: the mail, and the page that its link opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from core.model import Invoice
from core.money import Money
from core.store.announcements import Announced
from core.store.tenants import Tenant
from core.words import language_of, words_of

__all__ = ["announced_sentence", "announcement", "mail_of"]


def announcement(language: str) -> Mapping[str, str]:
    """Return the sentences of the mail and the page."""
    return words_of("announcement", language)["announcement"]


def announced_sentence(language: str, invoice: Invoice, agency: str, on: date) -> str:
    """Return which invoice goes to whom and when."""
    return announcement(language)["goes"].format(
        number=invoice.number, debtor=invoice.debtor_name, open=_amount(invoice.open, language), agency=agency, on=_day(on, language)
    )


def mail_of(tenant: Tenant, agency: str, announced: Sequence[tuple[Invoice, Announced, str]]) -> tuple[str, str]:
    """Return subject and text of the mail about a run's announced handovers to an agency, each with its link ("" where there is none)."""
    language = language_of(tenant.country)
    words = announcement(language)
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
