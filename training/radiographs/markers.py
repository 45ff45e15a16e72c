"""Burnt-in text and R/L side markers: bright strokes near a film's border, read by matching rendered letters.

A wrong side is worse than none, so a marker is only read where its shape is close to R or L, clearly closer than to
any other letter, stands alone and lies off the midline. Lead letters are often mirrored (face down on the cassette):
which half of the film they lie in is what counts, so both ways round are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from .film_field import shrink

EDGE = 512
"""Markers are looked for at this size; on smaller films they are not read."""
MIN_LETTER, MAX_LETTER = 9, 52
"""Height of a letter, px at 512."""
CLOSE = 0.9
"""Correlation with a rendered letter that counts as read."""
CLEARER = 0.06
"""By how much that letter must beat every other shape."""
UNEVEN = 0.32
"""Standard deviation of a letter's ink over its contrast: a thin stroke's soft rim alone makes about 0.3."""
_GRID = 20
_OTHERS = "ABCDEFGHIJKMNOPSTUVXY1247"


@dataclass(frozen=True)
class Mark:
    """A burnt-in mark: x1, y1, x2, y2 in film pixels, and the side letter it reads as."""

    box: tuple[float, float, float, float]
    reads: Literal["R", "L"] | None
    closeness: float


@dataclass(frozen=True)
class _Glyph:
    x1: int
    y1: int
    x2: int
    y2: int
    mask: np.ndarray

    @property
    def height(self) -> int:
        return self.y2 - self.y1

    @property
    def width(self) -> int:
        return self.x2 - self.x1


@dataclass(frozen=True)
class _Shapes:
    glyphs: list[_Glyph]
    """The size of single letters."""
    words: list[_Glyph]
    """Letters that run together."""
    every: list[_Glyph]
    """Every bright shape of any size."""


def find_marks(pixels: np.ndarray) -> tuple[Mark, ...]:
    """Side markers and lines of text on a film, (H, W) float32 in [0, 1]."""
    if max(pixels.shape) < EDGE // 2:
        return ()
    small = shrink(pixels, EDGE)
    shapes = _find_shapes(small)
    glyphs = shapes.glyphs
    sx, sy = pixels.shape[1] / small.shape[1], pixels.shape[0] / small.shape[0]
    lines = _lines_of_text(glyphs)
    marks = [_mark([glyphs[i] for i in members], sx, sy) for members in lines]
    marks += [_mark([word], sx, sy) for word in shapes.words]
    in_text = {i for members in lines for i in members}
    for i, glyph in enumerate(glyphs):
        if i in in_text or not _may_be_marker(glyph, shapes.every, small.shape):
            continue
        letter, closeness = read_letter(glyph.mask)
        if letter is not None:
            marks.append(_mark([glyph], sx, sy, letter, closeness))
    return tuple(marks)


def read_letter(mask: np.ndarray) -> tuple[Literal["R", "L"] | None, float]:
    """The side letter a binary shape is, or None; and its correlation with the best R or L."""
    shapes, names = _templates()
    vector = _normalise(mask.astype(np.float64))
    scores = shapes @ vector
    sided = {letter: float(scores[names == letter].max()) for letter in ("R", "L")}
    letter: Literal["R", "L"] = "R" if sided["R"] > sided["L"] else "L"
    rest = max(float(scores[names == "-"].max()), sided["L" if letter == "R" else "R"])
    best = sided[letter]
    return (letter if best >= CLOSE and best - rest >= CLEARER else None), best


def _find_shapes(film: np.ndarray) -> _Shapes:
    """Bright shapes with the size, sharp outline and evenness of letters, apart from bones, devices and borders."""
    floor = open_grey(film, 15)
    bright = film - floor > np.maximum(0.16, 0.2 * (1 - floor))
    labels = np.empty(film.shape, np.int32)
    ndimage.label(bright, structure=np.ones((3, 3)), output=labels)
    found = _Shapes([], [], [])
    for index, where in enumerate(ndimage.find_objects(labels), start=1):
        rows, columns = where
        tall, wide = rows.stop - rows.start, columns.stop - columns.start
        if tall < 5:
            continue
        glyph = _Glyph(columns.start, rows.start, columns.stop, rows.stop, labels[where] == index)
        found.every.append(glyph)
        if tall > MAX_LETTER or wide < 2 or wide > 4 * MAX_LETTER or _in_thorax(glyph, film.shape):
            continue
        mask = glyph.mask
        if not 0.12 <= mask.mean() <= 0.85 or mask.sum() < 12:
            continue
        around = (slice(max(0, rows.start - 1), rows.stop + 1), slice(max(0, columns.start - 1), columns.stop + 1))
        rise = ndimage.morphological_gradient(film[around], size=(3, 3))[labels[around] == index]
        rim = mask & ~np.asarray(ndimage.binary_erosion(mask), dtype=bool)
        ink = film[where][mask]
        contrast = float(np.percentile(ink, 95) - np.median(floor[where]))
        if np.median(rise[rim[mask]]) < 0.16 or ink.std() > max(0.16, UNEVEN * contrast):
            continue
        if wide >= 2 * tall:
            if tall <= MAX_LETTER / 2 and _strokes(film[where]) >= 4:
                found.words.append(glyph)
        elif wide <= MAX_LETTER:
            found.glyphs.append(glyph)
    return found


def open_grey(pixels: np.ndarray, size: int) -> np.ndarray:
    """(H, W) without what is bright and smaller than a square of `size`: its minimum over such squares, then of that
    the maximum. scipy's `grey_opening` gives the same in ten times the time."""
    lowest = _slide(_slide(pixels, size, np.minimum, 0), size, np.minimum, 1)
    return _slide(_slide(lowest, size, np.maximum, 0), size, np.maximum, 1)


