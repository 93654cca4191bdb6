"""Connectors: one folder per accounting system, all with the same file names and none knowing another."""
