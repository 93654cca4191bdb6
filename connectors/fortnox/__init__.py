"""Fortnox (Sweden): reads the sales ledger, books collected payments and settlements, marks invoices.

API: Fortnox REST v3, https://api.fortnox.se/apidocs (OpenAPI file of March 2026), https://www.fortnox.se/developer.
Checked last: 2026-11-22, against that file and recorded answers; never against a live company (see README.md).
"""
