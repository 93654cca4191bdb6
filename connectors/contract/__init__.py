"""The kit for connectors: what the contract suite asks of a bench, the suite, and the parts a bench is put together from."""
