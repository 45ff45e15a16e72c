"""Hashes of released prompt versions. A released version never changes: write the next version instead.

A test holds the files against this table. Reports carry the hash of the prompt they were written with.
"""

from __future__ import annotations

RELEASED: dict[str, str] = {
    "narrator@v1": "d86ceb7183eda16e8c75ee59affd81105f29ef8458ca3e40cc2f473f9985f369",
}
