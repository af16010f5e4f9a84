"""Measures Rollcall against the best that the database and the provider allow, both sides in one run."""
