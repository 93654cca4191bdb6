"""Ways to debt collection agencies: one folder each, which imports nothing of the others."""
