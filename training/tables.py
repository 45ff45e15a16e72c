"""CheXpert-format tables: one row per film, findings as 1, 0, -1 (uncertain) or blank (not mentioned).

    table = read_table(Path("NIH-CXR14-sample/valid.csv"))
    row = table.find("patient00009189_study000_view1_frontal")
    table.path_of(row)

The tables of NIH ChestX-ray14, MIMIC-CXR-JPG and PadChest are read as their owners ship them (external_tables.py).
Any other layout is described by a `dataset.yaml` beside the table: `truth_source`, and `columns`, a map from CheXpert's
column name to the table's own. The leading folder of `Path` may or may not be part of the images root.
"""

from __future__ import annotations

import importlib.util
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from .errors import RequestError, TableError, did_you_mean
from .external_tables import ExternalTable, recognise
from .findings import CHEXPERT, FindingSet

TruthSource = Literal["reader consensus", "single reader", "text-mined", "simulated", "unknown"]
DESCRIPTION = "dataset.yaml"
ABOUT_FILM = ("Sex", "Age", "Frontal/Lateral", "AP/PA")
"""Optional columns; where a table has none they are blank."""


class DatasetDescription(BaseModel):
    """`dataset.yaml` beside a table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    truth_source: TruthSource | None = None
    columns: dict[str, str] = {}
    """CheXpert's column name -> the table's own. `Patient` may name a column with the patient's id."""
    about: str = ""


