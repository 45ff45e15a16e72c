"""Benchmark of finding extraction from free text against the codes of 3,955 real reports.

    cxr-lens bench extraction --json

The reports are the Indiana University collection (Demner-Fushman et al., JAMIA 2016; CC BY-NC-ND) inside the
torchxrayvision package; they are read where they lie and never copied. Trained coders gave each report MeSH terms,
which `CODES` maps onto findings. A report counts as positive for a finding where the extractor says present or
uncertain, as coders code much of what is suspected too. Codes leave things out, so precision is a lower bound.

precision_FINDING, recall_FINDING   against the codes, over all reports with text
positives_FINDING                   reports coded for it
precision_mean, recall_mean         over findings with ten coded reports or more
ms_per_report                       processor time to extract one report
"""

from __future__ import annotations

import importlib.util
import re
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from ...agents.explanation.report_findings import extract_findings
from ...training.errors import RequestError
from ...training.findings import CHEXPERT

ARCHIVE = "NLMCXR_reports.tgz"
BIGGEST = 1_000_000
"""bytes: no report in the archive has a tenth of this."""

CODES: dict[str, str] = {
    "No Finding": r"normal$",
    "Enlarged Cardiomediastinum": r"Mediastinum/(?!.*(?:lymph|blood)).*(?:prominent|enlarged)",
    "Cardiomegaly": r"Cardiomegaly|Cardiac Shadow/(?:.*)enlarged",
    "Lung Opacity": r"Opacity|Infiltrate|Airspace Disease|Consolidation|Pneumonia|Pulmonary Atelectasis"
    r"|Density/(?!.*bone)",
    "Lung Lesion": r"Nodule|Mass",
    "Edema": r"Pulmonary Edema|Pulmonary Congestion|Heart Failure",
    "Consolidation": r"Consolidation|Airspace Disease",
    "Pneumonia": r"Pneumonia",
    "Atelectasis": r"Pulmonary Atelectasis|Volume Loss",
    "Pneumothorax": r"Pneumothorax|Hydropneumothorax",
    "Pleural Effusion": r"Pleural Effusion|Hydropneumothorax",
    "Pleural Other": r"Thickening/pleura|Calcinosis/pleura|Cicatrix/pleura|Pleura/",
    "Fracture": r"Fractures, Bone",
    "Support Devices": r"Catheters, Indwelling|Implanted Medical Device|Medical Device|Tube, Inserted"
    r"|Stents|Surgical Instruments",
}
"""Finding -> pattern a coded term must begin with."""


@dataclass(frozen=True)
class CodedReport:
    text: str
    """Findings and impression."""
    codes: tuple[str, ...]


def read_reports(archive: Path | None = None) -> Iterator[CodedReport]:
    """The coded reports that have text, in the archive's order, one at a time; nothing is written to disk."""
    with tarfile.open(archive or find_archive(), "r:gz") as tar:
        for member in tar:
            if not member.isfile() or not member.name.endswith(".xml") or member.size > BIGGEST:
                continue
            file = tar.extractfile(member)
            if file is None:
                continue
            text = file.read(BIGGEST).decode("utf-8", "replace")
            if "<!DOCTYPE" in text or "<!ENTITY" in text:
                continue  # a report has neither; entities could expand without end
            root = ElementTree.fromstring(text)  # noqa: S314  entities are refused above
            parts = [e.text or "" for e in root.iter("AbstractText") if e.get("Label") in ("FINDINGS", "IMPRESSION")]
            codes = tuple((e.text or "").strip() for e in root.iter("major"))
            if any(parts) and codes and codes != ("No Indexing",):
                yield CodedReport("\n".join(parts), codes)


def find_archive() -> Path:
    """Where torchxrayvision keeps the reports."""
    spec = importlib.util.find_spec("torchxrayvision")
    path = Path(spec.origin).parent / "data" / ARCHIVE if spec and spec.origin else None
    if path is None or not path.is_file():
        raise RequestError(f"{ARCHIVE} is not in the installed torchxrayvision; install torchxrayvision 1.3 or newer")
    return path


def coded_findings(codes: tuple[str, ...]) -> set[str]:
    """The findings that some codes stand for."""
    return {name for name, pattern in CODES.items() if any(re.match(pattern, code) for code in codes)}


def run() -> dict[str, float]:
    counts = {name: [0, 0, 0] for name in CHEXPERT.names}  # hits, said, coded
    reports = list(read_reports())
    start = time.process_time_ns()
    extracted = [extract_findings(report.text) for report in reports]
    seconds = (time.process_time_ns() - start) / 1e9
    for report, mentions in zip(reports, extracted, strict=True):
        coded = coded_findings(report.codes)
        for name, count in counts.items():
            said = mentions[name] in ("present", "uncertain")
            count[0] += said and name in coded
            count[1] += said
            count[2] += name in coded
    figures: dict[str, float] = {"reports": float(len(reports)), "ms_per_report": 1e3 * seconds / len(reports)}
    often = [name for name, (_, _, coded) in counts.items() if coded >= 10]
    precision = {name: hits / said if said else 0.0 for name, (hits, said, _) in counts.items()}
    recall = {name: hits / coded if coded else 0.0 for name, (hits, _, coded) in counts.items()}
    figures["precision_mean"] = sum(precision[n] for n in often) / len(often)
    figures["recall_mean"] = sum(recall[n] for n in often) / len(often)
    for name, (_, _, coded) in counts.items():
        key = name.lower().replace(" ", "_")
        figures |= {
            f"precision_{key}": precision[name],
            f"recall_{key}": recall[name],
            f"positives_{key}": float(coded),
        }
    return figures
