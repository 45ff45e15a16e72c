"""Hashes of released prompt versions. A released version never changes: write the next version instead.

A test holds the files against this table. Reports carry the hash of the prompt they were written with.
"""

from __future__ import annotations

RELEASED: dict[str, str] = {
    "narrator@v1": "3d83593aec9818b2f25e33838d47a11ec166e811dc13b92eb771361fe3551f0b",
}
