"""Which fields the Fortnox simulator takes in a body, of which type and length, and which characters in their texts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from simulators.fortnox_world import Json, RefusedError, Switches

# The vendor's list of valid characters (https://www.fortnox.se/developer/guides-and-good-to-know/formats-and-encoding):
# every letter, the digits and these. Straight quotation marks, brackets, pipe, tilde and tab are not among them.
PUNCTUATION = frozenset(" \u2013:.`\u00b4\u2019\\,;^¤#%§£$€¢¥©™°&/()=+-*_!?²³®½@\u00a0\u0308\u030a\n\r")
FREE_TEXTS = frozenset({"EmailSubject", "EmailBody"})
"""Fields whose recorded defaults hold characters off that list (`Faktura {no} bifogas`)."""


def _spec(text: str) -> dict[str, str]:
    return dict(item.split(":") for item in text.split())


INVOICE = _spec(
    "Address1:t1024 Address2:t1024 AdministrationFee:number City:t1024 Comments:t1024 CostCenter:t50 Country:t1024 "
    "CreditInvoiceReference:t50 Currency:t3 CurrencyRate:number CurrencyUnit:int CustomerName:t1024 CustomerNumber:t1024 "
    "DeliveryAddress1:t1024 DeliveryAddress2:t1024 DeliveryCity:t1024 DeliveryCountry:t1024 DeliveryDate:date "
    "DeliveryName:t1024 DeliveryZipCode:t1024 DocumentNumber:t50 DueDate:date EDIInformation:object "
    "EUQuarterlyReport:bool EmailInformation:object ExternalInvoiceReference1:t80 ExternalInvoiceReference2:t80 "
    "Freight:number InvoiceDate:date InvoiceRows:list InvoiceType:t50 Labels:list Language:t2 NotCompleted:bool OCR:t50 "
    "OurReference:t50 OutboundDate:date PaymentWay:t10 Phone1:t1024 Phone2:t1024 PriceList:t50 PrintTemplate:t50 "
    "Project:t50 Remarks:t1024 TaxReductionType:t10 TermsOfDelivery:t50 TermsOfPayment:t50 VATIncluded:bool "
    "WayOfDelivery:t50 YourOrderNumber:t75 YourReference:t50 ZipCode:t1024"
)
EMAIL_INFORMATION = _spec(
    "EmailAddressFrom:t1024 EmailAddressTo:t1024 EmailAddressCC:t1024 EmailAddressBCC:t1024 EmailSubject:t100 EmailBody:t20000"
)
INVOICE_ROW = _spec(
    "AccountNumber:int ArticleNumber:t50 CostCenter:t50 DeliveredQuantity:number Description:t255 Discount:number "
    "DiscountType:t10 HouseWork:bool HouseWorkHoursToReport:int HouseWorkType:t50 Price:number Project:t50 RowId:int "
    "StockPointCode:t50 Unit:t50 VAT:int VATCode:t50"
)
PAYMENT = _spec(
    "Amount:number AmountCurrency:number CurrencyRate:number InvoiceNumber:int ModeOfPayment:t50 ModeOfPaymentAccount:int "
    "PaymentDate:date WriteOffs:list Currency:t3"
)
WRITE_OFF = _spec("Amount:number AccountNumber:int CostCenter:t50 Currency:t3 Description:t200 Project:t50 TransactionInformation:t100")
VOUCHER = _spec("Description:t200 TransactionDate:date VoucherSeries:t10 VoucherRows:list Comments:t1000 CostCenter:t50 Project:t50")
VOUCHER_ROW = _spec(
    "Account:int Debit:number Credit:number Description:t200 CostCenter:t50 Project:t50 Quantity:number "
    "TransactionInformation:t100 Removed:bool"
)
MODE_OF_PAYMENT = _spec("Code:t50 Description:t200 AccountNumber:t4")
LABEL = _spec("Description:t25")
FILE_CONNECTION = _spec("FileId:t100 VoucherDescription:t200 VoucherNumber:t20 VoucherSeries:t10 VoucherYear:int")


def checked(body: Json, writable: dict[str, str], readonly: frozenset[str], switches: Switches) -> Json:
    """Return the writable fields with their values in the right types, or refuse the body."""
    result: Json = {}
    for name, value in body.items():
        if name in writable:
            result[name] = None if value is None else _converted(name, value, writable[name])
        elif name not in readonly or switches.readonly_fields == "refused":
            raise RefusedError(2001399, f"Ogiltigt fältnamn: {name}.")
    return result


def checked_rows(rows: Any, writable: dict[str, str], switches: Switches, readonly: frozenset[str] = frozenset()) -> list[Json]:
    """Return each row of a list checked, or refuse the list."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RefusedError(2001392, "Felaktig eller tom data skickades.")
    return [checked(row, writable, readonly, switches) for row in rows]


def required(body: Json, *names: str) -> None:
    """Refuse a body in which one of the fields is missing or empty."""
    missing = [name for name in names if body.get(name) in (None, "")]
    if missing:
        raise RefusedError(2001795, f"Obligatoriska fält saknas: {', '.join(missing)}.")


def _converted(name: str, value: Any, kind: str) -> Any:
    if kind.startswith("t"):
        return _text(name, value, int(kind[1:]))
    if value == "":
        return ""
    return _CONVERTERS[kind](name, value)


def _text(name: str, value: Any, longest: int) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise RefusedError(2000106, f"Värdet måste vara alfanumeriskt ({name}).")
    text = str(value)
    if len(text) > longest:
        raise RefusedError(2000107, f"Värdet är för långt ({name}).")
    if name not in FREE_TEXTS and not all(char.isalpha() or char in "0123456789" or char in PUNCTUATION for char in text):
        raise RefusedError(2000359, f"Otillåtna tecken i fältet ({name}).")
    return text


def _number(name: str, value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise RefusedError(2000108, f"Värdet måste vara numeriskt ({name}).")
    return number


def _whole(name: str, value: Any) -> int:
    number = _number(name, value)
    if number != number.to_integral_value():
        raise RefusedError(2000108, f"Värdet måste vara numeriskt ({name}).")
    return int(number)


def _flag(name: str, value: Any) -> bool:
    if value not in (True, False, "true", "false"):
        raise RefusedError(2000134, f"Värdet måste vara en boolean ({name}).")
    return value in (True, "true")


def _date(name: str, value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise RefusedError(2000588, f"Ogiltigt datum ({name}).") from None


def _object(name: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise RefusedError(2001392, f"Felaktig data ({name}).")
    return value


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise RefusedError(2001392, f"Felaktig data ({name}).")
    return value


_CONVERTERS = {"number": _number, "int": _whole, "bool": _flag, "date": _date, "object": _object, "list": _list}
