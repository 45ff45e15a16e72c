"""Whether heatmaps depend on the weights, the film and what is scored."""
