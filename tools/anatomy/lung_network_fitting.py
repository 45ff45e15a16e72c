"""Fits lung_network.safetensors: from synthetic films and lung masks, then with real films that teach it their look.

    python -m cxr_lens.tools.anatomy.lung_network_fitting [--real ../shared/data/NIH-CXR14-sample/train.csv]

1. 2,200 synthetic films of a domain wider than any real one, whose lungs and midline are known, and the three quarters
   of the v7labs masks (inside torchxrayvision) that `cxr-lens bench anatomy` does not measure on, drawn as plain
   pictures. The network's nine numbers are drawn as soft masks; the loss is one minus their overlap with the true
   ones, plus the distance of the midline. Films are moved, turned, scaled, mirrored and lit unevenly, and of a
   third of them one lung's lower part is whitened.
2. With `--real`: every second film of a table gets the network's outline, moved to where the band around it is brighter
   than the inside by the most; where that fits well (contrast 0.7 or more) it joins the training as truth.

Half an hour on a busy core. The bundled weights: seed 0, with --real.
"""

from __future__ import annotations

import io
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from ...training.console import CommandParser, say
from ...training.errors import RequestError
from ...training.models.checkpoints import write_atomically
from ...training.radiographs.radiograph import read_radiograph
from ...training.synthetic.acquisition import DOMAINS
from ...training.synthetic.film import synthesize_film
from ...training.tables import read_table
from .lung_fields import SPREAD, USUAL, find_body, grid_points, inside
from .lung_network import EDGE, NUMBERS, WEIGHTS, LungNetwork, scale
from .lung_pulling import pull_to_film
from .soft_outline import soft_outline

SIZE = 128
"""Edge of the stored films; the network sees EDGE."""
FILMS = 2200
STEPS = (2500, 1800)
SHARES = (32, 10, 32)
"""Of a batch: synthetic films, masks, real films."""
BELIEVED = 0.7

WIDE = DOMAINS["B"].model_copy(
    update={
        "field": (300, 520),
        "variety": 1.3,
        "rotation": (-9, 9),
        "shift": 45,
        "blur": (0.2, 1.2),
        "scatter": (0.15, 0.55),
        "noise": (0.006, 0.03),
        "steepness": (2.2, 5.2),
        "middle": (0.02, 0.6),
        "gamma": (0.7, 1.4),
        "equalisation": (0.0, 0.55),
        "black": (0, 0.2),
        "white": (0.8, 1.0),
        "ap": 0.5,
        "border": 0.4,
        "text": 0.4,
    }
)


class Pool(NamedTuple):
    """Films with their lungs."""

    films: Tensor
    """(N, 1, SIZE, SIZE) in [0, 1]."""
    lungs: Tensor
    """(N, 2, SIZE, SIZE) 0 or 1: the lung on the image's left half, then the other."""
    spine: Tensor
    """(N, 2, 2): two points (x, y) of the midline, shares of the film."""
    known: bool
    """Whether the spine is."""


def synthetic_pool(seeds: range) -> Pool:
    drawn = [synthesize_film(seed, WIDE, size=SIZE) for seed in seeds]
    return _pool([f.pixels for f in drawn], [f.lungs for f in drawn], [np.array(f.spine) / SIZE for f in drawn])


def mask_pool(rng: np.random.Generator) -> Pool:
    """The v7labs masks that the benchmark leaves, as plain pictures."""
    spec = find_spec("torchxrayvision")
    if spec is None or spec.origin is None:
        raise RequestError("torchxrayvision is not installed: pip install torchxrayvision")
    masks = []
    with zipfile.ZipFile(Path(spec.origin).parent / "data" / "semantic_masks_v7labs_lungs.zip") as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        for i, name in enumerate(names):
            if i % 4 == 0:
                continue  # measured on: evals/bench/anatomy.py
            mask = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("L").resize((SIZE, SIZE))) > 127
            labelled, parts = ndimage.label(ndimage.binary_opening(mask, iterations=2))  # pyright: ignore[reportGeneralTypeIssues]
            if parts == 2 and 0.08 < mask.mean() < 0.6:
                lungs = [labelled == 1, labelled == 2]
                masks.append(np.stack(sorted(lungs, key=lambda lung: np.argwhere(lung)[:, 1].mean())))
    return _pool([_draw_mask(m, rng) for m in masks], masks, [np.full((2, 2), 0.5)] * len(masks), known=False)


