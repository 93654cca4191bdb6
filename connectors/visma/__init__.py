"""Visma eAccounting (Spiris): nothing here works yet; README.md says what is coming."""
