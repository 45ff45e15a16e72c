"""Reads the claims out of a sentence of free English, one file per kind of claim."""
