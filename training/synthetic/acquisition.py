"""How a film is taken: the two acquisition domains, and thickness to grey (Beer-Lambert, scatter, noise, tone).

Domain A is an older computed radiography system: low contrast, narrow exposure, heavy blur, patients placed alike.
Domain B is a digital detector with edge enhancement, wide exposure and pose: close to public hospital films.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydantic import BaseModel, ConfigDict
from scipy import ndimage

from ..errors import RequestError, did_you_mean
from .strokes import Box, Grid

Range = tuple[float, float]

MU = 0.0165
"""Effective attenuation of soft tissue per mm at about 110 kV, scatter apart."""


class Domain(BaseModel):
    """One way of taking films; every pair is the range a film's value is drawn from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["A", "B"]
    field: Range
    """Millimetres of the body across the film."""
    variety: float
    """How far anatomy strays from the average; 1 is everyday variation."""
    rotation: Range
    """Degrees."""
    shift: float
    """Millimetres, the largest off-centring."""
    blur: Range
    """Millimetres, sigma."""
    scatter: Range
    """Share of the light that is scatter."""
    noise: Range
    """Relative quantum noise behind the lung."""
    steepness: Range
    """Of the tone curve."""
    middle: Range
    """Where the tone curve's middle lies between lung (0) and abdomen (1)."""
    gamma: Range
    equalisation: Range
    """Share of the broad brightness that processing takes out."""
    sharpening: Range
    black: Range
    white: Range
    ap: float
    """Share of AP (bedside) films."""
    border: float
    """Share of films with a collimation border."""
    text: float
    """Share of films with burnt-in text besides the side marker."""


DOMAINS = {
    "A": Domain(
        name="A",
        field=(375, 400),
        variety=0.45,
        rotation=(-1, 1),
        shift=6,
        blur=(0.75, 1.05),
        scatter=(0.42, 0.55),
        noise=(0.012, 0.02),
        steepness=(2.5, 2.9),
        middle=(0.36, 0.42),
        gamma=(0.95, 1.05),
        equalisation=(0.0, 0.08),
        sharpening=(0.0, 0.1),
        black=(0.1, 0.15),
        white=(0.84, 0.9),
        ap=0.3,
        border=0.9,
        text=0.0,
    ),
    "B": Domain(
        name="B",
        field=(312, 392),
        variety=1.0,
        rotation=(-4.5, 4.5),
        shift=16,
        blur=(0.2, 0.55),
        scatter=(0.15, 0.4),
        noise=(0.006, 0.02),
        steepness=(2.7, 4.9),
        middle=(0.08, 0.5),
        gamma=(0.8, 1.25),
        equalisation=(0.1, 0.45),
        sharpening=(0.35, 1.3),
        black=(0.0, 0.08),
        white=(0.88, 1.0),
        ap=0.42,
        border=0.35,
        text=0.3,
    ),
}


def domain_named(name: Domain | str) -> Domain:
    """The domain; `RequestError` where there is none of that name."""
    if isinstance(name, Domain):
        return name
    if name not in DOMAINS:
        raise RequestError(f"{name!r} is not an acquisition domain{did_you_mean(name, DOMAINS)}")
    return DOMAINS[name]


class Pose(BaseModel):
    """How the upright body plane lies on the film: a rotation about the film's centre."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    degrees: float

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Turn a plane; its edge values go on outside."""
        if abs(self.degrees) < 0.05:
            return image
        turn = np.deg2rad(self.degrees)
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        centre = (np.array(image.shape) - 1) / 2
        offset: Any = centre - matrix @ centre  # scipy's stub has a float only
        return ndimage.affine_transform(image, matrix, offset, order=1, mode="nearest")

    def point(self, point: np.ndarray, size: int) -> tuple[float, float]:
        """Where a point (x, y) of the plane lies on the film, pixels."""
        turn = np.deg2rad(self.degrees)
        c, s = np.cos(turn), np.sin(turn)
        x, y = point - size / 2
        # output (row, col) o samples input i = R o, so a point moves by the inverse: x' = c x - s y, y' = s x + c y
        return float(c * x - s * y + size / 2), float(s * x + c * y + size / 2)

    def box(self, box: Box, size: int) -> Box | None:
        """Where a box of the plane lies on the film, clipped; None where less than 2 pixels are left."""
        turn = np.deg2rad(self.degrees)
        c, s = np.cos(turn), np.sin(turn)
        x1, y1, x2, y2 = box
        nx, ny = self.point(np.array([(x1 + x2) / 2, (y1 + y2) / 2]), size)
        # half extents as of a turned ellipse: lesions do not fill their boxes' corners
        hx = np.hypot(c * (x2 - x1), s * (y2 - y1)) / 2
        hy = np.hypot(s * (x2 - x1), c * (y2 - y1)) / 2
        left, top = max(0.0, nx - hx), max(0.0, ny - hy)
        right, bottom = min(float(size), nx + hx), min(float(size), ny + hy)
        if right - left < 2 or bottom - top < 2:
            return None
        return round(left, 1), round(top, 1), round(right, 1), round(bottom, 1)


