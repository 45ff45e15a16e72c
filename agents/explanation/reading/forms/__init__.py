"""Statements in set forms: changes, comparisons, what two models have in common."""
