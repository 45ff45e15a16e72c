"""PNG, JPEG and TIFF films by Pillow: 1 to 16 bit and float, grey, colour, palette, transparency, EXIF orientation.

Eight-bit values are divided by 255, deeper ones stretched by percentile; transparency lies over black, like the
unexposed border of a film.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from typing import Any, Literal, cast

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from ..errors import RadiographError
from .decoded_film import (
    MAX_PIXELS,
    SYNTHETIC_MARK,
    DecodedFilm,
    check_finite,
    check_size,
    grey_of,
    one_line,
    quiet,
    scale_by_percentile,
)

_ORIENTATIONS = {
    2: "mirrored left to right",
    3: "rotated 180 degrees",
    4: "mirrored top to bottom",
    5: "transposed",
    6: "rotated 90 degrees clockwise",
    7: "transposed the other way",
    8: "rotated 90 degrees anticlockwise",
}
_PERSONAL_TAGS = {
    *(ExifTags.Base.ImageDescription, ExifTags.Base.Artist, ExifTags.Base.Copyright, ExifTags.Base.DateTime),
    *(ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.UserComment),
    *(ExifTags.Base.HostComputer, ExifTags.Base.DocumentName, ExifTags.Base.ImageUniqueID),
    *(ExifTags.Base.CameraOwnerName, ExifTags.Base.BodySerialNumber, ExifTags.Base.GPSInfo),
    *(ExifTags.Base.XPTitle, ExifTags.Base.XPComment, ExifTags.Base.XPAuthor, ExifTags.Base.XPSubject),
}
_DEEP = ("I", "F")
"""Pillow modes that start so hold more than 8 bits: I, I;16, I;16B, I;16L, F."""
_NOT_PERSONAL = ("Software", "Comment", "comment", "Title")

# Pillow's plugins raise these on damaged files; SyntaxError is its own for a broken PNG.
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error, OverflowError)


def read_raster(name: str, data: bytes, kind: Literal["PNG", "JPEG", "TIFF"]) -> DecodedFilm:
    """Decode a PNG, JPEG or TIFF. `name` is how messages call the file; `RadiographError` where it cannot be."""
    if kind == "PNG" and data[12:16] == b"IHDR" and len(data) >= 24:
        check_size(name, *struct.unpack(">II", data[16:24]))  # Pillow would name only the number of pixels
    with quiet() as caught:
        try:
            with Image.open(io.BytesIO(data), formats=(kind,)) as image:
                check_size(name, image.width, image.height)
                film = _decode(name, data, image, kind)
        except RadiographError:
            raise
        except Image.DecompressionBombError:
            raise RadiographError(
                f"{name} unpacks to far more than {MAX_PIXELS // 10**6} megapixels, the most that are read: scale it "
                "down first"
            ) from None
        except UnidentifiedImageError:
            raise RadiographError(
                f"{name} starts like a {kind} but its header is damaged or of an unusual kind; expected a complete "
                f"{kind}: copy or export it again, as 8 or 16 bit grey PNG"
            ) from None
        except _DAMAGE as error:
            raise RadiographError(
                f"{name} is damaged or cut short ({one_line(error)}); expected a complete {kind}: copy or export it "
                "again"
            ) from None
    kinds = {w.category.__name__ for w in caught if not issubclass(w.category, Image.DecompressionBombWarning)}
    if kinds:
        return _with_notes(film, "the file's metadata is irregular; the picture was read whole")
    return film


def _with_notes(film: DecodedFilm, *notes: str) -> DecodedFilm:
    return DecodedFilm(**{**film.__dict__, "notes": (*film.notes, *notes)})


def _decode(name: str, data: bytes, image: Image.Image, kind: Literal["PNG", "JPEG", "TIFF"]) -> DecodedFilm:
    mode = image.mode
    notes: list[str] = []
    frames = int(getattr(image, "n_frames", 1))
    if frames > 1:
        notes.append(f"the file holds {frames} pictures; the first was read")
    if kind == "PNG" and data[24:25] == b"\x10" and not mode.startswith(_DEEP):
        notes.append("16 bit colour was read at 8 bit")
    exif = image.getexif()
    turn = int(exif.get(ExifTags.Base.Orientation, 1) or 1)
    dropped = _personal_fields(image, exif)
    white_is_zero = kind == "TIFF" and cast(Any, image).tag_v2.get(262) == 0  # PhotometricInterpretation
    image.load()
    upright = ImageOps.exif_transpose(image)
    check_size(name, upright.width, upright.height)
    colour = 0.0
    if mode.startswith(_DEEP):
        values = np.asarray(upright)
        check_finite(name, values)
        pixels, scaling = scale_by_percentile(-values.astype(np.float64) if white_is_zero else values)
        bits = 16 if mode.startswith("I;16") or (kind == "PNG") else 32
    else:
        pixels, colour = _eight_bit(upright)
        scaling, bits = "/255", 1 if mode == "1" else 8
    return DecodedFilm(
        pixels=pixels,
        format=kind,
        bits=bits,
        photometric=mode,
        scaling=scaling,
        orientation=f"EXIF {turn}: {_ORIENTATIONS[turn]}" if turn in _ORIENTATIONS else "as stored",
        colour=colour,
        dropped_fields=dropped,
        synthetic=_is_synthetic(image),
        notes=tuple(notes),
    )


def _eight_bit(image: Image.Image) -> tuple[np.ndarray, float]:
    """(H, W) float32 in [0, 1] and how colourful it was; alpha is laid over black."""
    if image.mode in ("L", "1") and "transparency" not in image.info:
        return np.asarray(image.convert("L")).astype(np.float32) / np.float32(255), 0.0
    if image.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA")).astype(np.float32) / np.float32(255)
        rgb = rgba[..., :3] * rgba[..., 3:]  # over black
    else:
        rgb = np.asarray(image.convert("RGB")).astype(np.float32) / np.float32(255)
    return grey_of(rgb)


def _personal_fields(image: Image.Image, exif: Image.Exif) -> tuple[str, ...]:
    names = [ExifTags.TAGS[tag] for tag in sorted(_PERSONAL_TAGS) if exif.get(tag)]
    names += [label for key, label in (("xmp", "XMP"), ("XML:com.adobe.xmp", "XMP"), ("photoshop", "IPTC"))
              if image.info.get(key)]  # fmt: skip
    comment = image.info.get("comment")
    if comment and SYNTHETIC_MARK.encode() not in _as_bytes(comment):
        names.append("comment")
    texts = [k for k, v in _texts(image) if k not in _NOT_PERSONAL and k != "XML:com.adobe.xmp" and v]
    if texts:
        names.append(f"{len(texts)} PNG text field{'s' if len(texts) > 1 else ''}")
    return tuple(dict.fromkeys(names))


def _texts(image: Image.Image) -> Iterable[tuple[str, str]]:
    """PNG text chunks. Read from `info`: Pillow's `text` property would decode the whole picture to be sure."""
    return [(k, v) for k, v in image.info.items() if isinstance(k, str) and isinstance(v, str)]


def _as_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def _is_synthetic(image: Image.Image) -> bool:
    comment = _as_bytes(image.info.get("comment", b""))
    return SYNTHETIC_MARK.encode() in comment or any(SYNTHETIC_MARK in v for _, v in _texts(image))
