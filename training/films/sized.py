"""One film's pixels at a network's size, the fast way for plain grey JPEG and PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..models.config import Preprocessing
from ..radiographs.radiograph import read_radiograph

_EXIF_ORIENTATION = 0x0112


def decode_film(path: Path, preprocessing: Preprocessing) -> tuple[np.ndarray, tuple[int, int]]:
    """A film at the network's size, (S, S) uint8, and its own (height, width). `RadiographError` if unreadable."""
    image = _open_grey(path)
    if image is None:
        image = Image.fromarray(read_radiograph(path).pixels * np.float32(255))  # mode F
    width, height = image.size
    x1, y1, x2, y2 = (int(v) for v in preprocessing.region(height, width))
    if (x1, y1, x2, y2) != (0, 0, width, height):
        image = image.crop((x1, y1, x2, y2))
    size = (preprocessing.size, preprocessing.size)
    small = np.asarray(image.resize(size, Image.Resampling.BILINEAR))  # antialiased, like prepare_film
    if small.dtype == np.uint8:
        return small, (height, width)
    return np.clip(np.rint(small), 0, 255).astype(np.uint8), (height, width)


def _open_grey(path: Path) -> Image.Image | None:
    """The fast way for plain 8-bit grey JPEG and PNG; None where the full reader is needed."""
    if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
        return None
    try:
        with Image.open(path) as image:
            if image.mode != "L" or image.getexif().get(_EXIF_ORIENTATION, 1) != 1 or "transparency" in image.info:
                return None
            if image.width * image.height > 100_000_000:
                return None
            image.load()
            return image
    except (OSError, SyntaxError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
        return None  # another kind than its suffix says, or damaged: the full reader tells
