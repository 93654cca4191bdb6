"""Letters of made-up companies, one of each kind under each law, to look at: `kravbro letters preview` and the pictures in docs/letters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from core.claim import ClaimLine, Component, DebtorParty, Instalment, Party
from core.model import Address, DebtorKind
from core.money import Money
from letters.letter import Extras, InterestPart, Letter, LetterKind

__all__ = ["COUNTRIES", "sample"]


@dataclass(frozen=True, slots=True)
class _World:
    """A creditor, a debtor and one overdue invoice with its interest, as a worked example of that country's law computes it."""

    creditor: Party
    debtor: DebtorParty
    line: ClaimLine
    interest: tuple[InterestPart, ...]
    written_on: date
    fees: Mapping[LetterKind, int]
    charges: tuple[tuple[Component, int], ...] = ()
    fi_creditor_no: str = ""
    demand_days: int = 14
    extras: Extras = field(default=Extras())


def _line(currency: str, minor: int, due_on: date, reference: str) -> ClaimLine:
    open_ = Money(minor, currency)
    return ClaimLine("1042", "1042", due_on - timedelta(days=30), due_on, open_, open_, reference, interest_from=due_on)


def _parts(base: Money, *parts: tuple[str, date, date, int]) -> tuple[InterestPart, ...]:
    return tuple(
        InterestPart(base, Decimal(rate), first_day, last_day, Money(minor, base.currency)) for rate, first_day, last_day, minor in parts
    )


_H1: Final = (date(2025, 6, 1), date(2025, 6, 30))
_H2: Final = (date(2025, 7, 1), date(2025, 9, 15))
_DUE: Final = date(2025, 5, 31)
_WRITTEN: Final = date(2025, 9, 15)

_WORLDS: Final[Mapping[str, _World]] = {
    "SE": _World(
        Party(
            "Lindqvists Snickeri AB", "5566778899", Address("Hantverkargatan 14", "", "11221", "Stockholm", "SE"),
            email="faktura@snickeri.example", phone="08-123 45 67", bankgiro="5050-1055", iban="SE3550000000054910000003", bic="ESSESESS",
        ),
        DebtorParty("Norrlands Kontorshotell AB", DebtorKind.BUSINESS, "", Address("Storgatan 8", "", "90325", "Umeå", "SE")),
        _line("SEK", 12_500_00, _DUE, "10421"),
        _parts(Money(12_500_00, "SEK"), ("11", *_H1, 113_01), ("10", *_H2, 263_70)),
        _WRITTEN, {"reminder": 60_00, "notice": 60_00, "demand": 180_00, "instalment_offer": 170_00, "instalment_agreement": 170_00},
        ((Component.REMINDER_FEE, 60_00),), demand_days=10,
    ),
    "DK": _World(
        Party(
            "Jensens Tømrerfirma ApS", "13585628", Address("Vesterbrogade 20", "", "1620", "København V", "DK"),
            email="regning@toemrer.example", phone="33 12 34 56", iban="DK5000400440116243", bic="NDEADKKK",
        ),
        DebtorParty("Aarhus Kontorhotel A/S", DebtorKind.BUSINESS, "", Address("Store Torv 4", "", "8000", "Aarhus C", "DK")),
        _line("DKK", 25_000_00, _DUE, "10421"),
        _parts(Money(25_000_00, "DKK"), ("10.75", *_H1, 220_89), ("9.75", *_H2, 514_21)),
        _WRITTEN, {"reminder": 100_00, "notice": 100_00},
        ((Component.COMPENSATION, 310_00), (Component.REMINDER_FEE, 200_00)), fi_creditor_no="81234567", demand_days=10,
    ),
    "NO": _World(
        Party(
            "Hansens Snekkerverksted AS", "988077917", Address("Storgata 5", "", "0155", "Oslo", "NO"),
            email="faktura@snekker.example", phone="22 12 34 56", iban="NO9386011117947", bic="DNBANOKK",
        ),
        DebtorParty("Bergen Kontorhotell AS", DebtorKind.BUSINESS, "", Address("Bryggen 7", "", "5003", "Bergen", "NO")),
        _line("NOK", 30_000_00, date(2026, 5, 31), "10421"),
        _parts(
            Money(30_000_00, "NOK"),
            ("12", date(2026, 6, 1), date(2026, 6, 30), 295_89), ("12.25", date(2026, 7, 1), date(2026, 8, 15), 463_15),
        ),
        date(2026, 8, 15), {"reminder": 38_00, "notice": 38_00}, ((Component.COMPENSATION, 430_00),),
    ),
    "FI": _World(
        Party(
            "Virtasen Puusepät Oy", "2077474-0", Address("Mannerheimintie 3", "", "00100", "Helsinki", "FI"),
            email="laskut@puusepat.example", phone="09 123 4567", iban="FI2112345600000785", bic="NDEAFIHH",
        ),
        DebtorParty("Matti Meikäläinen", DebtorKind.CONSUMER, "", Address("Hämeenkatu 12", "", "33100", "Tampere", "FI")),
        _line("EUR", 1_250_00, _DUE, "1511890656"),
        _parts(Money(1_250_00, "EUR"), ("10.5", *_H1, 10_79), ("9.5", *_H2, 25_05)),
        _WRITTEN, {"reminder": 5_00, "notice": 5_00, "instalment_offer": 30_00, "instalment_agreement": 30_00}, ((Component.REMINDER_FEE, 5_00),),
    ),
}  # fmt: skip
COUNTRIES: Final = tuple(_WORLDS)


def sample(kind: LetterKind, language: str, country: str, extras: Extras | None = None) -> Letter:
    """Return a made-up letter of a kind; `country` is one of `COUNTRIES`, whose creditor writes under its law."""
    world = _WORLDS[country]
    currency = world.line.open.currency
    fee = Money(world.fees.get(kind, 0), currency)
    wanted: dict[str, Any] = {}
    if kind == "demand":
        wanted["charges"] = tuple((component, Money(minor, currency)) for component, minor in world.charges)
        wanted["interest"] = world.interest
    if kind in ("instalment_offer", "instalment_agreement"):
        shares = (world.line.open + fee).split([1, 1, 1])
        first = world.written_on.replace(day=28)
        days = (first, *(first.replace(month=first.month + later) for later in (1, 2)))
        wanted["instalments"] = tuple(Instalment(day, share) for day, share in zip(days, shares, strict=True))
    if kind == "thanks":
        line = world.line
        wanted |= {"paid": line.open, "earlier_on": world.written_on - timedelta(days=3)}
        world = _with_line(world, Money.zero(currency))
    if kind == "withdrawal":
        wanted["earlier_on"] = world.written_on - timedelta(days=12)
    days_to_pay = {"demand": world.demand_days, "notice": 14, "deferral": 30}.get(kind, 10)
    return Letter(
        kind, language, world.written_on, world.written_on + timedelta(days=days_to_pay), world.creditor, world.debtor, (world.line,), fee,
        announces_collection=kind == "reminder" and country == "SE", reference="KB-7F3A2C", country=country,
        fi_creditor_no=world.fi_creditor_no, extras=extras or world.extras, **wanted,
    )  # fmt: skip


def _with_line(world: _World, left: Money) -> _World:
    line = world.line
    paid = ClaimLine(line.invoice_ref, line.invoice_no, line.issued_on, line.due_on, line.original, left, line.payment_reference)
    return _World(world.creditor, world.debtor, paid, world.interest, world.written_on, world.fees, world.charges, world.fi_creditor_no)
