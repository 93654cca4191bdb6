"""Hostile stand-ins for the vendors and agencies, written from specs and recorded answers; they import nothing of ours."""