def _draw_mask(lungs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    lung = ndimage.gaussian_filter(lungs.any(0).astype(float), rng.uniform(0.5, 2))
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    body = rng.uniform(0.45, 0.8) + rng.normal(0, 0.08) * (y - 0.5) + rng.normal(0, 0.08) * (x - 0.5)
    body = body + rng.uniform(0, 0.2) * np.exp(-(((x - 0.5) / 0.08) ** 2))
    picture = body - rng.uniform(0.12, 0.5) * lung
    picture += ndimage.zoom(rng.standard_normal((8, 8)), SIZE // 8, order=1) * rng.uniform(0, 0.06)
    return np.clip(picture + rng.standard_normal(picture.shape) * rng.uniform(0, 0.05), 0, 1)


def real_pool(table: Path, network: LungNetwork) -> Pool:
    """Every second film of a table with the network's outline, pulled to where the film's edges are."""
    films, lungs, spine = [], [], []
    source = read_table(table)
    rows = list(source.rows())[::2]
    x, y = grid_points(SIZE)
    for i, row in enumerate(rows):
        pixels = read_radiograph(source.path_of(row)).pixels
        picture = Image.fromarray(pixels)
        grid = np.asarray(picture.resize((256, 256), Image.Resampling.BILINEAR))
        place = pull_to_film(network, grid, find_body(grid))
        if i % 100 == 0:
            say(f"real film {i} of {len(rows)}")
        if place.contrast > BELIEVED:
            u, v, on_left = place.coordinates(x, y)
            mask = inside(place, u, v, on_left)
            films.append(np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BOX)))
            lungs.append(np.stack([mask & ~on_left, mask & on_left]))
            spine.append(np.array([[place.midline + place.tilt * (at - 0.5), at] for at in (0.2, 0.7)]))
    say(f"{len(films)} of {len(rows)} real films joined")
    return _pool(films, lungs, spine)


def _pool(films: list[np.ndarray], lungs: list[np.ndarray], spine: list[np.ndarray], *, known: bool = True) -> Pool:
    pixels = torch.from_numpy(np.stack(films)).float()[:, None]
    return Pool(pixels, torch.from_numpy(np.stack(lungs)).float(), torch.from_numpy(np.stack(spine)).float(), known)


