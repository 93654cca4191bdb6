"""One run of one tenant: recover → sweep → listen → decide → act → book → audit."""
