"""e-conomic: nothing here works yet; README.md says what is coming."""
