"""Classifiers: families, networks, checkpoints, and where pretrained weights come from."""
