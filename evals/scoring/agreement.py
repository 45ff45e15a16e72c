"""Agreement beyond chance between raters on categories. Each is 1 at perfect agreement, 0 at chance, below at worse.

None where chance alone would agree always (one category used), or nothing was rated twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Two raters on the same units (Cohen, Educational and Psychological Measurement 1960)."""
    pairs = list(zip(first, second, strict=True))
    if not pairs:
        return None
    n = len(pairs)
    a, b = Counter(x for x, _ in pairs), Counter(y for _, y in pairs)
    chance = sum(a[name] * b[name] for name in a) / n**2
    agreed = sum(x == y for x, y in pairs) / n
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def fleiss_kappa(units: Sequence[Sequence[Hashable]]) -> float | None:
    """The same number of ratings, two or more, on every unit (Fleiss, Psychological Bulletin 1971)."""
    if not units:
        return None
    raters = len(units[0])
    if raters < 2 or any(len(unit) != raters for unit in units):
        raise ValueError("every unit needs the same number of ratings, two or more")
    counts = [Counter(unit) for unit in units]
    agreed = sum(sum(k * (k - 1) for k in c.values()) for c in counts) / (len(units) * raters * (raters - 1))
    shares = Counter(value for unit in units for value in unit)
    chance = sum((k / (len(units) * raters)) ** 2 for k in shares.values())
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def krippendorff_alpha(units: Sequence[Sequence[Hashable]]) -> float | None:
    """Any number of ratings on a unit; those alone on theirs do not count. Nominal categories (Krippendorff, Content
    Analysis, 2004, chapter 11)."""
    paired = [Counter(unit) for unit in units if len(unit) >= 2]
    total = sum(c.total() for c in paired)
    if total == 0:
        return None
    observed = sum((c.total() ** 2 - sum(k * k for k in c.values())) / (c.total() - 1) for c in paired) / total
    values = sum(paired, Counter())
    expected = (total**2 - sum(k * k for k in values.values())) / (total * (total - 1))
    return None if expected == 0 else 1 - observed / expected
