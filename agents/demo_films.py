"""Picks the demo's films from a seeded pool; for maintainers, after the bundled pair was trained anew.

    python -m cxr_lens.agents.demo_films --out training/bundled/films --seed 9000 --pool 60

The rule: synthesise films of domain B (the fine-tuned model's) from the seeds in order, judge both models on each
film as stored, and keep the first two that are easy, the first two average and the first two hard. Nothing else
decides.
The rule, the seeds and how often each level came stand in `dataset.yaml` beside the films.
"""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from ..tools.compare_models import compare_models
from ..tools.schemas import CompareModelsInput, GroundTruth, TruthValue
from ..tools.workbench import Workbench
from ..training.console import CommandParser, say
from ..training.errors import RequestError
from ..training.findings import CHEXPERT
from ..training.models.checkpoints import write_atomically
from ..training.models.classifier import Classifier
from ..training.models.families import load_pair
from ..training.radiographs.quality import assess_quality
from ..training.radiographs.radiograph import read_radiograph
from ..training.synthetic import SyntheticFilm, synthesize_film
from ..training.synthetic.dataset import COMMENT, QUALITY
from .demo import BOXES, LEVELS, TABLE
from .difficulty import true_difficulty

DOMAIN, SIZE, EACH = "B", 512, 2
RULE = f"the first {EACH} films of each level (easy, average, hard by ground truth with the mini pair), in seed order"


@dataclass(frozen=True)
class Pick:
    """A film that was kept."""

    seed: int
    level: str
    film: SyntheticFilm
    jpeg: bytes

    @property
    def path(self) -> str:
        """In the table; the patient's number is the seed."""
        return f"demo/patient{self.seed:05d}/study1/view1_frontal.jpg"


def pick_films(pair: tuple[Classifier, Classifier], seed: int, pool: int) -> tuple[list[Pick], Counter[str]]:
    """The films kept, level by level, and how many of the pool were of each level."""
    kept: dict[str, list[Pick]] = {level: [] for level in LEVELS}
    counts: Counter[str] = Counter()
    for s in range(seed, seed + pool):
        film = synthesize_film(s, DOMAIN, size=SIZE)
        jpeg = encode_film(film.pixels)
        level = judge_film(film, jpeg, pair)
        counts[level or "not judged"] += 1
        if level is not None and len(kept[level]) < EACH:
            kept[level].append(Pick(s, level, film, jpeg))
    return [pick for level in LEVELS for pick in kept[level]], counts


def judge_film(film: SyntheticFilm, jpeg: bytes, pair: tuple[Classifier, Classifier]) -> str | None:
    """The level of a film as it will be read from the bundle, None where nothing could be judged."""
    read = read_radiograph(jpeg)
    truth = GroundTruth(
        case_id="demo",
        findings={name: TruthValue(value="positive" if on else "negative") for name, on in film.labels.items()},
        source="simulated",
        table=TABLE,
    )
    bench = Workbench("demo", read, assess_quality(read), *pair, truth=truth, revealed=True)
    return true_difficulty(compare_models(bench, CompareModelsInput()))


def encode_film(pixels: np.ndarray) -> bytes:
    """(H, W) f32 in [0, 1] -> 8-bit grey JPEG as `cxr-lens data synthesize` writes it."""
    out = io.BytesIO()
    grey = Image.fromarray(np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    grey.save(out, "JPEG", quality=QUALITY, comment=COMMENT)
    return out.getvalue()


def write_films(out: Path, picks: list[Pick], counts: Counter[str], seed: int, pool: int) -> None:
    """Films, `demo.csv`, `boxes.csv` and `dataset.yaml` into `out`."""
    for pick in picks:
        write_atomically(out / pick.path, pick.jpeg)
    rows = [
        {
            "Path": pick.path,
            "Sex": pick.film.sex,
            "Age": pick.film.age,
            "Frontal/Lateral": "Frontal",
            "AP/PA": pick.film.projection,
            **{name: f"{float(pick.film.labels[name]):.1f}" for name in CHEXPERT.names},
        }
        for pick in picks
    ]
    boxes = [
        {"Path": pick.path, "Finding": box[0], **dict(zip(("x1", "y1", "x2", "y2"), box[1:], strict=True))}
        for pick in picks
        for box in pick.film.boxes
    ]
    write_atomically(out / TABLE, _csv(rows, list(rows[0])))
    write_atomically(out / BOXES, _csv(boxes, ["Path", "Finding", "x1", "y1", "x2", "y2"]))
    found = ", ".join(f"{counts[level]} {level}" for level in (*LEVELS, "not judged") if counts[level])
    about = {
        "truth_source": "simulated",
        "about": f"Demo films, domain {DOMAIN}, {SIZE} px. Rule: {RULE}. Pool: seeds {seed} to {seed + pool - 1}, of "
        f"which {found}. Kept: {', '.join(f'{pick.seed} ({pick.level})' for pick in picks)}.",
    }
    write_atomically(out / "dataset.yaml", yaml.safe_dump(about, sort_keys=False, width=110))


def _csv(rows: list[dict], columns: list[str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def main(arguments: list[str] | None = None) -> int:
    parser = CommandParser("demo-films", "Pick the demo's films from a seeded pool of synthetic ones.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--pool", type=int, default=60)
    asked = parser.parse_args(arguments)
    picks, counts = pick_films(load_pair("mini"), asked.seed, asked.pool)
    if not picks:
        raise RequestError("no film of the pool could be judged")
    write_films(asked.out, picks, counts, asked.seed, asked.pool)
    say(f"kept {', '.join(f'{p.seed} {p.level}' for p in picks)}; pool: {dict(counts)}")
    missing = [f"{level} ({counts[level]} of {EACH})" for level in LEVELS if counts[level] < EACH]
    if missing:
        say(f"too few in this pool: {', '.join(missing)}; take a larger --pool")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
