"""What differs from country to country for the agency: what its demand costs, how long it gives, and what it calls its steps.

Written from the statutes and not from our code. Amounts are whole minor units. A claim's law is that of its creditor's country.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Charge = tuple[str, int, str]
"""A component, its amount, and who gets it."""
Bands = tuple[tuple[int | None, int], ...]
"""(principal up to this, cost); the last band has no end."""

CREDITOR, AGENCY = "creditor", "agency"


@dataclass(frozen=True)
class Country:
    """One country's law and language, as the agency's case workers know them.

    Attributes:
        pay_within_days: what the demand gives.
        notice_days: what the notice before collection gives, where the agency is ordered to send it; 0 where no law asks for one.
        bands, others_pct: what the agency's work may cost by principal, and what of that a debtor bears who is no consumer, in per cent.
        late_days: after so many days from the demand the same may be charged once more; 0 is never.
        compensation, handover_fee: fixed amounts that are the creditor's: towards businesses, and for asking another to collect.
        court_fee: what the authority takes; 0 where no source told a figure.
        court_limit: the largest principal the simple procedure takes; 0 is any.
        codes: the agency's words for its steps where they are others than the Swedish ones.
        texts: what it writes to the creditor.
    """

    code: str
    currency: str
    pay_within_days: int
    vat_no: str
    texts: Mapping[str, str]
    notice_days: int = 0
    bands: Bands = ()
    others_pct: int = 100
    late_days: int = 0
    compensation: int = 0
    handover_fee: int = 0
    court_fee: int = 0
    court_limit: int = 0
    codes: Mapping[str, str] = field(default_factory=dict)

    def cost_of(self, principal: int, *, consumer: bool) -> int:
        """Return what the agency's work may cost the debtor."""
        cost = next((cost for up_to, cost in self.bands if up_to is None or principal <= up_to), 0)
        return cost if consumer else cost * self.others_pct // 100

    def charges(self, principal: int, *, consumer: bool) -> list[Charge]:
        """Return what the demand adds, in the order in which it is paid."""
        found: list[Charge] = [("collection_cost", self.cost_of(principal, consumer=consumer), AGENCY)]
        found.append(("collection_cost", self.handover_fee, CREDITOR))
        found.append(("compensation", 0 if consumer else self.compensation, CREDITOR))
        return [charge for charge in found if charge[1]]


SWEDEN: Final = Country(
    "SE", "SEK", 10, "SE559001234501", bands=((None, 180_00),), court_fee=300_00,  # lag 1981:739 4 §; SFS 1992:1094 1 §
    texts={
        "statement": "Avräkning", "day": "Datum", "invoice": "Faktura", "unreadable": "Bilagan går inte att läsa.", "nothing": "Det finns inget att kräva in.",
        "no_court": "Rättslig åtgärd är inte tillåten.", "disputed": "Gäldenären bestrider kravet.",
        "part_disputed": "Gäldenären bestrider en del av kravet.", "no_assets": "Gäldenären saknar utmätningsbara tillgångar.",
        "part_lost": "Den tvistiga delen kan inte drivas in.", "no_contract": "Vi saknar avtalet som visar vad som beställdes.",
        "address_incomplete": "Gäldenärens adress är ofullständig.", "identity_missing": "Gäldenärens identitetsnummer kan inte bekräftas.",
        "invoice_copy_missing": "Fakturakopia saknas.",
    },
)  # fmt: skip

