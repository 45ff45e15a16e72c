"""Remarks on the film, on boxes, peaks, ranks, maps and places in set forms."""