def expose(
    tissue: np.ndarray,
    reference: np.ndarray,
    lung: np.ndarray,
    *,
    grid: Grid,
    domain: Domain,
    rng: np.random.Generator,
) -> np.ndarray:
    """A film's grey, (size, size) f32 in [0, 1], from mm of soft tissue along each ray.

    `reference` (the same body without lesions or devices) and `lung` (its lung, 0..1) set exposure and tone, so that
    a lesion changes the film where it lies and nowhere else.
    """
    draw = {
        name: float(rng.uniform(*getattr(domain, name)))
        for name in ("scatter", "noise", "steepness", "middle", "gamma", "equalisation", "sharpening", "blur")
    }
    black, white = rng.uniform(*domain.black), rng.uniform(*domain.white)
    density = _density(tissue, grid, draw["scatter"])
    plain = _density(reference, grid, draw["scatter"])[::4, ::4]
    air = lung[::4, ::4] > 0.7
    low = np.percentile(plain[air], 8) if air.any() else np.percentile(plain, 20)
    high = np.percentile(plain, 96)
    span = max(float(high - low), 0.3)
    if draw["equalisation"] > 0.02:
        broad = grid.blur(density, 28.0)
        density = density - draw["equalisation"] * (broad - (low + high) / 2)
    fine = grid.blur(density, draw["blur"])
    if draw["sharpening"] > 0.02:
        fine = fine + draw["sharpening"] * (fine - grid.blur(fine, 2.2))
    # photons grow rarer with density; noise is given behind lung, per 0.7 mm, less for smaller pixels
    grain = draw["noise"] * np.exp(np.clip(density - low, -2, 3) * 0.5) * min(1.0, 0.7 * grid.scale)
    speckle = rng.standard_normal(fine.shape, dtype=np.float32)
    speckle = ndimage.gaussian_filter(speckle, 0.55) * 1.9
    z = (fine + grain * speckle - low) / span
    tone = 1 / (1 + np.exp(-(z - draw["middle"]) * draw["steepness"]))
    tone = black + (white - black) * tone ** draw["gamma"]
    tone += rng.standard_normal(fine.shape, dtype=np.float32) * np.float32(0.004)
    return np.clip(tone, 0, 1).astype(np.float32)


def _density(tissue: np.ndarray, grid: Grid, scatter: float) -> np.ndarray:
    """Log exposure after Beer-Lambert and a broad scatter veil."""
    light = np.exp(-MU * np.clip(tissue, -5, 420)).astype(np.float32)
    capped = np.minimum(light, np.float32(0.35))  # bare detector does not scatter as tissue does
    veil = grid.blur(capped, 22.0)
    return -np.log(light * np.float32(1 - scatter) + np.float32(scatter) * veil)


def finish(pixels: np.ndarray, domain: Domain, projection: str, rng: np.random.Generator) -> tuple[np.ndarray, str]:
    """Collimation border, side marker and text; returns the film and the marker's letter ("" for none)."""
    size = len(pixels)
    film = pixels.copy()
    if rng.random() < domain.border:
        for side in range(4):
            width = rng.uniform(0.0, 0.035) * size if rng.random() < 0.7 else 0.0
            if width < 1:
                continue
            edge = np.clip((np.arange(size) - width) / 1.5, 0, 1)
            edge = edge if side < 2 else edge[::-1]
            film *= edge[:, None].astype(np.float32) if side % 2 else edge[None, :].astype(np.float32)
    if rng.random() < 0.12:
        return film, ""
    marker = "R" if rng.random() < 0.6 else "L"
    share = rng.uniform(0.05, 0.13)
    x = (share if marker == "R" else 1 - share) * size
    y = rng.uniform(0.04, 0.14) * size
    height, lean, ink = size * rng.uniform(0.035, 0.06), rng.uniform(-12, 12), rng.uniform(0.85, 1.0)
    _write(film, marker, (x, y), height=height, degrees=lean, value=ink)
    if rng.random() < domain.text:
        word = "PORTABLE" if projection == "AP" else str(rng.choice(["ERECT", "PA", "CHEST"]))
        small = size * rng.uniform(0.018, 0.026)
        _write(film, word, (x, y + 0.055 * size), height=small, degrees=0.0, value=0.9)
    return film, marker


def _write(
    film: np.ndarray, text: str, at: tuple[float, float], *, height: float, degrees: float, value: float
) -> None:
    """Burn text into the film, its middle at a place in pixels."""
    size = len(film)
    font = ImageFont.load_default(max(6.0, height * 1.3))
    left, top, right, bottom = font.getbbox(text)
    width, tall = int(right - left) + 6, int(bottom - top) + 6
    patch = Image.new("L", (width, tall))
    ImageDraw.Draw(patch).text((3 - left, 3 - top), text, fill=255, font=font)
    patch = patch.rotate(degrees, expand=True, resample=Image.Resampling.BILINEAR)
    ink = np.asarray(patch, dtype=np.float32) / 255
    y = int(np.clip(at[1] - ink.shape[0] / 2, 0, max(size - ink.shape[0], 0)))
    x = int(np.clip(at[0] - ink.shape[1] / 2, 0, max(size - ink.shape[1], 0)))
    part = film[y : y + ink.shape[0], x : x + ink.shape[1]]
    ink = ink[: part.shape[0], : part.shape[1]]
    part += ink * (np.float32(value) - part)
