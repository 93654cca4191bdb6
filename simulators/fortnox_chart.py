"""The Fortnox simulator's standard company: BAS chart, predefined accounts, voucher series, modes of payment, templates."""

from __future__ import annotations

from simulators.fortnox_world import Json, words

ACCOUNTS: dict[int, str] = {
    1510: "Kundfordringar",
    1511: "Kundfordringar",
    1512: "Belånade kundfordringar (factoring)",
    1513: "Kundfordringar, delad faktura",
    1516: "Tvistiga kundfordringar",
    1518: "Ej reskontraförda kundfordringar",
    1519: "Nedskrivning av kundfordringar",
    1580: "Fordringar för kontokort och kuponger",
    1684: "Kortfristiga fordringar hos leverantörer",
    1686: "Fordringar för kontokort och kuponger",
    1689: "Övriga kortfristiga fordringar",
    1910: "Kassa",
    1920: "PlusGiro",
    1930: "Företagskonto",
    1940: "Övriga bankkonton",
    1990: "Redovisningsmedel",
    2081: "Aktiekapital",
    2091: "Balanserad vinst eller förlust",
    2420: "Förskott från kunder",
    2440: "Leverantörsskulder",
    2611: "Utgående moms på försäljning inom Sverige, 25 %",
    2621: "Utgående moms på försäljning inom Sverige, 12 %",
    2631: "Utgående moms på försäljning inom Sverige, 6 %",
    2641: "Debiterad ingående moms",
    2645: "Beräknad ingående moms på förvärv från utlandet",
    2614: "Utgående moms omvänd skattskyldighet, 25 %",
    2650: "Redovisningskonto för moms",
    2811: "Avräkning för factoring",
    2890: "Övriga kortfristiga skulder",
    3001: "Försäljning inom Sverige, 25 % moms",
    3002: "Försäljning inom Sverige, 12 % moms",
    3003: "Försäljning inom Sverige, 6 % moms",
    3004: "Försäljning inom Sverige, momsfri",
    3540: "Faktureringsavgifter",
    3590: "Övriga fakturerade kostnader",
    3740: "Öres- och kronutjämning",
    3950: "Återvunna, tidigare avskrivna kundfordringar",
    3960: "Valutakursvinster på fordringar och skulder av rörelsekaraktär",
    3990: "Övriga ersättningar och intäkter",
    4010: "Inköp material och varor",
    5010: "Lokalhyra",
    6061: "Kreditupplysning",
    6062: "Inkasso och KFM-avgifter",
    6063: "Kreditförsäkringspremier",
    6064: "Factoringavgifter",
    6069: "Övriga kreditförsäljningskostnader",
    6351: "Konstaterade förluster på kundfordringar",
    6352: "Befarade förluster på kundfordringar",
    6570: "Bankkostnader",
    7960: "Valutakursförluster på fordringar och skulder av rörelsekaraktär",
    8310: "Ränteintäkter från omsättningstillgångar",
    8311: "Ränteintäkter från bank",
    8313: "Ränteintäkter från kortfristiga fordringar",
    8400: "Räntekostnader",
}
VAT_CODES = {3001: "MP1", 3002: "MP2", 3003: "MP3", 3004: "MF", 2611: "U1", 2621: "U2", 2631: "U3", 2641: "I"}
PREDEFINED_ACCOUNTS = {
    "ADMFEE": 3540,
    "AG": 1930,
    "BG": 1930,
    "CASH": 1910,
    "CASHBYCARD": 1580,
    "CURRENCYLOSS": 7960,
    "CURRENCYWIN": 3960,
    "CUSTCLAIM": 1510,
    "DEMAND": 3590,
    "FACTORING": 1512,
    "INTEREST": 8313,
    "INVAT": 2641,
    "OUTVAT_MP1": 2611,
    "OUTVAT_MP2": 2621,
    "OUTVAT_MP3": 2631,
    "PG": 1920,
    "ROUNDOFF": 3740,
    "SALES_25_SE": 3001,
    "SALES_12_SE": 3002,
    "SALES_6_SE": 3003,
    "SALES_0_SE": 3004,
}
SERIES = {
    "A": ("Redovisning", True),
    "B": ("Kundfakturor", False),
    "C": ("Inbetalningar från kunder", False),
    "D": ("Leverantörsfakturor", False),
    "E": ("Utbetalningar till leverantörer", False),
    "F": ("Bankhändelser", True),
    "I": ("Inkasso", True),
}
"""Code to description and whether it is open for manual posting."""
PREDEFINED_SERIES = {
    "INVOICE": "B",
    "INVOICEPAYMENT": "C",
    "CASHINVOICE": "B",
    "SUPPLIERINVOICE": "D",
    "SUPPLIERPAYMENT": "E",
}
MODES_OF_PAYMENT = {
    "AG": ("Autogiro", 1930),
    "BG": ("Bankgiro", 1930),
    "K": ("Kontant", 1910),
    "PG": ("PlusGiro", 1920),
}
VAT_ACCOUNTS = {25: ("SALES_25_SE", "OUTVAT_MP1"), 12: ("SALES_12_SE", "OUTVAT_MP2"), 6: ("SALES_6_SE", "OUTVAT_MP3")}
CURRENCY_RATES = {"SEK": "1", "EUR": "11.2", "DKK": "1.5", "NOK": "0.97", "USD": "10.4", "GBP": "13.3"}
COUNTRIES = {"SE": "Sverige", "DK": "Denmark", "NO": "Norway", "FI": "Finland", "DE": "Germany"}
"""Country code to the name the vendor shows: Swedish for Sweden, English for the rest."""
INBOX_FOLDERS = {
    "inbox_a": "Anläggningsregister",
    "inbox_b": "Bankfiler",
    "inbox_d": "Dagskassor",
    "inbox_kf": "Kundfakturor",
    "inbox_l": "Lönefiler",
    "inbox_o": "Order",
    "inbox_of": "Offerter",
    "inbox_s": "Leverantörsfakturor",
    "inbox_v": "Verifikationer",
}

