"""Reading radiographs: PNG, JPEG, TIFF and DICOM into grey float32 in [0, 1], with a record of how.

    film = read_radiograph(Path("film.dcm"))
    film.pixels  # (H, W) float32, bright = dense

What a file is, is told by its content, never by its suffix.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..errors import RadiographError
from .decoded_film import DecodedFilm, check_finite, check_size

MAX_FILE_BYTES = 1 << 30


class RadiographInfo(BaseModel):
    """How a film was read. Holds nothing that identifies a patient, and no path."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["PNG", "JPEG", "TIFF", "DICOM", "array"]
    width: int = Field(gt=0)
    """Pixels, after the orientation was applied."""
    height: int = Field(gt=0)
    bits: int = Field(gt=0)
    """Stored bits per sample."""
    photometric: str
    """`MONOCHROME1`, `MONOCHROME2`, `RGB`, `L`, `P` ...: as stored."""
    scaling: str
    """How stored values became [0, 1]: `/255`, `VOI LUT`, `window 600/1600`, `0.5-99.5 percentile`."""
    orientation: str = "as stored"
    """What was applied, for example `EXIF 6: rotated 90 degrees clockwise`."""
    colour: float = Field(default=0.0, ge=0, le=1)
    """How colourful the file was: mean over pixels of the largest minus the smallest of red, green, blue."""
    header_projection: Literal["AP", "PA", "lateral"] | None = None
    header_sides: bool = False
    """Whether the header states which side of the image is the patient's left (DICOM Patient Orientation); the film
    has then been turned to the usual display, the patient's right on the image's left."""
    dropped_fields: tuple[str, ...] = ()
    """Names (never values) of the patient-identifying header fields that were present and left behind."""
    pixel_sha256: str
    """Of the float32 pixels: the same film read twice has the same hash."""
    synthetic: bool = False
    """The file says it was made by `cxr-lens data synthesize`."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Radiograph:
    """One image with its metadata."""

    pixels: np.ndarray
    """(H, W) float32 in [0, 1], bright = dense (bone white)."""
    info: RadiographInfo


def read_radiograph(source: Path | bytes) -> Radiograph:
    """Read a film from a file or from a file's bytes; `RadiographError` in one sentence where it cannot be."""
    if isinstance(source, bytes):
        name, data = "the uploaded file", source
    else:
        path = Path(source)
        name, data = repr(path.name or str(path)), _read_bytes(path)
    if not data:
        raise RadiographError(f"{name} is empty (0 bytes); expected a PNG, JPEG, TIFF or DICOM film: copy it again")
    film = _decode(name, data)
    pixels = np.ascontiguousarray(film.pixels, dtype=np.float32)
    info = RadiographInfo(
        format=film.format,
        width=pixels.shape[1],
        height=pixels.shape[0],
        bits=film.bits,
        photometric=film.photometric,
        scaling=film.scaling,
        orientation=film.orientation,
        colour=min(1.0, round(film.colour, 4)),
        header_projection=film.header_projection,
        header_sides=film.header_sides,
        dropped_fields=film.dropped_fields,
        pixel_sha256=_hash(pixels),
        synthetic=film.synthetic,
        notes=film.notes,
    )
    return Radiograph(pixels, info)


def radiograph_from_array(
    pixels: np.ndarray,
    *,
    synthetic: bool = False,
    header_projection: Literal["AP", "PA", "lateral"] | None = None,
    notes: tuple[str, ...] = (),
) -> Radiograph:
    """A film that is already an array: (H, W), values in [0, 1], bright = dense. `RadiographError` otherwise."""
    if pixels.ndim != 2:
        raise RadiographError(
            f"the array has the shape {pixels.shape}; expected (height, width): pass one grey film, without channels"
        )
    height, width = pixels.shape
    check_size("the array", width, height)
    if pixels.dtype.kind not in "fiub":
        raise RadiographError(f"the array holds {pixels.dtype}; expected numbers in [0, 1]: convert it to float32")
    check_finite("the array", pixels)
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0 or high > 1:
        raise RadiographError(
            f"the array's values go from {low:g} to {high:g}; expected [0, 1]: divide 8-bit values by 255"
        )
    film = np.array(pixels, dtype=np.float32, order="C")
    info = RadiographInfo(
        format="array",
        width=width,
        height=height,
        bits=32,
        photometric="L",
        scaling="none",
        header_projection=header_projection,
        pixel_sha256=_hash(film),
        synthetic=synthetic,
        notes=notes,
    )
    return Radiograph(film, info)


def _hash(pixels: np.ndarray) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def _read_bytes(path: Path) -> bytes:
    name = repr(path.name or str(path))
    if path.is_dir():
        raise RadiographError(f"{name} is a folder; expected one film: name a file in it")
    if not path.exists():
        raise RadiographError(f"there is no file {name}; expected a PNG, JPEG, TIFF or DICOM film: check the path")
    if not path.is_file():
        raise RadiographError(f"{name} is not a regular file; expected a PNG, JPEG, TIFF or DICOM film")
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise RadiographError(
                f"{name} has {size / 2**30:.1f} GiB; films of up to {MAX_FILE_BYTES >> 30} GiB are read: export one "
                "film as PNG or DICOM"
            )
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RadiographError(f"{name} cannot be opened ({reason}); check that you may read it") from None


_KINDS: tuple[tuple[bytes, Literal["PNG", "JPEG", "TIFF"]], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip-compressed"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"<", "a web page, XML or SVG"),
)


def _decode(name: str, data: bytes) -> DecodedFilm:
    from .dicom import looks_like_dicom, read_dicom  # noqa: PLC0415  pydicom and Pillow load with the first film
    from .raster import read_raster  # noqa: PLC0415

    if data[128:132] == b"DICM":  # first: a preamble may itself be a TIFF header
        return read_dicom(name, data)
    for magic, kind in _KINDS:
        if data.startswith(magic):
            return read_raster(name, data, kind)
    if looks_like_dicom(data):
        return read_dicom(name, data)
    raise RadiographError(
        f"{name} is {_what_it_is(data)}; expected a PNG, JPEG, TIFF or DICOM film: convert it, or name another file"
    )


def _what_it_is(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a WebP picture"
    if data[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file"
    for magic, what in _OTHER_KINDS:
        if data.startswith(magic):
            return what
    head = data[:4096]
    try:
        text = head.decode("utf-8", errors="strict" if len(data) <= 4096 else "ignore")
    except UnicodeDecodeError:
        return "not an image of a known kind"
    printable = sum(c.isprintable() or c in "\r\n\t" for c in text)
    return "a text file" if text and printable / len(text) > 0.95 else "not an image of a known kind"
