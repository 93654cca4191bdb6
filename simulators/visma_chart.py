"""The eAccounting simulator's standard company: BAS chart, the vendor's standard accounts, bank accounts."""

from __future__ import annotations

ACCOUNTS: dict[int, str] = {
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
}  # fmt: skip
VAT_CODES = {3001: "05 - Momspliktig försäljning", 2611: "10 - Utgående moms 25 %", 2641: "48 - Ingående moms"}
BLOCKED = frozenset({2650})
"""Accounts that take no voucher by hand."""
STANDARD = {"CustomerReceivables": 1510, "Rounding": 3740, "ExchangeGain": 3960, "ExchangeLoss": 7960, "InterestIncome": 8313}
"""The vendor's standard accounts (/accounts/standardaccounts); their type names are not published."""
BANKS = {1930: ("Företagskonto", 1, "SEK"), 1910: ("Kassa", 2, "SEK"), 1940: ("Valutakonto", 4, "EUR")}
"""Ledger account to name, BankAccountType and currency."""
RATES = {"SEK": "1", "EUR": "11.2", "DKK": "1.5", "NOK": "0.97", "USD": "10.4"}
