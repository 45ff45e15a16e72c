"""Rules that hold the claims of a sentence against the facts, one file per kind of claim."""
