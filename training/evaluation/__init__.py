"""How well a classifier does: scores with intervals, thresholds, calibration, subgroups, plots."""
