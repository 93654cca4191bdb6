"""Bokhylla: a made-up accounting system of a few calls, with which the guide in CONTRIBUTING.md is followed from nothing."""