def vary(pool: Pool, chosen: Tensor, g: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Films moved, turned, scaled, mirrored and lit anew: (N, 1, EDGE, EDGE), lungs, spine."""
    n = len(chosen)

    def between(low: float, high: float) -> Tensor:
        return torch.rand(n, generator=g) * (high - low) + low

    turn = torch.deg2rad(torch.randn(n, generator=g) * 4)
    size, aspect = torch.exp(between(-0.22, 0.25)), torch.exp(between(-0.1, 0.1))
    c, s = torch.cos(turn), torch.sin(turn)
    rows = [
        torch.stack([c * size * aspect, -s * size / aspect], -1),
        torch.stack([s * size * aspect, c * size / aspect], -1),
    ]
    matrix = torch.stack(rows, 1)  # (N, 2, 2), from the new film to the old, in [-1, 1]
    shift = torch.stack([between(-0.16, 0.16), between(-0.2, 0.2)], -1)
    grid = F.affine_grid(torch.cat([matrix, shift[..., None]], 2), [n, 1, EDGE, EDGE], align_corners=False)
    outside = "border" if torch.rand(1, generator=g) < 0.6 else "zeros"
    film = F.avg_pool2d(pool.films[chosen], 3, 1, 1)
    x = F.grid_sample(film, grid, align_corners=False, padding_mode=outside)
    lungs = F.grid_sample(pool.lungs[chosen], grid, align_corners=False)
    moved = (pool.spine[chosen] * 2 - 1 - shift[:, None]).transpose(1, 2)
    spine = (torch.linalg.solve(matrix, moved).transpose(1, 2) + 1) / 2
    mirrored = torch.rand(n, generator=g) < 0.3
    x[mirrored] = x[mirrored].flip(-1)
    lungs[mirrored] = lungs[mirrored].flip(-1).flip(1)
    spine[mirrored, :, 0] = 1 - spine[mirrored, :, 0]
    return _light(x, lungs, g), lungs, spine


def _light(x: Tensor, lungs: Tensor, g: torch.Generator) -> Tensor:
    """Tone, uneven light, noise, shadows, a whitened lower lung, a burnt-in bar."""
    n = len(x)
    centres = (torch.arange(EDGE) + 0.5) / EDGE

    def each(spread: float) -> Tensor:
        return torch.randn(n, 1, 1, 1, generator=g) * spread

    x = x.clamp(1e-3, 1) ** torch.exp(each(0.35))
    x = x + each(0.12) * (centres - 0.5) + each(0.12) * (centres[:, None] - 0.5)
    x = x + torch.randn(n, 1, EDGE, EDGE, generator=g) * (torch.rand(n, 1, 1, 1, generator=g) * 0.04)
    clouds = F.interpolate(torch.randn(n, 1, 5, 5, generator=g), size=(EDGE, EDGE), mode="bicubic")
    x = x + clouds * (torch.rand(n, 1, 1, 1, generator=g) * 0.1)
    for i in range(n):
        if torch.rand(1, generator=g) < 0.35:
            area = lungs[i, int(torch.rand(1, generator=g) < 0.5)] > 0.5
            rows = area.any(1).nonzero()[:, 0]
            if len(rows):
                level = rows[0] + (rows[-1] - rows[0]) * (0.25 + 0.75 * torch.rand(1, generator=g))
                fade = ((centres[:, None] * EDGE - level) / (1 + 4 * torch.rand(1, generator=g))).sigmoid()
                fade = fade * (0.3 + 0.7 * torch.rand(1, generator=g))
                tone = x[i, 0].quantile(0.6 + 0.3 * float(torch.rand(1, generator=g)))
                x[i, 0] = torch.where(area, x[i, 0] * (1 - fade) + tone * fade, x[i, 0])
        if torch.rand(1, generator=g) < 0.25:
            top, left = torch.randint(0, EDGE - 8, (2,), generator=g).tolist()
            tall, wide = torch.randint(2, 10, (2,), generator=g).tolist()
            x[i, 0, top : top + tall, left : left + wide] = float(torch.rand(1, generator=g))
    return F.avg_pool2d(x, 3, 1, 1) if torch.rand(1, generator=g) < 0.3 else x


def outline_loss(numbers: Tensor, lungs: Tensor, spine: Tensor, known: Tensor) -> Tensor:
    """(N,): one minus the overlap of either lung, the midline's distance from the spine, and the pull of the usual."""
    drawn, true = soft_outline(numbers), F.avg_pool2d(lungs, EDGE // 32)
    both = (drawn * true).sum((-2, -1))
    union = (drawn + true - drawn * true).sum((-2, -1)) + 1e-3
    on_film = true.sum((-2, -1)) > 15
    place = dict(zip(NUMBERS, numbers.T, strict=True))
    midline = place["midline"][:, None] + place["tilt"][:, None] * (spine[..., 1] - 0.5)
    usual = torch.tensor([getattr(USUAL, name) for name in NUMBERS])
    unusual = ((numbers - usual) / torch.tensor([SPREAD[name] for name in NUMBERS])) ** 2
    off = 3 * (midline - spine[..., 0]).abs().mean(1) * known
    return ((1 - both / union) * on_film).sum(1) + off + 0.002 * unusual.sum(1)


def train(network: LungNetwork, pools: list[Pool], steps: int, g: torch.Generator) -> None:
    """In place; the weights end as their running mean."""
    optimiser = torch.optim.AdamW(network.parameters(), 1.5e-3, weight_decay=1e-3)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps, pct_start=0.1)
    mean = {name: value.clone() for name, value in network.state_dict().items()}
    for step in range(steps):
        parts = []
        for pool, share in zip(pools, SHARES, strict=False):
            chosen = torch.randint(0, len(pool.films), (share,), generator=g)
            parts.append((*vary(pool, chosen, g), torch.full((share,), float(pool.known))))
        film, lungs, spine, known = (torch.cat(each) for each in zip(*parts, strict=True))
        loss = outline_loss(network(scale(film)), lungs, spine, known).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        pace.step()
        for name, value in network.state_dict().items():
            mean[name].lerp_(value, 0.01)
        if step % 200 == 0:
            say(f"step {step} of {steps}: loss {float(loss.detach()):.3f}")
    network.load_state_dict(mean)


def main(arguments: list[str] | None = None) -> int:
    parser = CommandParser("lung-network-fitting", "Fit the network that places the lung outline.")
    parser.add_argument("--real", type=Path, metavar="CSV", help="table of real films that teach it their look")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    asked = parser.parse_args(arguments)
    torch.manual_seed(asked.seed)  # the network's first weights; everything else draws from its own generator
    network = LungNetwork()
    with torch.no_grad():  # begins at the usual place
        *_, weight, bias = network.parameters()
        weight.mul_(0.1)
        bias.zero_()
    pools = [synthetic_pool(range(200, 200 + FILMS)), mask_pool(np.random.default_rng(asked.seed))]
    train(network, pools, STEPS[0], torch.Generator().manual_seed(asked.seed))
    if asked.real:
        pools.append(real_pool(asked.real, network))
        train(network, pools, STEPS[1], torch.Generator().manual_seed(asked.seed))
    state = {name: value.half() for name, value in network.state_dict().items()}
    write_atomically(asked.out, save(state))
    say(f"wrote {asked.out}")
    return 0


if __name__ == "__main__":
    main()