_EMPTY_INVOICE_TEXTS = words(
    "Address1 Address2 City Comments CostCenter Country CustomerName DeliveryAddress1 DeliveryAddress2 DeliveryCity "
    "DeliveryCountry DeliveryName DeliveryZipCode ExternalInvoiceReference1 ExternalInvoiceReference2 InvoicePeriodEnd "
    "InvoicePeriodStart OrganisationNumber OurReference PaymentWay Phone1 Phone2 Project Remarks TermsOfDelivery "
    "WayOfDelivery YourOrderNumber YourReference ZipCode"
)
_ZERO_INVOICE_NUMBERS = words(
    "AdministrationFee AdministrationFeeVAT Balance BasisTaxReduction ContributionPercent ContributionValue Freight FreightVAT "
    "Gross Net Reminders RoundOff Total TotalToPay TotalVAT"
)
_FALSE_INVOICE_FLAGS = words("Booked Cancelled EUQuarterlyReport HouseWork NotCompleted NoxFinans Sent VATIncluded")
_NULL_INVOICE_FIELDS = words(
    "DeliveryDate FinalPayDate LastRemindDate TaxReduction TimeBasisReference VoucherNumber VoucherSeries VoucherYear"
)
LIST_KEYS = words(
    "@url Balance Booked Cancelled CostCenter Currency CurrencyRate CurrencyUnit CustomerName CustomerNumber DocumentNumber "
    "DueDate ExternalInvoiceReference1 ExternalInvoiceReference2 InvoiceDate InvoiceType NoxFinans OCR VoucherNumber "
    "VoucherSeries VoucherYear WayOfDelivery TermsOfPayment Project Sent Total FinalPayDate"
)
"""The 27 keys of a recorded invoice list row, in their order."""


def empty_invoice() -> Json:
    """Return an invoice detail with every recorded key and the recorded kind of emptiness (null, "", "0", 0)."""
    edi = (
        "GlobalLocationNumber",
        "GlobalLocationNumberDelivery",
        "InvoiceExtra1",
        "InvoiceExtra2",
        "OurElectronicReference",
    )
    return {
        **dict.fromkeys(_EMPTY_INVOICE_TEXTS, ""),
        **dict.fromkeys(_ZERO_INVOICE_NUMBERS, 0),
        **dict.fromkeys(_FALSE_INVOICE_FLAGS, False),
        **dict.fromkeys(_NULL_INVOICE_FIELDS),
        **dict.fromkeys(("CreditInvoiceReference", "InvoiceReference", "OfferReference", "OrderReference"), "0"),
        "AccountingMethod": "ACCRUAL",
        "ContractReference": "0",
        "Credit": "false",
        "Currency": "SEK",
        "CurrencyRate": 1,
        "CurrencyUnit": 1,
        "EDIInformation": {**{f"EDI{name}": None for name in (*edi, "YourElectronicReference")}, "EDIStatus": ""},
        "EmailInformation": {
            "EmailAddressFrom": None,
            "EmailAddressTo": "",
            "EmailAddressCC": None,
            "EmailAddressBCC": None,
            "EmailSubject": "Faktura {no} bifogas",
            "EmailBody": " ",
        },
        "InvoiceRows": [],
        "InvoiceType": "INVOICE",
        "Labels": [],
        "Language": "SV",
        "PriceList": "A",
        "PrintTemplate": "st",
        "TaxReductionType": "none",
        "TermsOfPayment": "30",
        "WarehouseReady": True,
    }


_NULL_CUSTOMER_FIELDS = words(
    "Address1 Address2 City Country Comments CostCenter CountryCode DeliveryAddress1 DeliveryAddress2 DeliveryCity DeliveryCountry "
    "DeliveryCountryCode DeliveryFax DeliveryName DeliveryPhone1 DeliveryPhone2 DeliveryZipCode ExternalReference Fax GLN "
    "GLNDelivery InvoiceAdministrationFee InvoiceDiscount InvoiceFreight Phone1 Phone2 SalesAccount VisitingAddress VisitingCity "
    "VisitingCountry VisitingCountryCode VisitingZipCode ZipCode"
)
_EMPTY_CUSTOMER_TEXTS = words(
    "Email EmailInvoice EmailInvoiceBCC EmailInvoiceCC EmailOffer EmailOfferBCC EmailOfferCC EmailOrder EmailOrderBCC EmailOrderCC "
    "InvoiceRemark Name OrganisationNumber OurReference Project TermsOfDelivery TermsOfPayment VATNumber WayOfDelivery WWW "
    "YourReference"
)


def empty_customer() -> Json:
    """Return a customer detail: addresses and phones null when unset, e-mails and references "" (as recorded)."""
    return {
        **dict.fromkeys(_NULL_CUSTOMER_FIELDS),
        **dict.fromkeys(_EMPTY_CUSTOMER_TEXTS, ""),
        "Active": True,
        "Currency": "SEK",
        "DefaultDeliveryTypes": dict.fromkeys(("Invoice", "Order", "Offer"), "PRINT"),
        "DefaultTemplates": dict.fromkeys(("Order", "Offer", "Invoice", "CashInvoice"), "DEFAULTTEMPLATE"),
        "PriceList": "A",
        "ShowPriceVATIncluded": False,
        "Type": "COMPANY",
        "VATType": "SEVAT",
    }
