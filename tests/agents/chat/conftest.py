"""A desk over the tiny pair, films as files, and a way to let a run end."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cxr_lens.agents.chat.desk import Desk
from cxr_lens.agents.chat.live_case import LiveCase
from cxr_lens.agents.chat.records import Choices
from cxr_lens.agents.chat.store import Store
from cxr_lens.agents.explanation.checker import check_draft
from cxr_lens.training.models.classifier import Classifier
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

ANNA, BEN = "a" * 43, "b" * 43
NAME = "PENGUIN^EMPEROR"


def png_of(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.round(pixels * 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def dicom_of(pixels: np.ndarray) -> bytes:
    """A film as DICOM with a name, an id and dates in its header."""
    data = Dataset()
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    data.SOPInstanceUID = data.StudyInstanceUID = data.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    data.PatientName, data.PatientID, data.PatientBirthDate = NAME, "ID-4711-SECRET", "19700102"
    data.StudyDate, data.AccessionNumber, data.InstitutionName = "20240102", "ACCESSION-99", "Colony Hospital"
    data.Modality, data.ViewPosition, data.PhotometricInterpretation = "DX", "PA", "MONOCHROME2"
    data.Rows, data.Columns = pixels.shape
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation, data.SamplesPerPixel = 15, 0, 1
    data.PixelData = np.round(pixels * 65535).astype("<u2").tobytes()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = io.BytesIO()
    data.save_as(out, enforce_file_format=True)
    return out.getvalue()


@pytest.fixture(scope="session")
def film_png(film_pixels: np.ndarray) -> bytes:
    return png_of(film_pixels)


@pytest.fixture(scope="session")
def film_dicom(film_pixels: np.ndarray) -> bytes:
    return dicom_of(film_pixels)


@pytest.fixture(scope="session")
def photograph() -> bytes:
    """A sunset: colours from edge to edge."""
    down, across = np.mgrid[0:300, 0:320] / 320
    colours = np.stack([0.95 - 0.2 * down, 0.5 * across, 0.9 * down], axis=-1)
    out = io.BytesIO()
    Image.fromarray(np.round(colours * 255).astype(np.uint8)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory, film_pixels: np.ndarray) -> Path:
    """A folder of bundled films with one case, whose truth is an effusion."""
    folder = tmp_path_factory.mktemp("films")
    path = folder / "demo" / "patient00001" / "study1" / "view1_frontal.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(png_of(film_pixels))
    row = {
        "Path": "demo/patient00001/study1/view1_frontal.png",
        "AP/PA": "PA",
        "Pleural Effusion": "1.0",
        "Edema": "0.0",
    }
    with (folder / "demo.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    return folder


@pytest.fixture
def desk(tmp_path: Path, tiny_pair: tuple[Classifier, Classifier], bundled: Path) -> Iterator[Desk]:
    desk = Desk(Store(tmp_path / "chat"), check_draft, pair=tiny_pair, films=bundled)
    yield desk
    desk.close()


@pytest.fixture(scope="session")
def finish() -> Callable[[LiveCase], LiveCase]:
    """`finish(live)` waits until no run goes on."""

    def wait(live: LiveCase) -> LiveCase:
        for _ in live.follow(patience=0.05):
            pass
        return live

    return wait


@pytest.fixture
def explained(desk: Desk, film_png: bytes, finish: Callable[[LiveCase], LiveCase]) -> LiveCase:
    """Anna's upload, explained."""
    live = desk.case(ANNA, desk.take_upload(ANNA, film_png, "film.png", Choices(family="given")).id)
    desk.explain_in_worker(live, Choices(family="given"))
    return finish(live)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from .browsing import chromium  # noqa: PLC0415  skips where there is none

    with chromium() as opened:
        yield opened


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Any]:
    """`visit(size)`: a new person's page at the module's `address`; see browsing.py."""
    from .browsing import visiting  # noqa: PLC0415  as above

    with visiting(browser, address) as open_page:
        yield open_page
