"""Batch runs: every film of a table or a folder to a report, resumable, on one machine or many."""
