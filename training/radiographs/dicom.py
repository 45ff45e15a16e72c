"""DICOM films by pydicom: grey as a viewer would show it, turned to the usual display, without the patient's data.

Values go through the modality LUT or rescale, then the VOI LUT or window (PS3.3 C.11), and MONOCHROME1 is inverted.
Compressed pixels are decoded by whichever of pydicom, Pillow and GDCM (python-gdcm) can.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    HTJ2K,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEGExtended12Bit,
)

from ..errors import RadiographError
from .decoded_film import (
    SYNTHETIC_MARK,
    DecodedFilm,
    check_finite,
    check_size,
    grey_of,
    one_line,
    quiet,
    scale_by_percentile,
)
from .dicom_identity import identifying_fields

# pydicom has no base class for what a damaged file makes it raise; these are all kinds seen on cut and altered files.
DAMAGE = (
    *(InvalidDicomError, OSError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(NotImplementedError, RuntimeError, AssertionError, OverflowError, struct.error, zlib.error),
)
_DECODERS = {
    JPEGExtended12Bit: "12-bit JPEG is read after: pip install pylibjpeg pylibjpeg-libjpeg",
    **dict.fromkeys(
        (HTJ2K, HTJ2KLossless, HTJ2KLosslessRPCL),
        "high-throughput JPEG 2000 is read after: pip install pylibjpeg pylibjpeg-openjpeg",
    ),
}
"""Decoders that are not installed with the project: the first one's licence is GPL, the second's format is rare."""
_PLANES = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def looks_like_dicom(data: bytes) -> bool:
    """Whether bytes without the DICM mark start like a data set: a first tag of group 2 or 8, then a sane length."""
    if len(data) < 16:
        return False
    for order in ("<", ">"):
        group, element = struct.unpack(order + "HH", data[:4])
        if group not in (0x0002, 0x0008) or element > 0x0070:
            continue
        explicit = data[4:6].isalpha() and data[4:6].isupper()
        length = struct.unpack(order + ("H" if explicit else "I"), data[6:8] if explicit else data[4:8])[0]
        if length <= 1024 and length <= len(data):
            return True
    return False


MAX_INFLATED_BYTES = 1 << 28
"""A deflated data set may unpack to this much: 100 megapixels of 16 bit, and a header."""


def check_inflated_size(name: str, data: bytes) -> None:
    """Refuse a data set in the deflated transfer syntax that unpacks to far more than a film; pydicom has no limit."""
    if data[128:132] != b"DICM" or DeflatedExplicitVRLittleEndian.encode() not in data[:2048]:
        return
    start = 144 + int.from_bytes(data[140:144], "little")  # after (0002,0000), which holds the header's length
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    left, total = data[start:], 0
    while left and not unpack.eof and total <= MAX_INFLATED_BYTES:
        total += len(unpack.decompress(left, 1 << 24))
        left = unpack.unconsumed_tail
    if total > MAX_INFLATED_BYTES:
        raise RadiographError(
            f"{name} unpacks to more than {MAX_INFLATED_BYTES >> 20} MiB, far more than a film; export it again "
            "without compression"
        )


def read_dicom(name: str, data: bytes) -> DecodedFilm:
    """Decode a DICOM file's first frame, called `name` in messages; `RadiographError` where it cannot be."""
    with quiet() as caught:
        try:
            check_inflated_size(name, data)
            dataset = pydicom.dcmread(io.BytesIO(data), force=True)
            film = _decode(name, dataset)
        except RadiographError:
            raise
        except DAMAGE as error:  # the library's words stay out: they may quote a patient's data
            raise RadiographError(
                f"{name} is a damaged or incomplete DICOM file ({type(error).__name__} while reading it); expected a "
                "complete one: copy or export it again"
            ) from None
    if not caught:
        return film
    note = (
        f"the header is irregular in {len(caught)} place{'s' if len(caught) > 1 else ''}; the picture was read whole"
    )
    return DecodedFilm(**{**film.__dict__, "notes": (*film.notes, note)})


