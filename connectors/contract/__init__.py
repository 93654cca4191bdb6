"""The kit for connectors: what the contract suite asks of a bench, the suite, and the parts a bench is put together from.

`kravbro connectors check NAME` runs the suite over the bench of a connector that is installed; it needs the extra `kravbro[kit]`.
"""
