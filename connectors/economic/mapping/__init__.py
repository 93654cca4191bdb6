"""Pure functions between e-conomic's JSON and our model; nothing here sends a request."""