def _decode(name: str, ds: Dataset) -> DecodedFilm:
    if "Rows" not in ds or "Columns" not in ds or not any(plane in ds for plane in _PLANES):
        kind = str(ds.get("Modality", "") or "unknown")[:16]
        raise RadiographError(
            f"{name} is DICOM without a picture (modality {kind}); expected a radiograph (CR, DX or RG): name the "
            "file that holds the image"
        )
    check_size(name, int(ds.Columns), int(ds.Rows))
    notes: list[str] = []
    frames = int(ds.get("NumberOfFrames", 1) or 1)
    if frames > 1:
        notes.append(f"the file holds {frames} frames; the first was read")
    modality = str(ds.get("Modality", "") or "").upper()
    if modality in ("CT", "MR", "US", "PT", "NM", "MG", "XA"):
        notes.append(f"the header says modality {modality}, not a plain radiograph")
    if str(ds.get("BurnedInAnnotation", "") or "").upper() == "YES":
        notes.append("the header says that text is burnt into the picture; it may identify the patient")

    stored = _frame(name, ds)  # (H, W) or (H, W, 3)
    check_size(name, stored.shape[1], stored.shape[0])
    check_finite(name, stored)
    grey = _grey(ds, stored, notes)
    turn = _orientation(ds)
    return DecodedFilm(
        pixels=turn.apply(grey.pixels),
        format="DICOM",
        bits=int(ds.get("BitsStored", ds.get("BitsAllocated", 8))),
        photometric=str(ds.get("PhotometricInterpretation", "unknown")),
        scaling=grey.scaling,
        orientation=turn.words,
        colour=grey.colour,
        header_projection=projection_of(ds),
        header_sides=turn.sides,
        dropped_fields=identifying_fields(ds),
        synthetic=SYNTHETIC_MARK in str(ds.get("Manufacturer", "") or ""),
        notes=tuple(notes),
    )


def _frame(name: str, ds: Dataset) -> np.ndarray:
    """The first frame as stored, colour as RGB."""
    syntax = ds.file_meta.get("TransferSyntaxUID") if "file_meta" in ds.__dict__ else None
    if syntax is None:  # a data set without its file header: the reader knows the byte order it found
        ds.file_meta = FileMetaDataset()
        implicit, little = ds.original_encoding
        ds.file_meta.TransferSyntaxUID = (
            ExplicitVRBigEndian
            if little is False
            else (ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian)
        )
        syntax = ds.file_meta.TransferSyntaxUID
    elif syntax.is_compressed:
        _silence_gdcm()
    try:
        return pixel_array(ds, index=0)
    except DAMAGE as error:
        if syntax.is_compressed:  # pydicom's words list every decoder it tried
            problem = "damaged, or no decoder here reads them"
            hint = _DECODERS.get(syntax, "decompress it first (gdcmconv --raw IN OUT)")
        else:
            problem, hint = one_line(error), "copy or export it again"
        raise RadiographError(f"the pixels of {name} ({syntax.name}) cannot be decoded: {problem}; {hint}") from None


def _silence_gdcm() -> None:
    """GDCM writes to stderr from C++, where no Python filter reaches."""
    try:
        import gdcm  # noqa: PLC0415  large, and only compressed films need it
    except ImportError:  # no wheel for this platform: the other decoders remain
        return
    trace: Any = gdcm.Trace
    trace.WarningOff()
    trace.ErrorOff()
    trace.DebugOff()


# ── stored values to grey ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Grey:
    pixels: np.ndarray  # (H, W) float32 in [0, 1]
    scaling: str
    colour: float = 0.0


def _grey(ds: Dataset, stored: np.ndarray, notes: list[str]) -> _Grey:
    photometric = str(ds.get("PhotometricInterpretation", ""))
    full = float(2 ** int(ds.get("BitsStored", 8)) - 1)
    if photometric == "PALETTE COLOR":
        rgb = apply_color_lut(stored, ds)
        stored, full = rgb[..., :3], float(np.iinfo(rgb.dtype).max)
    if stored.ndim == 3:  # a secondary capture in colour: already meant for the screen
        pixels, colour = grey_of(np.clip(stored.astype(np.float32) / np.float32(full), 0, 1))
        return _Grey(pixels, f"/{full:.0f}", colour)
    padding = _padding(ds, stored)
    values = apply_modality_lut(stored, ds)
    pixels, scaling = _through_voi(ds, values, padding, notes)
    if photometric == "MONOCHROME1":
        pixels = np.float32(1) - pixels
    if padding is not None and padding.any():
        pixels = np.where(padding, np.float32(0), pixels)
        notes.append("padding around the film was set to black")
    return _Grey(pixels.astype(np.float32), scaling)


def _padding(ds: Dataset, stored: np.ndarray) -> np.ndarray | None:
    """Pixels the header declares as not part of the film."""
    first = ds.get("PixelPaddingValue")
    if first is None:
        return None
    last = ds.get("PixelPaddingRangeLimit")
    low, high = sorted((int(first), int(first if last is None else last)))
    mask = (stored >= low) & (stored <= high)
    return None if mask.mean() > 0.9 else mask


