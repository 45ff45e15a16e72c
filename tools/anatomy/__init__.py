"""Anatomy on the film: lung outlines, zones, and where findings usually lie."""
