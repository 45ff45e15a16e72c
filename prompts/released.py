"""Hashes of released prompt versions. A released version never changes: write the next version instead.

A test holds the files against this table. Reports carry the hash of the prompt they were written with.
"""

from __future__ import annotations

RELEASED: dict[str, str] = {
    "narrator@v1": "TODO",
}
