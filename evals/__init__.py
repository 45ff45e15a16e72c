"""Scores of explanations and models against ground truth."""
