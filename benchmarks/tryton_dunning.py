"""Tryton's account_dunning on the same lines; runs in an environment of its own (`pip install trytond trytond-account-dunning`).

    python benchmarks/tryton_dunning.py < lines.json      {"today": "2025-06-16", "lines": [["1250.00", "2025-05-01"], …]}

1. An empty SQLite database in memory, a company, a chart, a procedure of two levels (7 and 30 days after maturity, as our template has
   about it), a posted receivable line for each of the lines.
2. `decide`: what `generate_dunnings` does with lines that have no dunning yet (search, browse, test each level), without saving.
3. `generate`: the whole of it, saved. `again`: the same day once more, when every dunning waits and nothing is to be done.
Prints one JSON object with seconds of processor time.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

os.environ.setdefault("TRYTOND_DATABASE_URI", "sqlite://")
os.environ.setdefault("DB_NAME", ":memory:")


def main() -> None:
    """Set the database up, run and print."""
    import trytond
    from trytond.tests.test_tryton import activate_module, with_transaction

    given = json.load(sys.stdin)
    today = date.fromisoformat(given["today"])
    activate_module("account_dunning")

    run = with_transaction()(_run)
    print(json.dumps({"version": trytond.__version__, "lines": len(given["lines"]), **run(today, given["lines"])}))


def _run(today: date, rows: list[tuple[str, str]]) -> dict[str, Any]:
    from trytond.modules.account.tests import create_chart, get_fiscalyear
    from trytond.modules.company.tests import create_company, set_company
    from trytond.pool import Pool

    company = create_company()
    with set_company(company):
        create_chart(company)
        dunning, line = Pool().get("account.dunning"), Pool().get("account.move.line")
        _add_lines(company, today, rows, get_fiscalyear)
        spent: dict[str, Any] = {}
        started = time.process_time()
        found = line.browse(line.search(dunning._overdue_line_domain(today)))
        decided = [dunning._get_dunning(one, today) for one in found]
        spent["decide_s"] = time.process_time() - started
        spent["overdue"], spent["to_dun"] = len(decided), sum(one is not None for one in decided)
        started = time.process_time()
        dunning.generate_dunnings(today)
        spent["generate_s"] = time.process_time() - started
        dunning.process(dunning.search([]))
        started = time.process_time()
        dunning.generate_dunnings(today)
        spent["again_s"] = time.process_time() - started
        spent["waiting"] = dunning.search([("state", "=", "waiting")], count=True)
    return spent


def _add_lines(company: Any, today: date, rows: list[tuple[str, str]], get_fiscalyear: Any) -> None:
    from trytond.pool import Pool

    get = Pool().get
    year = get_fiscalyear(company, today=today)
    year.save()
    get("account.fiscalyear").create_period([year])
    period = get("account.period").search([("start_date", "<=", today), ("end_date", ">=", today)])[0]
    accounts = get("account.account").search([("type", "!=", None)])
    receivable = next(one for one in accounts if one.type.receivable and not one.childs)
    revenue = next(one for one in accounts if one.type.revenue and not one.childs)
    journal = get("account.journal").search([("code", "=", "REV")])[0]
    (procedure,) = get("account.dunning.procedure").create(
        [{"name": "as ours", "levels": [("create", [{"sequence": 1, "overdue": timedelta(7)}, {"sequence": 2, "overdue": timedelta(30)}])]}]
    )
    (party,) = get("party.party").create([{"name": "Kund", "dunning_procedure": procedure.id}])
    move = get("account.move")
    for start in range(0, len(rows), 1000):
        move.create(
            [
                {
                    "period": period.id, "journal": journal.id, "date": period.start_date, "company": company.id,
                    "lines": [
                        ("create", [
                            {"account": revenue.id, "credit": Decimal(amount), "debit": Decimal(0)},
                            {"account": receivable.id, "debit": Decimal(amount), "credit": Decimal(0), "party": party.id,
                             "maturity_date": date.fromisoformat(due)},
                        ]),
                    ],
                }
                for amount, due in rows[start : start + 1000]
            ]
        )  # fmt: skip


if __name__ == "__main__":
    main()