@dataclass(frozen=True)
class CaseTable:
    """Films and their labels."""

    frame: pd.DataFrame
    """CheXpert's columns, and `case_id`, `patient`, `projection` ("AP", "PA", "lateral" or None), `line` (in the file,
    the header being line 1) and `split` (None where the data set tells none). Findings are float: 1, 0, -1, NaN for
    blank."""
    name: str
    """File name, without its folder."""
    source: TruthSource
    csv: Path
    images: Path | None = None
    findings: FindingSet = CHEXPERT
    absent: tuple[str, ...] = ()
    """Findings the table has no column for; blank in `frame`."""
    folders: tuple[str, ...] = (".",)
    """Patterns of folders below the images root that `Path` may start from."""
    way_out: str = "give --images ROOT"
    """What a message about a missing film advises."""
    _places: list[tuple[Path, bool]] = field(default_factory=list, repr=False)
    _known_candidates: list[tuple[Path, bool]] = field(default_factory=list, repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    def path_of(self, row: pd.Series | Mapping[str, Any]) -> Path:
        """Where the film of a row is; `TableError` that names the row and the places tried."""
        path = PurePosixPath(str(row["Path"]))
        places = [*self._places, *(p for p in self._candidates() if p not in self._places)]
        for root, strip in places:
            film = root / self._tail(path, strip)
            if film.is_file():
                if (root, strip) not in self._places:
                    self._places.insert(0, (root, strip))
                return film
        tried = ", ".join(dict.fromkeys(str(root) for root, _ in places))
        raise TableError(
            f"{self.name} line {row['line']}: there is no film {str(path)!r} under {tried}; {self.way_out}"
        )

    def find(self, film: str | Path) -> pd.Series:
        """The row of a case id or of a film's path; `TableError` where the table has none."""
        ids = self.frame["case_id"]
        for wanted in (str(film), case_id_of(str(film))):
            hits = np.flatnonzero(ids.to_numpy() == wanted)
            if hits.size:
                return self.frame.iloc[int(hits[0])]
        given = "/" + PurePosixPath(str(film).replace("\\", "/")).with_suffix("").as_posix().lstrip("/")
        for position, path in enumerate(self.frame["Path"]):
            tail = PurePosixPath(path).with_suffix("")
            if given.endswith("/" + tail.as_posix().lstrip("/")):
                return self.frame.iloc[position]
        raise TableError(
            f"{Path(film).name!r} is not in {self.name} ({len(self)} films); a case is named like {ids.iloc[0]!r} "
            "or by its film's path"
        )

    def film_rows(self) -> list[dict[str, Any]]:
        """`Path` and `line` of every film, for `path_of`: taking rows out of a frame is slower than decoding films."""
        return [
            {"Path": path, "line": line} for path, line in zip(self.frame["Path"], self.frame["line"], strict=True)
        ]

    def only_split(self, name: str) -> CaseTable:
        """The films of one of the data set's own splits; `RequestError` where it has none of that name."""
        known = sorted(set(self.frame["split"].dropna().astype(str)))
        if name not in known:
            raise RequestError(f"{self.name} has no split {name!r}; it has {', '.join(known) or 'none'}")
        kept = self.frame.iloc[np.flatnonzero((self.frame["split"] == name).to_numpy())]
        return replace(self, frame=kept.reset_index(drop=True))

    def rows(self) -> list[pd.Series]:
        return [self.frame.iloc[i] for i in range(len(self.frame))]

    def _candidates(self) -> list[tuple[Path, bool]]:
        """(root, drop Path's first folder) in the order tried."""
        if not self._known_candidates:
            if self.images is not None:
                roots = (self.images, self.images.parent)
            else:
                roots = (self.csv.parent.parent, self.csv.parent)
            places = [
                p for root in roots for f in self.folders for p in ([root] if f == "." else sorted(root.glob(f)))
            ]
            self._known_candidates.extend([(place, strip) for place in places for strip in (False, True)])
        return self._known_candidates

    @staticmethod
    def _tail(path: PurePosixPath, strip: bool) -> PurePosixPath:
        return PurePosixPath(*path.parts[1:]) if strip and len(path.parts) > 1 else path


def case_id_of(path: str) -> str:
    """`x/train/patient1/study1/view1_frontal.jpg` -> `patient1_study1_view1_frontal`; without a patient's folder the
    whole path."""
    parts = PurePosixPath(path.replace("\\", "/")).with_suffix("").parts
    start = next((i for i, part in enumerate(parts) if part.startswith("patient")), 0)
    return "_".join(part for part in parts[start:] if part != "/")


def resolve_table_path(name: str | Path) -> Path:
    """A table's file; `xrv:chexpert_train` means that table inside the installed torchxrayvision package."""
    text = str(name)
    if not text.startswith("xrv:"):
        return Path(name)
    spec = importlib.util.find_spec("torchxrayvision")  # not imported: that takes seconds
    if spec is None or spec.origin is None:
        raise RequestError("torchxrayvision is not installed: pip install torchxrayvision")
    folder = Path(spec.origin).parent / "data"
    tables = {p.name.partition(".csv")[0]: p for p in sorted(folder.glob("*.csv*")) if p.suffix != ".zip"}
    wanted = text[4:].partition(".csv")[0]
    if wanted not in tables:
        raise TableError(f"torchxrayvision has no table {wanted!r}{did_you_mean(wanted, tables)}")
    return tables[wanted]


def read_table(
    csv: Path | str,
    images: Path | None = None,
    findings: FindingSet = CHEXPERT,
    *,
    views: Literal["frontal", "all"] = "frontal",
) -> CaseTable:
    """Read a `.csv` or `.csv.gz` table; `TableError` names the column and the line of what is wrong."""
    csv = resolve_table_path(csv)
    raw = _read(csv)
    about = _describe(csv)
    renames = {own: chexpert for chexpert, own in about.columns.items()}
    missing = [own for own in renames if own not in raw.columns]
    if missing:
        raise TableError(f"{csv.name} has no column {missing[0]!r}, which {DESCRIPTION} names")
    external = None if "Path" in raw.columns or about.columns else _external(raw, csv)
    if external is not None:
        raw = external.frame
    raw = raw.drop(columns=[c for c in about.columns if c in raw.columns and c not in renames]).rename(
        columns=renames
    )
    if "Path" not in raw.columns:
        raise TableError(
            f"{csv.name} has no column 'Path'; its columns: {_some(raw)}. Tables in CheXpert's layout "
            "are read, and those of NIH ChestX-ray14, MIMIC-CXR-JPG or PadChest as shipped; for another layout name "
            f"the columns in a {DESCRIPTION}"
        )
    present = [f for f in findings.names if f in raw.columns]
    if not present:
        raise TableError(
            f"{csv.name} has no column for any finding, such as {findings.names[0]!r}; its columns: "
            f"{_some(raw)}; name them under `columns` in a {DESCRIPTION}"
        )
    frame = pd.DataFrame({"Path": _paths(pd.Series(raw["Path"]), csv.name)})
    for column in ABOUT_FILM:
        frame[column] = raw[column] if column in raw.columns else None
    for finding in findings.names:
        frame[finding] = _labels(pd.Series(raw[finding]), finding, csv.name) if finding in present else np.nan
    _add_names(frame, raw)
    if external is not None:
        frame["line"], frame["split"] = raw["Line"].to_numpy(), raw["Split"].to_numpy()
    if views == "frontal":
        other = frame["Frontal/Lateral"].astype(str).str.lower() == "other"
        kept = np.flatnonzero(((frame["projection"] != "lateral") & ~other).to_numpy())
        frame = frame.iloc[kept].reset_index(drop=True)
    if frame.empty:
        raise TableError(f"{csv.name} has no {'frontal ' if views == 'frontal' else ''}films")
    return CaseTable(
        frame=frame,
        name=csv.name,
        source=about.truth_source
        or (external.source if external is not None else _usual_source(csv, str(frame.iloc[0]["Path"]))),
        csv=csv,
        images=images,
        findings=findings,
        absent=tuple(f for f in findings.names if f not in present),
        folders=(".",) if external is None else external.folders,
    )


def _external(raw: pd.DataFrame, csv: Path) -> ExternalTable | None:
    for finding in CHEXPERT.names:
        if finding in raw.columns:
            _labels(pd.Series(raw[finding]), finding, csv.name)  # while the lines are still the file's
    return recognise(raw, csv)


def _some(raw: pd.DataFrame) -> str:
    return ", ".join(map(str, raw.columns[:20]))


def _read(csv: Path) -> pd.DataFrame:
    if not csv.is_file():
        raise TableError(f"there is no table {str(csv)!r}")
    try:
        return pd.read_csv(csv, low_memory=False)
    except pd.errors.EmptyDataError:
        raise TableError(f"{csv.name} is empty") from None
    except (pd.errors.ParserError, UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        raise TableError(f"{csv.name} is not a CSV table: {str(error).splitlines()[0]}") from None


def _describe(csv: Path) -> DatasetDescription:
    path = csv.parent / DESCRIPTION
    if not path.is_file():
        return DatasetDescription()
    try:
        return DatasetDescription.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except yaml.YAMLError as error:
        raise TableError(f"{path} is not YAML: {str(error).splitlines()[0]}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        expected = f"truth_source (one of {', '.join(get_args(TruthSource))}), columns, about"
        raise TableError(f"{path}: {where}: {first['msg']}; expected {expected}") from None


def _paths(column: pd.Series, name: str) -> pd.Series:
    blank = np.flatnonzero(column.isna().to_numpy())
    if blank.size:
        raise TableError(f"{name} line {blank[0] + 2}: column 'Path' is blank")
    paths = column.astype(str).str.replace("\\", "/", regex=False)
    again = np.flatnonzero(paths.duplicated().to_numpy())
    if again.size:
        raise TableError(f"{name} line {again[0] + 2}: the film {paths.iloc[again[0]]!r} stands in the table twice")
    return paths


def _labels(column: pd.Series, finding: str, name: str) -> np.ndarray:
    blank = column.isna().to_numpy()
    if not pd.api.types.is_numeric_dtype(column):
        blank = blank | (column.astype(str).str.strip() == "").to_numpy()
    values = np.asarray(pd.to_numeric(column, errors="coerce"), dtype=float)
    wrong = np.flatnonzero(~blank & ~np.isin(values, [1.0, 0.0, -1.0]))
    if wrong.size:
        line = wrong[0]
        raise TableError(
            f"{name} line {line + 2}: column {finding!r} has {str(column.iloc[line])!r}; "
            "expected 1, 0, -1 (uncertain) or blank"
        )
    return values


def _add_names(frame: pd.DataFrame, raw: pd.DataFrame) -> None:
    """Add `case_id`, `patient`, `projection`, `line` and `split`."""
    from_path = frame["Path"].str.extract(r"(?:^|/)(patient[^/]*)/", expand=False)
    frame["case_id"] = [case_id_of(p) for p in frame["Path"]]
    if frame["case_id"].duplicated().any():  # train/patient1/... and valid/patient1/... in one table
        frame["case_id"] = [p.rpartition(".")[0].replace("/", "_") or p for p in frame["Path"]]
    if frame["case_id"].duplicated().any():  # one film as .png and as .jpg
        frame["case_id"] = [p.replace("/", "_") for p in frame["Path"]]
    own = from_path.where(from_path.notna(), frame["case_id"])
    if "Patient" in raw.columns:  # what the table says goes before what a folder is called
        own = raw["Patient"].astype(str).where(raw["Patient"].notna(), own)
    frame["patient"] = own
    view = frame["Frontal/Lateral"].astype(object)
    in_name = frame["Path"].str.lower().str.contains("lateral")
    lateral = (view.astype(str).str.lower() == "lateral") | (view.isna() & in_name)
    projection = frame["AP/PA"].astype(object).where(frame["AP/PA"].isin(["AP", "PA"]), None)
    frame["projection"] = projection.mask(lateral, "lateral")
    frame["line"] = np.arange(len(frame)) + 2
    frame["split"] = None


def _usual_source(csv: Path, path: str) -> TruthSource:
    """What is known of public tables without a `dataset.yaml`."""
    text = f"{csv.parent.name}/{csv.name} {path}".lower()
    if "nih-cxr14" in text:
        return "text-mined"
    if csv.parent.name.startswith("synthetic"):
        return "simulated"
    if "chexpert" in text:
        return "reader consensus" if "valid" in csv.name.lower() or "test" in csv.name.lower() else "text-mined"
    return "unknown"
