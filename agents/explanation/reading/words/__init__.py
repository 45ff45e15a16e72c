"""The words sentences are told in, and how they are spelled."""
