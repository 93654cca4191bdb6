"""Visma eAccounting (Spiris Bokföring & Fakturering): reads the sales ledger, books collected payments and settlements, marks invoices.

API: eAccounting v2, https://developer.vismaonline.com (specifications of 2018, 2021 and September 2026).
Checked last: 2026-11-22, against those and the vendor's pages; never against a live company (see README.md).
"""