def _through_voi(
    ds: Dataset, values: np.ndarray, padding: np.ndarray | None, notes: list[str]
) -> tuple[np.ndarray, str]:
    """The VOI LUT, else the first window, else /255 for 8 bit, else the percentiles."""
    if ds.get("VOILUTSequence"):
        lut = ds.VOILUTSequence[0]
        bits = int(lut.LUTDescriptor[2])
        shown = apply_voi(np.rint(values).astype(np.int32), ds, index=0).astype(np.float64)
        top = 2.0**bits - 1
        data = np.asarray(lut.LUTData) if not isinstance(lut.LUTData, bytes) else np.frombuffer(lut.LUTData, "<u2")
        if data.size and float(data.max()) < top / 2:  # descriptors that say 16 bit over 12-bit tables
            top = float(data.max()) or 1.0
        return np.clip(shown / top, 0, 1).astype(np.float32), "VOI LUT"
    centre, width = _first(ds.get("WindowCenter")), _first(ds.get("WindowWidth"))
    if centre is not None and width is not None and width >= 1:
        function = str(ds.get("VOILUTFunction", "") or "LINEAR").upper()
        shown = window(values, centre, width, function)
        if np.ptp(shown) > 0 or np.ptp(values) == 0:
            return shown, f"window {centre:g}/{width:g}"
        notes.append(f"the header's window {centre:g}/{width:g} holds none of the film's values and was not used")
    bits_stored = int(ds.get("BitsStored", 16))
    if bits_stored <= 8 and values.min() >= 0 and values.max() <= 2**bits_stored - 1:
        top = 2**bits_stored - 1
        return (values / top).astype(np.float32), f"/{top}"
    return scale_by_percentile(values, None if padding is None else ~padding)


def window(values: np.ndarray, centre: float, width: float, function: str = "LINEAR") -> np.ndarray:
    """Values to [0, 1] float32 by a window; LINEAR, LINEAR_EXACT or SIGMOID (PS3.3 C.11.2.1.2-3)."""
    x = values.astype(np.float64)
    if function == "SIGMOID":
        shown = 1 / (1 + np.exp(np.clip(-4 * (x - centre) / width, -700, 700)))
    elif function == "LINEAR_EXACT":
        shown = (x - centre) / width + 0.5
    else:
        shown = (x - (centre - 0.5)) / max(width - 1, 1e-6) + 0.5
    return np.clip(shown, 0, 1).astype(np.float32)


def _first(value: Any) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, (MultiValue, list, tuple)):
        if not value:
            return None
        value = value[0]
    return float(value)


# ── which way up, and which view ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Turn:
    """How the stored picture becomes the usual display: transpose first, then mirror."""

    transpose: bool = False
    mirror_x: bool = False
    mirror_y: bool = False
    words: str = "as stored"
    sides: bool = False

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        turned = pixels.T if self.transpose else pixels
        return turned[:: -1 if self.mirror_y else 1, :: -1 if self.mirror_x else 1]


def _directions(ds: Dataset) -> tuple[str, str] | None:
    value = ds.get("PatientOrientation")
    if not isinstance(value, (MultiValue, list, tuple)) or len(value) != 2:
        return None
    row, column = (str(v).strip().upper()[:1] for v in value)
    return (row, column) if row and column else None


def _orientation(ds: Dataset) -> _Turn:
    """Patient Orientation says where rows and columns run to: L\\F is the usual display of a frontal film."""
    directions = _directions(ds)
    if directions is None:
        return _Turn()
    row, column = directions
    transpose = row in "FH" and column in "LR"
    if transpose:
        row, column = column, row
    if row not in "LR" or column not in "FH":
        return _Turn()  # lateral or oblique: left as it is
    mirror_x, mirror_y = row == "R", column == "H"
    if not (transpose or mirror_x or mirror_y):
        return _Turn(words="as stored (header: L\\F)", sides=True)
    done = [
        word
        for used, word in (
            (transpose, "transposed"),
            (mirror_x, "mirrored left to right"),
            (mirror_y, "mirrored top to bottom"),
        )
        if used
    ]
    stated = "\\".join(directions)
    return _Turn(transpose, mirror_x, mirror_y, f"header {stated}: {', then '.join(done)}", sides=True)


_VIEWS: dict[str, Literal["AP", "PA", "lateral"]] = {
    "AP": "AP",
    "PA": "PA",
    "LL": "lateral",
    "RL": "lateral",
    "LATERAL": "lateral",
    "LLD": "AP",
    "RLD": "AP",
}
_VIEW_WORDS: tuple[tuple[str, Literal["AP", "PA", "lateral"]], ...] = (
    ("antero-posterior", "AP"),
    ("anteroposterior", "AP"),
    ("postero-anterior", "PA"),
    ("posteroanterior", "PA"),
    ("lateral", "lateral"),
)


def projection_of(ds: Dataset) -> Literal["AP", "PA", "lateral"] | None:
    view = _VIEWS.get(str(ds.get("ViewPosition", "") or "").strip().upper())
    if view is not None:
        return view
    for item in ds.get("ViewCodeSequence", None) or ():
        meaning = str(item.get("CodeMeaning", "")).lower()
        for word, stated in _VIEW_WORDS:
            if word in meaning:
                return stated
    directions = _directions(ds)
    return "lateral" if directions is not None and directions[0] in "AP" and directions[1] in "FH" else None
