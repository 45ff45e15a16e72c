"""Pictures of a case: film, heatmaps, boxes and scores side by side."""
