"""How well heatmaps point at what readers drew."""
