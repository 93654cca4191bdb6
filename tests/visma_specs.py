"""The published models of eAccounting, from the three specifications there are, and what in a body does not fit them.

2018 is whole and old, 2021 has names and types, 2026 lengths and enumerations of the models a collector needs. A field must be known
to one of them, and fit each that knows it.
"""

import json
import re
from functools import cache
from pathlib import Path

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z?)?")
SUBSETS = {"CompanySettingsApi": "CompanySettingsApi (collection-relevant subset)"}
TYPES_2021 = {"string": str, "int": int, "double": (int, float), "bool": bool, "DateTime": str}
# Where two specifications disagree, the newer one is right: values since added to an enumeration, ids that were text before.
GROWN = {"SendType", "PaymentType", "DocumentType", "ProductVariant", "AttachedDocumentType", "BankAccountType", "VoucherType"}
MODELS_2026 = {"PaymentReminderEmailApi": {"EmailDetails": "EmailApi"}, "CustomerInvoiceApi": {"Rows": "CustomerInvoiceRowApi"},
               "VoucherApi": {"Rows": "VoucherRowApi"}, "BankTransactionApi": {"Rows": "BankTransactionRowApi"},
               "CustomerApi": {"CustomerLabels": "CustomerLabelApi"}}  # fmt: skip


@cache
def load(folder, name):
    roots = (Path(folder), Path(folder) / "specs")
    path = next(root / f"visma/{name}" for root in roots if (root / "visma").is_dir())
    return json.loads(path.read_text(encoding="utf-8"))


def models(folder, name):
    """The model in each specification that has it, as property → schema and the required names."""
    new = load(folder, "eaccounting-v2-2026-09-extract.json")["schemas"]
    old = load(folder, "eaccounting-v2-swagger-2018.json")["definitions"]
    middle = load(folder, "eaccounting-v2-2021-04-extract.json")["models"]
    found = []
    if (schema := new.get(SUBSETS.get(name, name))) is not None:
        found.append((schema["properties"], schema["required"], True))
    if name in middle:
        found.append(({one["name"]: {"2021": one["type"]} for one in middle[name]}, [], False))
    if name in old:
        found.append((old[name]["properties"], [], False))
    assert found, f"no specification has {name}"
    return found


def problems(folder, name, body, *, answer=True):
    """What of a body does not fit its model; `answer` is false for what is sent, which needs no read-only field and must have none."""
    known, wrong = set(), []
    for properties, required, newest in models(folder, name):
        known |= set(properties)
        for field, schema in properties.items():
            if field not in body:
                missing = field in required and (answer or not schema.get("readOnly"))
                wrong += [f"{name}.{field} is missing"] if missing else []
                continue
            wrong += _wrong(f"{name}.{field}", body[field], schema, newest)
            if not answer and newest and schema.get("readOnly"):
                wrong.append(f"{name}.{field} is read-only")
    wrong += [f"{name}.{field} is in no specification" for field in sorted(set(body) - known)]
    for field, inner in MODELS_2026.get(name, {}).items():
        for one in body[field] if isinstance(body.get(field), list) else [body[field]] if body.get(field) else []:
            wrong += problems(folder, inner, one, answer=answer)
    return wrong


def _wrong(where, value, schema, newest):
    if "2021" in schema:
        kind = TYPES_2021.get(schema["2021"])
        fits = value is None or kind is None or (isinstance(value, kind) and not (kind is int and isinstance(value, bool)))
        return [] if fits else [f"{where} is no {schema['2021']}"]
    if value is None:
        return [] if not newest or schema.get("nullable") else [f"{where} is null"]
    kind = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "array": list, "object": dict}.get(schema.get("type"))
    if kind is not None and (not isinstance(value, kind) or (kind is not bool and isinstance(value, bool))):
        return [f"{where} is no {schema['type']}"]
    wrong = []
    if schema.get("format") == "uuid" and not GUID.fullmatch(value):
        wrong.append(f"{where} is no GUID")
    if schema.get("format") == "date-time" and not DAY.fullmatch(value):
        wrong.append(f"{where} is no date")
    if newest and len(value) > schema["maxLength"] if "maxLength" in schema else False:
        wrong.append(f"{where} is too long")
    allowed = {int(code) for code in schema.get("enum_meaning", {})} or set(schema.get("enum", ()))
    if allowed and value not in allowed and (newest or where.rsplit(".", 1)[1] not in GROWN):
        wrong.append(f"{where} is no value of its enumeration: {value}")
    return wrong
