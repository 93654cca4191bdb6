"""Pure functions between eAccounting's JSON and our model; nothing here asks the vendor."""
