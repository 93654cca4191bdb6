"""Adapters of debt-collection agencies; each implements `Channel` and `Reports` of `core.ports`."""
