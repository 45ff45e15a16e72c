"""A small label table with two films that fail, and the tiny pair as the command takes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FILMS = 7


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory, film_pixels: np.ndarray) -> Path:
    """Seven films, the third one damaged and the fifth one missing."""
    root = tmp_path_factory.mktemp("set")
    rows = ["Path,AP/PA,Pleural Effusion,Edema"]
    for i in range(FILMS):
        path = root / "valid" / f"patient{i}" / "study1" / "view1_frontal.png"
        path.parent.mkdir(parents=True)
        pixels = np.roll(film_pixels, 7 * i, axis=0)
        Image.fromarray(np.round(pixels * 255).astype(np.uint8)).save(path)
        if i == 2:
            path.write_bytes(path.read_bytes()[:300])
        if i == 4:
            path.unlink()
        rows.append(f"set/valid/patient{i}/study1/view1_frontal.png,AP,{i % 2},0")
    (root / "valid.csv").write_text("\n".join(rows) + "\n")
    return root / "valid.csv"


@pytest.fixture
def pair_options(tiny_folders: dict[str, Path]) -> list[str]:
    return ["--baseline", str(tiny_folders["baseline"]), "--finetuned", str(tiny_folders["finetuned"])]
