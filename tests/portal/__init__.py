"""Tests of what agencies see over HTTP."""
