"""Pictures that are not frontal chest films, from a seed, to fit the chest-film score against and measure it on.

Drawings, text pages, textures, overlapping shapes with the statistics of photographs, and where scikit-image is
installed its bundled photographs.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

KINDS = ("leaves", "spectrum", "text", "chart", "lines", "shapes", "grid", "gradient", "limb", "lateral")


def draw_not_chest(kind: str, seed: int, size: int = 256) -> np.ndarray:
    """(size, size) float32 in [0, 1] of one of `KINDS`."""
    rng = np.random.default_rng((seed, KINDS.index(kind)))
    picture = _DRAW[kind](rng, size)
    if kind in ("text", "chart", "lines", "shapes", "grid") and rng.random() < 0.4:
        picture = 1 - picture
    if rng.random() < 0.3:
        picture = ndimage.gaussian_filter(picture, rng.uniform(0.5, 3))
    return np.clip(picture, 0, 1).astype(np.float32)


def bundled_photographs() -> dict[str, np.ndarray]:
    """scikit-image's packaged pictures by name, grey float32 in [0, 1]; empty where it is not installed."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        return {}
    found = {}
    for path in sorted((Path(spec.origin).parent / "data").iterdir()):
        if path.suffix in (".png", ".jpg"):
            with Image.open(path) as image:
                found[path.name] = np.asarray(image.convert("RGB").convert("L")).astype(np.float32) / np.float32(255)
    return found