# Bekendtgørelse 601/2002 bilag 1 as of 2016-07-01 (without VAT, which a creditor that deducts it bears itself); renteloven § 9 b stk. 3
# for asking another to collect; § 9 a stk. 3: the compensation comes on top. Above 500,000 one per cent of the excess is left alone here.
DENMARK: Final = Country(
    "DK", "DKK", 10, "DK10000017", notice_days=10, compensation=310_00, handover_fee=100_00, court_fee=400_00, court_limit=100_000_00,
    bands=(
        (1_000_00, 400_00), (2_500_00, 700_00), (5_000_00, 1_000_00), (10_000_00, 1_300_00), (25_000_00, 1_700_00), (50_000_00, 2_250_00),
        (100_000_00, 2_850_00), (250_000_00, 3_850_00), (None, 6_400_00),
    ),
    codes={
        "KRAV": "INKASSOKRAV", "KFM-VARSEL": "VARSEL-RETSLIG", "KFM-ANSOKAN": "BETALINGSPAAKRAV", "UTSLAG": "PAATEGNING", "UTMATNING": "FOGEDRET",
        "EFTERBEV": "OVERVAAGNING", "AVBETALNING": "AFDRAG", "DIREKTBET": "DIREKTE", "TVIST-AVGJORD": "INDSIGELSE-AFGJORT", "VARSEL": "PAAKRAV-10",
    },
    texts={
        "statement": "Afregning", "day": "Dato", "invoice": "Faktura", "unreadable": "Bilaget kan ikke læses.", "nothing": "Der er intet at opkræve.",
        "no_court": "Retslige skridt er ikke tilladt.", "disputed": "Skyldneren gør indsigelse mod kravet.",
        "part_disputed": "Skyldneren gør indsigelse mod en del af kravet.", "no_assets": "Skyldneren ejer intet, der kan udlægges.",
        "part_lost": "Den omtvistede del kan ikke inddrives.", "no_contract": "Vi mangler aftalen, der viser, hvad der er bestilt.",
        "address_incomplete": "Skyldnerens adresse er ufuldstændig.", "identity_missing": "Skyldnerens nummer kan ikke bekræftes.",
        "invoice_copy_missing": "Fakturakopi mangler.",
    },
)  # fmt: skip

# Inkassoforskriften §§ 2-1 to 2-3 with the inkassosats of 700 that held until 2025-12-31: 0.25, 0.35, 0.40, 0.80, 1.60, 3.60 and 7.20 of it,
# half as much again for who is no consumer, once more 28 days after the demand's 14. The compensation of forsinkelsesrenteloven § 3 a
# would be set off against it, so it is not claimed beside it. No source told what the forliksråd takes.
NORWAY: Final = Country(
    "NO", "NOK", 14, "NO910000012MVA", notice_days=14, others_pct=150, late_days=42,
    bands=(
        (500_00, 175_00), (1_000_00, 245_00), (2_500_00, 280_00), (10_000_00, 560_00), (50_000_00, 1_120_00), (250_000_00, 2_520_00), (None, 5_040_00),
    ),
    codes={
        "KRAV": "BETALINGSOPPFORDRING", "KFM-VARSEL": "VARSEL-RETTSLIG", "KFM-ANSOKAN": "FORLIKSKLAGE", "UTSLAG": "FORLIKSRAD-DOM",
        "UTMATNING": "NAMSMANN", "EFTERBEV": "OVERVAKING", "AVBETALNING": "AVDRAG", "DIREKTBET": "DIREKTE", "TVIST-AVGJORD": "INNSIGELSE-AVGJORT",
        "VARSEL": "INKASSOVARSEL",
    },
    texts={
        "statement": "Avregning", "day": "Dato", "invoice": "Faktura", "unreadable": "Vedlegget kan ikke leses.", "nothing": "Det er ingenting å kreve inn.",
        "no_court": "Rettslige skritt er ikke tillatt.", "disputed": "Skyldneren bestrider kravet.",
        "part_disputed": "Skyldneren bestrider en del av kravet.", "no_assets": "Skyldneren har ingenting som det kan tas utlegg i.",
        "part_lost": "Den omtvistede delen kan ikke inndrives.", "no_contract": "Vi mangler avtalen som viser hva som ble bestilt.",
        "address_incomplete": "Skyldnerens adresse er ufullstendig.", "identity_missing": "Skyldnerens nummer kan ikke bekreftes.",
        "invoice_copy_missing": "Fakturakopi mangler.",
    },
)  # fmt: skip

COUNTRIES: Final = {country.code: country for country in (SWEDEN, DENMARK, NORWAY)}


def law_of(code: str) -> Country:
    """Return a country's law; a creditor elsewhere is worked for by the agency's own."""
    return COUNTRIES.get(code.upper(), SWEDEN)
