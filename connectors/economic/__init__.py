"""e-conomic (Denmark): reads booked invoices and the debtors' ledger, books collected payments and settlements by journals.

API: the old REST host (https://restdocs.e-conomic.com) for invoices, customers and the chart, and the services of
https://apis.e-conomic.com in pinned versions for what is written. Checked last: 2026-11-26, against the vendor's schemas and
recorded answers; never against a live agreement (see README.md).
"""
