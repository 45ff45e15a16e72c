"""Ratings by people, read back: agreement among them, with the judge, and with each metric."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy import stats

from ...training.errors import RequestError
from ...training.findings import CHEXPERT, FindingSet
from .agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from .rating_form import Arms, Key
from .records import JudgedPairs, JudgeReport, MetricAgreement, QuestionAgreement, RatingReport
from .scores import score_case

BETTER = "better"
TIE = "tie"
AB_RECORD = "ab.json"
"""What an A/B run leaves in its folder."""
FEWEST = 3
"""Texts with both a rating and a metric's value below which no correlation is given."""


@dataclass(frozen=True)
class Rating:
    """What one person said."""

    rater: str
    answers: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    """(item, question) -> yes."""
    better: Mapping[int, str] = field(default_factory=dict)
    """Number of the case on the form -> the better item, or `tie`."""


def read_ratings(files: Sequence[Path], key: Key) -> list[Rating]:
    """JSON or CSV as the form saves them. `RequestError` for another form's, and for two files of one rater."""
    ratings = [_read(file, key) for file in files]
    twice = [name for name, count in Counter(r.rater for r in ratings).items() if count > 1]
    if twice:
        raise RequestError(f"{twice[0]!r} is the rater of more than one file; every rater needs a name of their own")
    return ratings


def judged_pairs(file: Path) -> JudgedPairs | None:
    """What the judge of an A/B run prefers, from its record; None where there is no record or no judge."""
    if not file.is_file():
        return None
    try:
        judge = json.loads(file.read_text("utf-8")).get("judge")
        return None if judge is None else JudgedPairs.model_validate(judge)
    except (ValueError, AttributeError, OSError) as error:
        raise RequestError(f"{file} is not the record of an A/B run: {type(error).__name__}") from None


def _read(file: Path, key: Key) -> Rating:
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"cannot read {file}: {error}") from None
    try:
        form, rating = _from_json(text) if text.lstrip().startswith("{") else _from_csv(text)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RequestError(f"{file} is not what the form saves (JSON or CSV)") from None
    if form != key.form:
        raise RequestError(f"{file} is of the form {form!r}, but the key is of {key.form!r}")
    odd = [x for x in rating.answers if x[0] not in key.items or x[1] not in key.questions]
    if odd:
        raise RequestError(f"{file} answers {odd[0]}, which the form does not ask")
    return rating if rating.rater else Rating(file.stem, rating.answers, rating.better)


def _from_json(text: str) -> tuple[str, Rating]:
    found = json.loads(text)
    answers = {(item, name): _bool(v) for item, own in found["answers"].items() for name, v in own.items()}
    return found["form"], Rating(found["rater"], answers, {int(n): str(v) for n, v in found["preferences"].items()})


def _from_csv(text: str) -> tuple[str, Rating]:
    rows = list(csv.DictReader(io.StringIO(text)))
    answers = {
        (row["item"], row["question"]): _bool({"yes": True, "no": False}[row["answer"].strip().lower()])
        for row in rows
        if row["question"] != BETTER
    }
    better = {int(row["item"]): row["answer"] for row in rows if row["question"] == BETTER}
    return rows[0]["form"], Rating(rows[0]["rater"], answers, better)


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("an answer is yes or no")
    return value


