"""Making a classifier: recipes, adapters, the training loop, and what a run leaves."""
