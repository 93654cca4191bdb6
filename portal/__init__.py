"""What is served over HTTP: the claims feed for agencies (the portal's pages come later)."""
