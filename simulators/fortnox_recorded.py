"""Loads recorded Fortnox answers (VCR cassettes) into a simulated company, bodies unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path

from simulators import fortnox_chart as chart
from simulators.fortnox_company import Company, CustomerRecord, customer_row
from simulators.fortnox_invoicing import InvoiceRecord, list_row
from simulators.fortnox_world import Json, money


@dataclass(frozen=True)
class Recorded:
    """One recorded JSON body and when it was recorded."""

    at: datetime
    body: Json


def read_cassettes(folder: Path) -> list[Recorded]:
    """Return every recorded success with a JSON body under the folder, oldest first."""
    found = [recorded for path in sorted(folder.rglob("*.yml")) for recorded in _interactions(path)]
    return sorted(found, key=lambda recorded: recorded.at)


def load(company: Company, folder: Path) -> dict[str, int]:
    """Put recorded customers and invoices into a company and return how many of each; the latest body of a number wins."""
    bodies = read_cassettes(folder)
    details, rows, times = _latest(bodies, "Customer", "CustomerNumber")
    for number in details | rows:
        detail = details.get(number) or _customer_from_row(rows[number])
        company.customers[number] = CustomerRecord(detail, rows.get(number) or customer_row(detail), times[number])
    customers = len(details | rows)
    details, rows, times = _latest(bodies, "Invoice", "DocumentNumber")
    for number in details | rows:
        detail = details.get(number) or _invoice_from_row(rows[number])
        row = rows.get(number) or list_row(detail)
        company.invoicing.records[number] = InvoiceRecord(detail, row, times[number], money(detail["Balance"]))
    return {"customers": customers, "invoices": len(details | rows), "bodies": len(bodies)}


def _interactions(path: Path) -> Iterator[Recorded]:
    import yaml  # noqa: PLC0415 - only here: the simulator itself needs nothing but the standard library

    for interaction in yaml.safe_load(path.read_text(encoding="utf-8"))["http_interactions"]:
        response = interaction["response"]
        text = response["body"]["string"]
        text = text.decode("utf-8") if isinstance(text, bytes) else text
        if response["status"]["code"] not in (200, 201) or not text.startswith("{"):
            continue
        yield Recorded(parsedate_to_datetime(interaction["recorded_at"]), json.loads(text, parse_float=Decimal))


def _latest(bodies: list[Recorded], key: str, number: str) -> tuple[dict[str, Json], dict[str, Json], dict[str, float]]:
    details: dict[str, Json] = {}
    rows: dict[str, Json] = {}
    times: dict[str, float] = {}
    for recorded in bodies:
        for target, found in ((details, [recorded.body.get(key)]), (rows, recorded.body.get(f"{key}s", []))):
            for value in found:
                if isinstance(value, dict) and number in value:
                    target[value[number]] = value
                    times[value[number]] = recorded.at.timestamp()
    return details, rows, times


def _invoice_from_row(row: Json) -> Json:
    number = row["DocumentNumber"]
    more = {"@urlTaxReductionList": f"{row['@url'].rsplit('/', 2)[0]}/taxreductions?filter=invoices&referencenumber={number}"}
    rate = Decimal(str(row["CurrencyRate"]))
    sums = {"TotalToPay": row["Total"], "OutboundDate": row["InvoiceDate"]}
    return {**chart.empty_invoice(), **more, **row, **sums, "CurrencyRate": rate}


def _customer_from_row(row: Json) -> Json:
    known = {name: value for name, value in row.items() if name != "Phone" and value != ""}
    return {**chart.empty_customer(), **known, "Phone1": row["Phone"] or None}
