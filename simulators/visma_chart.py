"""The eAccounting simulator's standard companies: chart, the vendor's standard accounts, bank accounts, and its words in the books.

The Swedish chart is BAS. No chart of a Norwegian company is published; the numbers are those of NS 4102 that small companies use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Chart:
    """The books of a country's companies; accounts are named by what they are for.

    Attributes:
        vat_codes: what accounts with a VAT code are described as.
        blocked: accounts that take no voucher by hand.
        standard: the vendor's standard accounts (/accounts/standardaccounts); their type names are not published.
        banks: ledger account to name, BankAccountType and currency.
        words: what a voucher of an invoice, a credit, a payment, a fee, a correction, a loss and a sale is called.
    """

    currency: str
    accounts: Mapping[int, str]
    vat_codes: Mapping[int, str]
    blocked: frozenset[int]
    standard: Mapping[str, int]
    banks: Mapping[int, tuple[str, int, str]]
    words: Mapping[str, str]
    receivable: int
    sales: int
    vat: int
    rounding: int
    late_fee: int
    loss: int
    bank: int
    bank_fee: int


SWEDISH = Chart(
    currency="SEK",
    accounts={
    1510: "Kundfordringar", 1513: "Kundfordringar, delad faktura", 1519: "Nedskrivning av kundfordringar",
    1684: "Kortfristiga fordringar hos leverantörer", 1689: "Övriga kortfristiga fordringar", 1910: "Kassa", 1920: "PlusGiro",
    1930: "Företagskonto", 1940: "Övriga bankkonton", 2420: "Förskott från kunder", 2440: "Leverantörsskulder",
    2611: "Utgående moms på försäljning inom Sverige, 25 %", 2641: "Debiterad ingående moms", 2650: "Redovisningskonto för moms",
    3001: "Försäljning inom Sverige, 25 % moms", 3004: "Försäljning inom Sverige, momsfri", 3540: "Faktureringsavgifter",
    3590: "Övriga fakturerade kostnader", 3740: "Öres- och kronutjämning", 3950: "Återvunna, tidigare avskrivna kundfordringar",
    3960: "Valutakursvinster på fordringar och skulder av rörelsekaraktär", 3990: "Övriga ersättningar och intäkter",
    6062: "Inkasso och KFM-avgifter", 6064: "Factoringavgifter", 6069: "Övriga kreditförsäljningskostnader",
    6351: "Konstaterade förluster på kundfordringar", 6352: "Befarade förluster på kundfordringar", 6570: "Bankkostnader",
    7960: "Valutakursförluster på fordringar och skulder av rörelsekaraktär", 8310: "Ränteintäkter från omsättningstillgångar",
    8313: "Ränteintäkter från kortfristiga fordringar",
},
    vat_codes={3001: "05 - Momspliktig försäljning", 2611: "10 - Utgående moms 25 %", 2641: "48 - Ingående moms"},
    blocked=frozenset({2650}),
    standard={"CustomerReceivables": 1510, "Rounding": 3740, "ExchangeGain": 3960, "ExchangeLoss": 7960, "InterestIncome": 8313},
    banks={1930: ("Företagskonto", 1, "SEK"), 1910: ("Kassa", 2, "SEK"), 1940: ("Valutakonto", 4, "EUR")},
    words={"invoice": "Kundfaktura", "credit": "Kreditfaktura", "paid": "Inbetalning kundfaktura", "fee": "Påminnelseavgift faktura",
           "back": "Korrigering av", "lost": "Konstaterad kundförlust", "sold": "Fordran Spot"},
    receivable=1510, sales=3001, vat=2611, rounding=3740, late_fee=3540, loss=6351, bank=1930, bank_fee=6570,
)  # fmt: skip
NORWEGIAN = Chart(
    currency="NOK",
    accounts={
        1500: "Kundefordringer", 1579: "Inkasso, mellomregning", 1900: "Kontanter", 1920: "Bankinnskudd", 2400: "Leverandørgjeld",
        2700: "Utgående merverdiavgift", 2710: "Inngående merverdiavgift", 2740: "Oppgjørskonto merverdiavgift",
        2900: "Forskudd fra kunder", 3000: "Salgsinntekt", 3910: "Purregebyr og kompensasjon", 6795: "Inkassokostnader",
        7770: "Bankgebyr", 7798: "Øreavrunding", 7830: "Tap på fordringer", 8055: "Renteinntekter, kunder", 8060: "Valutagevinst",
        8160: "Valutatap",
    },
    vat_codes={3000: "3 - Utgående merverdiavgift 25 %", 2700: "3 - Utgående merverdiavgift 25 %", 2710: "1 - Inngående merverdiavgift 25 %"},
    blocked=frozenset({2740}),
    standard={"CustomerReceivables": 1500, "Rounding": 7798, "ExchangeGain": 8060, "ExchangeLoss": 8160, "InterestIncome": 8055},
    banks={1920: ("Bankkonto", 1, "NOK"), 1900: ("Kasse", 2, "NOK")},
    words={"invoice": "Kundefaktura", "credit": "Kreditnota", "paid": "Innbetaling kundefaktura", "fee": "Purregebyr faktura",
           "back": "Korrigering av", "lost": "Konstatert tap", "sold": "Factoring"},
    receivable=1500, sales=3000, vat=2700, rounding=7798, late_fee=3910, loss=7830, bank=1920, bank_fee=7770,
)  # fmt: skip
CHARTS = {"SE": SWEDISH, "NO": NORWEGIAN}
"""By the company's country."""
RATES = {"SEK": "1", "EUR": "11.2", "DKK": "1.5", "NOK": "0.97", "USD": "10.4"}
"""What one unit is in Swedish kronor."""
