"""Agreement against scikit-learn and the worked examples of the papers."""

from __future__ import annotations

import numpy as np
import pytest
from cxr_lens.evals.scoring.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from sklearn.metrics import cohen_kappa_score


def test_cohen_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    for size in (5, 40, 300):
        a, b = rng.integers(0, 3, size), rng.integers(0, 3, size)
        b[: size // 2] = a[: size // 2]
        assert cohen_kappa(a.tolist(), b.tolist()) == pytest.approx(cohen_kappa_score(a, b))


def test_fleiss_of_his_own_table() -> None:
    """14 raters, 10 subjects, 5 categories: kappa 0.210 (Fleiss 1971, as tabled in Wikipedia's article on it)."""
    table = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    units = [[k for k, count in enumerate(row) for _ in range(count)] for row in table]
    assert fleiss_kappa(units) == pytest.approx(0.210, abs=0.0005)


def test_alpha_of_krippendorffs_own_table() -> None:
    """Four observers, twelve units, some left out: nominal alpha 0.743 (Computing Krippendorff's Alpha, 2011)."""
    rows = ["123321412...", "1233224125.3", ".3332342251.", "1233244125" + "1."]
    units = [[row[k] for row in rows if row[k] != "."] for k in range(12)]
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_perfect_worst_empty_and_one_category() -> None:
    assert (
        cohen_kappa([1, 0, 1], [1, 0, 1])
        == fleiss_kappa([[1, 1], [0, 0]])
        == krippendorff_alpha([[1, 1], [0, 0]])
        == 1
    )
    assert cohen_kappa([1, 0], [0, 1]) == fleiss_kappa([[1, 0], [0, 1]]) == -1
    assert (krippendorff_alpha([[1, 0], [0, 1]]) or 0) < 0
    for empty in (cohen_kappa([], []), fleiss_kappa([]), krippendorff_alpha([]), krippendorff_alpha([[1], [0]])):
        assert empty is None
    for constant in (cohen_kappa([1, 1], [1, 1]), fleiss_kappa([[1, 1]]), krippendorff_alpha([[1, 1], [1, 1]])):
        assert constant is None
    with pytest.raises(ValueError, match="same number"):
        fleiss_kappa([[1, 1], [1]])
