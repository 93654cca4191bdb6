"""How a tenant's letters are written: `letters` with the client's logo, own paragraphs, and the accounts that the books don't name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from core.claim import ClaimLine, Component, DebtorParty, Instalment, InterestPart, Party
from core.money import Money
from core.ports import DocumentStore, RenderedLetter
from core.store.tenants import LetterSettings
from core.writes import NoteKind, StepLetter

if TYPE_CHECKING:
    from letters import Extras

__all__ = ["Letters", "extras_of", "with_accounts"]


def extras_of(settings: LetterSettings, documents: DocumentStore | None) -> Extras:
    """Return what the client adds to each letter."""
    from letters import Extras, Logo

    logo = Logo(documents.get(settings.logo).content) if settings.logo and documents is not None else None
    return Extras(logo, settings.before, settings.after)


def with_accounts(creditor: Party, settings: LetterSettings) -> Party:
    """Return the creditor with the account and the Danish creditor number that were set, where its books name none."""
    creditor = replace(creditor, fi_creditor_no=creditor.fi_creditor_no or settings.fi_creditor_no)
    if creditor.bankgiro or creditor.plusgiro or creditor.iban or not settings.iban:
        return creditor
    return replace(creditor, iban=settings.iban, bic=settings.bic or creditor.bic)


@dataclass
class Letters:
    """Renders the creditor's letters; implements `core.ports.LetterRenderer`."""

    settings: LetterSettings = field(default_factory=LetterSettings)
    documents: DocumentStore | None = None
    """Where the client's logo is kept."""

    def render_letter(
        self,
        kind: StepLetter | NoteKind,
        *,
        creditor: Party,
        debtor: DebtorParty,
        lines: tuple[ClaimLine, ...],
        fee: Money,
        written_on: date,
        pay_by: date,
        announces_collection: bool = False,
        reference: str,
        charges: tuple[tuple[Component, Money], ...] = (),
        interest: tuple[InterestPart, ...] = (),
        netted: tuple[tuple[str, Money], ...] = (),
        instalments: tuple[Instalment, ...] = (),
        paid: Money | None = None,
        earlier_on: date | None = None,
    ) -> RenderedLetter:
        """Return a letter, rendered by `letters`."""
        from letters import Letter, language_for, render_letter

        language, creditor = language_for(debtor.language, creditor.address.country), with_accounts(creditor, self.settings)
        return render_letter(
            Letter(
                kind=kind, language=language, written_on=written_on, pay_by=pay_by, creditor=creditor,
                debtor=debtor, lines=lines, fee=fee, announces_collection=announces_collection, reference=reference, charges=charges,
                interest=interest, netted=netted, instalments=instalments, paid=paid, earlier_on=earlier_on,
                fi_creditor_no=creditor.fi_creditor_no, extras=extras_of(self.settings, self.documents),
            )
        )  # fmt: skip

    def render_cover(self, *, creditor: Party, debtor: DebtorParty, invoice_no: str) -> RenderedLetter:
        """Return the mail around the vendor's reminder, rendered by `letters`."""
        from letters import language_for, render_cover

        return render_cover(language_for(debtor.language, creditor.address.country), creditor, invoice_no)
