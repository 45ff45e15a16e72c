"""One synthetic film: a patient and an acquisition drawn from a seed, the findings asked for, labels and boxes."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import RequestError
from ..findings import CHEXPERT
from .acquisition import Domain, Pose, domain_named, expose, finish
from .anatomy import Projection, sample_body
from .cases import sample_findings
from .lesions import Plan, draw_findings, plan_findings
from .projection import project
from .strokes import Grid

SIZES = (96, 2048)

THROUGH_HEART = 25.0
"""mm of heart along the ray from which a place counts as heart, not as the lung before and behind it."""

FindingBox = tuple[str, float, float, float, float]


@dataclass(frozen=True)
class SyntheticFilm:
    """A film with everything that is true of it."""

    pixels: np.ndarray
    """(H, W) float32 in [0, 1], bright = dense."""
    labels: dict[str, int]
    """0 or 1 for each of CheXpert's 14 findings; a finding's ancestors are 1 with it."""
    boxes: list[FindingBox]
    """(finding, x1, y1, x2, y2) in pixels, one or more for every positive finding but No Finding."""
    projection: Projection
    sex: Literal["Male", "Female"]
    age: int
    """Years."""
    marker: str
    """The side marker on the film: `R`, `L` or "" for none. Both stand on the patient's side they name."""
    lungs: np.ndarray
    """(2, H, W) bool: the patient's right and left lung above the diaphragm and beside the heart, whatever fills it."""
    spine: tuple[tuple[float, float], tuple[float, float]]
    """(x, y) in pixels of two points of the body's midline: at the height of the apices, and 200 mm below."""
    domain: str
    seed: int


def stream(seed: int, *names: str) -> np.random.Generator:
    """A random stream of its own for each purpose, so that one finding does not change the rest of the film."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def synthesize_film(
    seed: int, domain: Domain | str, findings: Sequence[str] | None = None, size: int = 512
) -> SyntheticFilm:
    """Draw one frontal film, the same for the same arguments.

    `findings` None draws them too; a list gives exactly those (with their ancestors), an empty one a normal film. The
    patient, position and exposure depend on `seed` and `domain` alone. `RequestError` for an unknown domain or
    finding, or a size outside 96 to 2048.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise RequestError(f"size {size} is outside {SIZES[0]} to {SIZES[1]} pixels")
    if seed < 0:
        raise RequestError(f"seed {seed} is negative; a seed is 0 or more")
    style = domain_named(domain)
    person = stream(seed, style.name, "person")
    projection: Projection = "AP" if person.random() < style.ap else "PA"
    sex: Literal["Male", "Female"] = "Female" if person.random() < 0.46 else "Male"
    age = int(np.clip(person.normal(57, 17), 18, 90))
    if findings is None:
        findings = sample_findings(stream(seed, style.name, "case"), projection)
    labels = labels_of(findings)

    plan = plan_findings(labels, lambda name: stream(seed, style.name, "plan", name))
    view = stream(seed, style.name, "view")
    field = view.uniform(*style.field)
    pose = Pose(degrees=float(view.uniform(*style.rotation)))
    aim = view.uniform(-1, 1, 2) * style.shift
    grid = Grid(size, size / field, left=aim[0] - field / 2, top=aim[1] - 0.16 * field)

    def body_with(plan: Plan):
        return sample_body(
            stream(seed, style.name, "body"),
            style.variety,
            projection,
            sex,
            age,
            cardiomegaly=plan.cardiomegaly,
            widening=plan.widening,
        )

    body = body_with(plan)
    body.breaks = plan.breaks
    chest = project(body, grid, stream(seed, style.name, "inside"), congestion=plan.congestion)
    reference, lung = chest.tissue(), chest.lung
    boxes = draw_findings(chest, plan, lambda name: stream(seed, style.name, "draw", name))
    film = expose(
        pose.apply(chest.tissue()),
        reference,
        lung,
        grid=grid,
        domain=style,
        rng=stream(seed, style.name, "exposure"),
    )
    pixels, marker = finish(film, style, projection, stream(seed, style.name, "finish"))
    placed = [(name, pose.box(box, size)) for name, box in boxes]
    free = chest.heart < THROUGH_HEART
    upper, lower = grid.to_pixels(np.array([(0.0, 0.0), (0.0, 200.0)]))
    return SyntheticFilm(
        pixels=pixels,
        labels=labels,
        boxes=[(name, *box) for name, box in placed if box is not None],
        projection=projection,
        sex=sex,
        age=age,
        marker=marker,
        lungs=np.stack([pose.apply(chest.cover[side] * free) > 0.5 for side in (-1, 1)]),
        spine=(pose.point(upper, size), pose.point(lower, size)),
        domain=style.name,
        seed=seed,
    )


def labels_of(findings: Sequence[str]) -> dict[str, int]:
    """All 14 labels from the findings asked for; `RequestError` for an unknown one or No Finding beside another."""
    names = {CHEXPERT.get(name).name for name in findings}
    for name in list(names):
        names.update(CHEXPERT.ancestors(name))
    sick = names - {"No Finding", "Support Devices"}
    if "No Finding" in names and sick:
        raise RequestError(f"'No Finding' cannot stand beside {', '.join(sorted(sick))}; leave one of them out")
    return {name: int(name in names if name != "No Finding" else not sick) for name in CHEXPERT.names}