def rate(
    ratings: Sequence[Rating],
    key: Key,
    arms: Arms,
    judge: JudgeReport | None = None,
    *,
    pairs: JudgedPairs | None = None,
    findings: FindingSet = CHEXPERT,
) -> RatingReport:
    """What the raters said, and with whom it agrees: `judge` on the questions, `pairs` on which text is better."""
    units = [(item, name) for item in key.items for name in key.questions]
    said = {unit: [r.answers[unit] for r in ratings if unit in r.answers] for unit in units}
    better = _better(ratings, key)
    complete = [own for own in said.values() if len(own) == len(ratings) >= 2]
    yes = {item: _mean([v for (i, _), own in said.items() if i == item for v in own]) for item in key.items}
    both = None
    if len(ratings) == 2:
        shared = [u for u in units if all(u in r.answers for r in ratings)]
        both = cohen_kappa(*([r.answers[u] for u in shared] for r in ratings))
    return RatingReport(
        raters=tuple(r.rater for r in ratings),
        items=len(key.items),
        answers=sum(map(len, said.values())),
        alpha=krippendorff_alpha(list(said.values())),
        cohen=both,
        fleiss=fleiss_kappa(complete) if complete else None,
        questions={
            name: QuestionAgreement(
                text=text,
                yes=_mean([v for (_, own), values in said.items() if own == name for v in values]),
                alpha=krippendorff_alpha([values for (_, own), values in said.items() if own == name]),
            )
            for name, text in key.questions.items()
        },
        arms={arm: _mean([v for i, v in yes.items() if key.items[i].arm == arm and v is not None]) for arm in arms},
        better=_preferences(better, key),
        better_alpha=krippendorff_alpha(list(better.values())),
        judge_kappa=None if judge is None else _with_judge(said, key, judge),
        judge_better_kappa=None if pairs is None else _with_pairs(better, pairs),
        metrics=_with_metrics(yes, key, arms, findings),
    )


def _better(ratings: Sequence[Rating], key: Key) -> dict[str, list[str]]:
    """Case -> the arm each rater prefers, or `tie`."""
    cases = {item.shown: item.case for item in key.items.values()}
    told: dict[str, list[str]] = {}
    for rating in ratings:
        for shown, item in rating.better.items():
            if shown in cases:
                told.setdefault(cases[shown], []).append(key.items[item].arm if item in key.items else TIE)
    return told


def _preferences(better: Mapping[str, Sequence[str]], key: Key) -> dict[str, int]:
    arms = {item.arm for item in key.items.values()}
    if len(arms) < 2:
        return {}
    told = Counter(arm for own in better.values() for arm in own)
    return {arm: told[arm] for arm in (*sorted(arms), TIE)}


def _with_pairs(better: Mapping[str, Sequence[str]], pairs: JudgedPairs) -> float | None:
    """Cohen's kappa of what most raters prefer and what the judge prefers; cases without a most are left out."""
    both = []
    for case, own in better.items():
        most = Counter(own).most_common(2)
        if case in pairs.each and (len(most) == 1 or most[0][1] > most[1][1]):
            both.append((most[0][0], pairs.each[case]))
    return cohen_kappa([a for a, _ in both], [b for _, b in both])


def _with_judge(said: Mapping[tuple[str, str], Sequence[bool]], key: Key, judge: JudgeReport) -> float | None:
    """Cohen's kappa of the raters' majority and the judge on the run's texts; a split vote is left out."""
    pairs = []
    for (item, name), values in said.items():
        own = key.items[item]
        name_of_case = own.case if own.arm == "run" else f"{own.arm}.1.{own.case}"
        judged = judge.each.get(name_of_case, {}).get(name)
        if judged is not None and values and sum(values) * 2 != len(values):
            pairs.append((sum(values) * 2 > len(values), judged))
    return cohen_kappa([a for a, _ in pairs], [b for _, b in pairs])


def _with_metrics(
    yes: Mapping[str, float | None], key: Key, arms: Arms, findings: FindingSet
) -> dict[str, MetricAgreement]:
    """Spearman's rank correlation of a text's share of yes with each of its metrics."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for item, share in yes.items():
        own = key.items[item]
        case = arms.get(own.arm, {}).get(own.case)
        if share is None or case is None:
            continue
        for name, value in score_case(case, findings).items():
            pairs.setdefault(name, [])
            if value is not None:
                pairs[name].append((share, value))
    return {name: MetricAgreement(rho=_spearman(own), n=len(own)) for name, own in pairs.items()}


def _spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    if len(pairs) < FEWEST or any(np.ptp([p[k] for p in pairs]) == 0 for k in (0, 1)):
        return None
    first, second = np.array(pairs).T
    return float(np.corrcoef(stats.rankdata(first), stats.rankdata(second))[0, 1])


def _mean(values: Sequence[float | bool]) -> float | None:
    return sum(values) / len(values) if values else None