def random_crop(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A square part of a picture, 40 to 100% of its shorter side, perhaps mirrored."""
    side = int(min(picture.shape) * rng.uniform(0.4, 1))
    y = int(rng.integers(0, picture.shape[0] - side + 1))
    x = int(rng.integers(0, picture.shape[1] - side + 1))
    part = picture[y : y + side, x : x + side]
    return part[:, ::-1] if rng.random() < 0.5 else part


def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:size, :size] / (size - 1) - 0.5
    return x, y


def _leaves(rng: np.random.Generator, size: int) -> np.ndarray:
    """Overlapping discs and rectangles of every size: the "dead leaves" model of photographs (Lee et al. 2001)."""
    image = Image.new("F", (size, size), float(rng.random()))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(20, 250))):
        radius = float(size * 0.03 * (1 - rng.random()) ** -0.8)
        x, y = rng.random(2) * size
        stretch = rng.uniform(0.4, 2.5)
        box = (x - radius, y - radius * stretch, x + radius, y + radius * stretch)
        (draw.ellipse if rng.random() < 0.6 else draw.rectangle)(box, fill=float(rng.random()))
    return np.asarray(image) + rng.normal(0, 0.02, (size, size))


def _spectrum(rng: np.random.Generator, size: int) -> np.ndarray:
    """Noise with a 1/f^a spectrum, a from 0 (white) to 2.5 (clouds)."""
    fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    amplitude = np.maximum(np.hypot(fy, fx), 1 / size) ** -rng.uniform(0, 2.5)
    field = np.fft.irfft2(amplitude * np.exp(2j * np.pi * rng.random(amplitude.shape)), s=(size, size))
    low, high = np.percentile(field, (1, 99))
    return (field - low) / (high - low)


def _text(rng: np.random.Generator, size: int) -> np.ndarray:
    image = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(image)
    height = float(rng.uniform(8, 40))
    font = ImageFont.load_default(height)
    left, y = float(rng.uniform(0, 0.2) * size), float(rng.uniform(0, 0.2) * size)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPRSTU 0123456789   "))
    while y < size * rng.uniform(0.6, 1):
        draw.text((left, y), "".join(rng.choice(letters, int(rng.integers(5, 60)))), fill=0, font=font)
        y += height * rng.uniform(1.2, 2)
    return np.asarray(image) / 255.0


def _chart(rng: np.random.Generator, size: int) -> np.ndarray:
    image = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(image)
    draw.line((size * 0.1, size * 0.05, size * 0.1, size * 0.9, size * 0.95, size * 0.9), fill=0, width=2)
    count = int(rng.integers(3, 12))
    for i, tall in enumerate(rng.uniform(0.05, 0.8, count)):
        left = size * (0.12 + 0.83 * i / count)
        box = (left, size * (0.9 - tall), left + size * 0.6 / count, size * 0.9)
        draw.rectangle(box, fill=int(rng.integers(0, 220)))
    return np.asarray(image) / 255.0


def _lines(rng: np.random.Generator, size: int) -> np.ndarray:
    image = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(3, 40))):
        points = [float(v) for v in rng.random(int(rng.integers(2, 6)) * 2) * size]
        draw.line(points, fill=int(rng.integers(0, 120)), width=int(rng.integers(1, 6)))
    return np.asarray(image) / 255.0


def _shapes(rng: np.random.Generator, size: int) -> np.ndarray:
    image = Image.new("L", (size, size), int(rng.integers(0, 256)))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(1, 10))):
        x, y, w, h = rng.uniform(0, 0.8), rng.uniform(0, 0.8), rng.uniform(0.05, 0.6), rng.uniform(0.05, 0.6)
        box = tuple(float(v * size) for v in (x, y, x + w, y + h))
        (draw.ellipse if rng.random() < 0.5 else draw.rectangle)(box, fill=int(rng.integers(0, 256)))
    return np.asarray(image) / 255.0


def _table(rng: np.random.Generator, size: int) -> np.ndarray:
    picture = np.ones((size, size))
    picture[:: int(rng.integers(8, 60))] = 0
    picture[:, :: int(rng.integers(8, 60))] = 0
    return picture


def _gradient(rng: np.random.Generator, size: int) -> np.ndarray:
    """Smooth fields: slopes, spots, columns and bands, some of them mirror-symmetric like a chest."""
    x, y = _grid(size)
    angle = rng.uniform(0, 2 * np.pi)
    picture = rng.uniform(-1, 1) * (x * np.cos(angle) + y * np.sin(angle))
    for _ in range(int(rng.integers(0, 4))):
        cx, cy = (0 if rng.random() < 0.4 else rng.uniform(-0.5, 0.5)), rng.uniform(-0.5, 0.5)
        sx, sy = rng.uniform(0.05, 0.6, 2)
        picture = picture + rng.uniform(-1, 1) * np.exp(-(((x - cx) / sx) ** 2) - ((y - cy) / sy) ** 2)
    return (picture - picture.min()) / max(float(np.ptp(picture)), 1e-6)


def _limb(rng: np.random.Generator, size: int) -> np.ndarray:
    """A cylinder of flesh with one or two hollow bones on black."""
    x, y = _grid(size)
    angle = rng.uniform(-0.5, 0.5) + (np.pi / 2 if rng.random() < 0.3 else 0)
    across = x * np.cos(angle) + y * np.sin(angle) + rng.uniform(-0.15, 0.15)
    width = rng.uniform(0.12, 0.45)
    picture = 0.45 * np.sqrt(np.clip(1 - (across / width) ** 2, 0, 1))
    for centre in (0,) if rng.random() < 0.5 else (-0.25 * width, 0.3 * width):
        bone = rng.uniform(0.15, 0.3) * width
        u = (across - centre) / bone
        picture = picture + 0.4 * np.sqrt(np.clip(1 - u**2, 0, 1)) - 0.2 * np.sqrt(np.clip(1 - (u / 0.6) ** 2, 0, 1))
    return ndimage.gaussian_filter(picture, 1) + rng.normal(0, 0.01, (size, size))


def _lateral(rng: np.random.Generator, size: int) -> np.ndarray:
    """A trunk from the side: one lung field, heart in front, spine behind."""
    x, y = _grid(size)
    x = x * rng.choice([-1, 1])
    body = 1 / (1 + np.exp((np.abs(x) - rng.uniform(0.34, 0.48)) * 40))
    picture = 0.6 * body
    lung = ((x + rng.uniform(-0.1, 0.05)) / rng.uniform(0.2, 0.3)) ** 2 + ((y + 0.08) / rng.uniform(0.25, 0.36)) ** 2
    picture = picture - rng.uniform(0.25, 0.45) * np.exp(-(lung**2))
    heart = ((x - 0.12) / rng.uniform(0.08, 0.15)) ** 2 + ((y - 0.1) / rng.uniform(0.1, 0.2)) ** 2
    picture = picture + rng.uniform(0.15, 0.35) * np.exp(-heart)
    picture = picture + rng.uniform(0.15, 0.3) * np.exp(-(((x + 0.3 + 0.1 * y) / 0.05) ** 2)) * body
    picture = picture + 0.35 * body / (1 + np.exp(-(y - rng.uniform(0.2, 0.35) - 0.2 * x) * 25))
    picture = picture + 0.2 * body / (1 + np.exp((y + rng.uniform(0.3, 0.45)) * 30))
    return ndimage.gaussian_filter(picture, 1.5) + rng.normal(0, 0.01, (size, size))


_DRAW = {
    "leaves": _leaves,
    "spectrum": _spectrum,
    "text": _text,
    "chart": _chart,
    "lines": _lines,
    "shapes": _shapes,
    "grid": _table,
    "gradient": _gradient,
    "limb": _limb,
    "lateral": _lateral,
}
