"""The part of Kravbro that knows no vendor and no agency: words, rules, journal, ledger and the run of a tenant."""
