"""Representative cases of each family, and a model's surest mistakes."""
