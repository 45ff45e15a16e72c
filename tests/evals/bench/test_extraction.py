"""Extraction measured on the real reports inside torchxrayvision."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from cxr_lens.evals.bench.extraction import CODES, coded_findings, find_archive, read_reports, run
from cxr_lens.training.errors import RequestError
from cxr_lens.training.findings import CHEXPERT

REPORT = (
    "<eCitation><AbstractText Label='INDICATION'>{indication}</AbstractText><AbstractText Label='FINDINGS'>{findings}"
    "</AbstractText><MeSH><major>{code}</major></MeSH></eCitation>"
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two good reports among members that must not be read."""
    good = REPORT.format(indication="Edema?", findings="No edema.", code="normal")
    bomb = "<!DOCTYPE x [<!ENTITY a 'b'>]>" + good
    members = {
        "r/1.xml": good,
        "r/2.xml": bomb,
        "r/3.txt": good,
        "../4.xml": good.replace("normal", "Pneumonia/lung"),
        "r/5.xml": REPORT.format(indication="", findings="", code="normal"),
    }
    path = tmp_path / "reports.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
        link = tarfile.TarInfo("r/6.xml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return path


def test_reports_are_read_without_unpacking_and_only_findings_and_impression(archive: Path) -> None:
    before = set(archive.parent.iterdir())
    reports = list(read_reports(archive))
    assert [r.codes for r in reports] == [("normal",), ("Pneumonia/lung",)]
    assert reports[0].text == "No edema."
    assert set(archive.parent.iterdir()) == before


def test_codes_stand_for_findings() -> None:
    assert set(CODES) == set(CHEXPERT.names)
    assert coded_findings(("Cardiac Shadow/enlarged/mild", "Pulmonary Atelectasis/base")) == {
        "Cardiomegaly",
        "Atelectasis",
        "Lung Opacity",
    }
    assert coded_findings(("normal",)) == {"No Finding"}
    assert coded_findings(("Spine/degenerative",)) == set()


def test_extraction_on_the_real_reports_stays_as_good_as_it_was() -> None:
    try:
        find_archive()
    except RequestError as error:
        pytest.skip(str(error))
    figures = run()
    assert figures["reports"] > 3800
    assert figures["recall_mean"] >= 0.85
    assert figures["precision_mean"] >= 0.75
    for finding in ("cardiomegaly", "pleural_effusion", "atelectasis", "pneumothorax"):
        assert figures[f"precision_{finding}"] >= 0.8
        assert figures[f"recall_{finding}"] >= 0.8
