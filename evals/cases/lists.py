"""Which cases stand for a family: read from a file, or picked from a table by a stated rule.

A file is YAML: `cases` maps a family to its easy, average and hard case, and `winners` may hold published results
(training/configs/paper/cases.yaml). A case is a case id, or a patient's id, which means the first of its films.

The rule: among the family's cases of a level, the one whose two case F1s lie nearest to the level's mean; with an equal
distance the first in the table. Cases with a true finding come first; a case without one counts with F1 1 where the
model is right and 0 where it is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ...tools.schemas import Comparison, Judgement
from ...training.errors import RequestError, TableError
from ...training.tables import CaseTable

Level = Literal["easy", "average", "hard"]
LEVELS: tuple[Level, ...] = get_args(Level)
Winner = Literal["F", "B", "=", "N"]
WINNERS: dict[Winner, str] = {"F": "Finetuned", "B": "Baseline", "=": "Both", "N": "Neither"}


class CaseList(BaseModel):
    """A file of cases."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: dict[str, dict[Level, str]]
    winners: dict[str, dict[str, dict[Level, Winner]]] = {}
    """Family -> owner of the case -> level -> who won there."""


def read_case_list(path: Path) -> CaseList:
    if not path.is_file():
        raise RequestError(f"there is no case list {str(path)!r}")
    try:
        return CaseList.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise RequestError(f"{path.name} is not YAML: {str(error).splitlines()[0]}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise RequestError(f"{path.name}: {where}: {first['msg']}; expected cases.FAMILY.easy/average/hard") from None


def find_case(table: CaseTable, name: str) -> str | None:
    """The case id a name means in a table; None where the table has no such case."""
    ids = table.frame["case_id"].astype(str)
    patients = table.frame["patient"].astype(str)
    for column in (ids, patients):
        hits = np.flatnonzero(column.to_numpy() == name)
        if hits.size:
            return ids.iloc[int(hits[0])]
    return None


def winner_of(comparison: Comparison) -> Winner | None:
    """Who is right on the case; None where nothing could be judged."""
    baseline, finetuned = comparison.baseline_judgement, comparison.finetuned_judgement
    if baseline is None or finetuned is None:
        return None
    if baseline.right and finetuned.right:
        return "="
    if finetuned.right:
        return "F"
    return "B" if baseline.right else "N"


def level_of(comparison: Comparison) -> Level | None:
    """easy: both models are right; average: exactly one; hard: neither."""
    winner = winner_of(comparison)
    return None if winner is None else "easy" if winner == "=" else "hard" if winner == "N" else "average"


def pick_cases(comparisons: Mapping[str, Comparison]) -> dict[Level, str]:
    """One case id per level that occurs, by the rule above; `comparisons` in the table's order."""
    picked: dict[Level, str] = {}
    for level in LEVELS:
        own = [(case, c) for case, c in comparisons.items() if level_of(c) == level]
        if not own:
            continue
        with_truth = [(case, c) for case, c in own if _f1s(c)[2]]
        pool = with_truth or own
        points = np.array([_f1s(c)[:2] for _, c in pool])
        distance = np.linalg.norm(points - points.mean(0), axis=1)
        picked[level] = pool[int(np.argmin(np.round(distance, 9)))][0]
    if not picked:
        raise TableError("no case of the table could be judged: it holds no known finding that both models assess")
    return picked


def _f1s(comparison: Comparison) -> tuple[float, float, bool]:
    """Both case F1s, and whether the case has a true finding."""
    values = []
    for judgement in (comparison.baseline_judgement, comparison.finetuned_judgement):
        values.append(_f1(judgement))
    first = comparison.baseline_judgement
    return values[0], values[1], bool(first and (first.true_positive or first.false_negative))


def _f1(judgement: Judgement | None) -> float:
    if judgement is None:
        return 0.0
    return judgement.f1 if judgement.f1 is not None else float(judgement.right)


def agreement(ours: Sequence[Winner | None], published: Sequence[Winner]) -> tuple[int, int]:
    """(how many agree, how many could be compared)."""
    known = [(a, b) for a, b in zip(ours, published, strict=True) if a is not None]
    return sum(a == b for a, b in known), len(known)
