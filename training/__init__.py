"""Findings, films, tables, classifiers, fine-tuning and evaluation."""