def _slide(pixels: np.ndarray, size: int, better: np.ufunc, axis: int) -> np.ndarray:
    """The best of `size` rows (axis 0) or columns (1) around each, by doubling the number looked at."""
    width = [(size // 2, size - 1 - size // 2) if axis == way else (0, 0) for way in (0, 1)]
    best = np.pad(pixels, width, constant_values=np.inf if better is np.minimum else -np.inf)

    def part(start: int, stop: int | None) -> np.ndarray:
        return best[start:stop] if axis == 0 else best[:, start:stop]

    seen = 1
    while seen < size:
        step = min(seen, size - seen)
        best = better(part(0, -step), part(step, None))
        seen += step
    return best


def _in_thorax(glyph: _Glyph, shape: tuple[int, ...]) -> bool:
    """Where bones and devices are, not markers."""
    x, y = (glyph.x1 + glyph.x2) / 2 / shape[1], (glyph.y1 + glyph.y2) / 2 / shape[0]
    return 0.22 < x < 0.78 and 0.3 < y < 0.85


def _strokes(part: np.ndarray) -> float:
    """How many separate bright runs a typical row crosses: several in a word, one in a bar."""
    inked = part > (part.min() + part.max()) / 2
    starts = np.count_nonzero(inked[:, 1:] & ~inked[:, :-1], axis=1) + inked[:, 0]
    return float(np.median(starts))


def _lines_of_text(glyphs: list[_Glyph]) -> list[list[int]]:
    """Groups of three or more glyphs of like height side by side."""
    groups: list[list[int]] = []
    for i in sorted(range(len(glyphs)), key=lambda i: glyphs[i].x1):
        for group in groups:
            if _beside(glyphs[group[-1]], glyphs[i]):
                group.append(i)
                break
        else:
            groups.append([i])
    return [group for group in groups if len(group) >= 3]


def _beside(a: _Glyph, b: _Glyph) -> bool:
    taller = max(a.height, b.height)
    overlap = min(a.y2, b.y2) - max(a.y1, b.y1)
    gap = max(a.x1, b.x1) - min(a.x2, b.x2)
    return min(a.height, b.height) >= 0.6 * taller and overlap >= 0.5 * taller and -2 <= gap <= 0.9 * taller


def _may_be_marker(glyph: _Glyph, every: list[_Glyph], shape: tuple[int, int]) -> bool:
    """Alone (no neighbour of like height in its row), tall enough, whole inside the film, off the midline."""
    height, width = shape
    if glyph.height < MIN_LETTER or glyph.width < 5 or not 0.35 <= glyph.width / glyph.height <= 1.5:
        return False
    if glyph.x1 <= 1 or glyph.y1 <= 1 or glyph.x2 >= width - 1 or glyph.y2 >= height - 1:
        return False
    if abs((glyph.x1 + glyph.x2) / 2 / width - 0.5) < 0.14:
        return False
    return not any(other is not glyph and _touches_row(glyph, other) for other in every)


def _touches_row(a: _Glyph, b: _Glyph) -> bool:
    """Whether `b`, a letter or several that run together, stands beside `a` like the rest of a word."""
    overlap = min(a.y2, b.y2) - max(a.y1, b.y1)
    gap = max(a.x1, b.x1) - min(a.x2, b.x2)
    return overlap >= 0.6 * a.height and b.height <= 1.6 * a.height and -2 <= gap <= 1.0 * a.height


def _mark(
    glyphs: list[_Glyph], sx: float, sy: float, reads: Literal["R", "L"] | None = None, closeness: float = 0.0
) -> Mark:
    box = (
        min(g.x1 for g in glyphs) * sx,
        min(g.y1 for g in glyphs) * sy,
        max(g.x2 for g in glyphs) * sx,
        max(g.y2 for g in glyphs) * sy,
    )
    return Mark(box, reads, closeness)


def _normalise(shape: np.ndarray) -> np.ndarray:
    """A shape's bounding box in a 20 x 20 grid, aspect kept, blurred a little, zero mean and unit length: (400,)."""
    rows, columns = np.flatnonzero(shape.max(axis=1) > 0.5), np.flatnonzero(shape.max(axis=0) > 0.5)
    if not rows.size:
        return np.zeros(_GRID * _GRID)
    shape = shape[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = (_GRID - 2) / max(shape.shape)
    size = (max(1, round(shape.shape[1] * scale)), max(1, round(shape.shape[0] * scale)))
    image = Image.fromarray(shape.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    canvas = np.zeros((_GRID, _GRID))
    y, x = (_GRID - size[1]) // 2, (_GRID - size[0]) // 2
    canvas[y : y + size[1], x : x + size[0]] = np.asarray(image)
    vector = ndimage.gaussian_filter(canvas, 0.8).ravel()
    vector = vector - vector.mean()
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


@cache
def _templates() -> tuple[np.ndarray, np.ndarray]:
    """(T, 400) shapes and their names: "R", "L", or "-" for every other letter and for plain bars and discs."""
    shapes: list[np.ndarray] = []
    names: list[str] = []
    for letter in ("R", "L", *_OTHERS):
        for weight in (0, 2, 4):
            drawn = _draw_letter(letter, weight)
            for mirrored in (False, True):
                for slant in (-0.2, 0.0, 0.2):
                    for tilt in (-18, -9, 0, 9, 18) if slant == 0 else (0,):
                        shapes.append(_normalise(_distort(drawn, mirrored, slant, tilt)))
                        names.append(letter if letter in "RL" else "-")
    for thickness in (0.14, 0.2, 0.27, 0.35):  # lead markers: two plain bars
        for ratio in (0.5, 0.62, 0.75, 0.9):
            drawn = np.zeros((64, 64))
            wide, thick = round(60 * ratio), round(60 * ratio * thickness * 1.5)
            drawn[2:62, 2 : 2 + thick] = 1
            drawn[62 - thick : 62, 2 : 2 + wide] = 1
            for mirrored in (False, True):
                for tilt in (-18, -9, 0, 9, 18):
                    shapes.append(_normalise(_distort(drawn, mirrored, 0.0, tilt)))
                    names.append("L")
    y, x = np.mgrid[:64, :64] - 31.5
    for plain in (np.hypot(x, y) < 30, (np.abs(np.hypot(x, y) - 26) < 4), np.abs(x) < 8, np.abs(x) + np.abs(y) < 30,
                  (np.abs(x) < 4) | (np.abs(y) < 4), y - np.abs(x) > -10, np.abs(x - y) < 6):  # fmt: skip
        for mirrored in (False, True):
            shapes.append(_normalise(_distort(plain.astype(float), mirrored, 0.0, 0)))
            names.append("-")
    return np.stack(shapes), np.array(names)


def _draw_letter(letter: str, weight: int) -> np.ndarray:
    """A letter 48 px tall in Pillow's own font, its strokes widened by `weight`."""
    image = Image.new("L", (96, 96), 0)
    draw = ImageDraw.Draw(image)
    draw.text((24, 16), letter, fill=255, font=ImageFont.load_default(56), stroke_width=weight, stroke_fill=255)
    return np.asarray(image) / 255.0


def _distort(shape: np.ndarray, mirrored: bool, slant: float, tilt: float) -> np.ndarray:
    padded = np.pad(shape, 16)
    if mirrored:
        padded = padded[:, ::-1]
    if slant:
        rows, columns = np.mgrid[: padded.shape[0], : padded.shape[1]]
        sheared = columns + slant * (rows - padded.shape[0] / 2)
        padded = ndimage.map_coordinates(padded, [rows, sheared], order=1)
    return ndimage.rotate(padded, tilt, reshape=False, order=1) if tilt else padded
