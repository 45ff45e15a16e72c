"""DICOM files made to order, and a picture whose orientation can be told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gdcm
import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

WriteDicom = Callable[..., Path]


def dicom_of(pixels: np.ndarray, syntax: UID = ExplicitVRLittleEndian, **header: Any) -> Dataset:
    """A minimal digital radiograph; `header` overrides by keyword, None leaves out."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    ds.SOPClassUID = DigitalXRayImageStorageForPresentation
    ds.SOPInstanceUID = generate_uid()
    ds.Modality = "DX"
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 1 if pixels.ndim == 2 else pixels.shape[2]
    ds.PhotometricInterpretation = "MONOCHROME2" if pixels.ndim == 2 else "RGB"
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    bits = 8 * pixels.dtype.itemsize
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    for keyword, value in header.items():
        if keyword in ds or value is not None:
            setattr(ds, keyword, value)
    if "BitsStored" in header:
        ds.HighBit = ds.BitsStored - 1
    data = pixels.tobytes() if syntax.is_little_endian else pixels.byteswap().tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OW" if bits > 8 else "OB"
    for keyword in [k for k, value in header.items() if value is None]:
        delattr(ds, keyword)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    return ds


@pytest.fixture
def write_dicom(tmp_path: Path) -> WriteDicom:
    """`write_dicom(pixels, name="film.dcm", syntax=..., **header)` writes a file and returns its path."""

    def write(
        pixels: np.ndarray, name: str = "film.dcm", syntax: UID = ExplicitVRLittleEndian, **header: Any
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        dicom_of(pixels, syntax, **header).save_as(path, enforce_file_format=True)
        return path

    return write


def recompress(path: Path, kind: str) -> Path:
    """The same film with its pixels compressed by GDCM, `kind` one of its transfer syntaxes."""
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, kind)))
    change.SetInput(reader.GetImage())
    assert change.Change(), kind
    out = path.with_name(f"{path.stem}-{kind}.dcm")
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(out))
    assert writer.Write()
    return out


@pytest.fixture
def compress() -> Callable[[Path, str], Path]:
    return recompress


@pytest.fixture
def ramp() -> np.ndarray:
    """(48, 64) uint8 whose four corners differ, so that every turn of it can be told."""
    y, x = np.mgrid[:48, :64]
    return (2 * x + y + 20).astype(np.uint8)
