"""Heatmaps: one pass for every finding, other methods, boxes from them, two models' attention compared."""
