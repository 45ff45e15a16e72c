"""A blinded form for people: the texts of a run's arms in shuffled order, under the judge's rubric, as one HTML file.

    DIR/rating/form.html    goes to the raters; holds no case id, arm, writer or prompt
    DIR/rating/key.json     stays: which text is which

Arms are both arms of an A/B run; of a batch the run itself and, where an LLM wrote it, the narrator on its evidence.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, ValidationError

from ...agents.llm.evidence import describe_evidence
from ...agents.records import CaseReport
from ...agents.reports.pages import data_uri, render_page
from ...training.errors import RequestError
from ...training.findings import CHEXPERT, FindingSet
from ...training.models.checkpoints import write_atomically
from .controls import narrated
from .judge import rubric, text_of
from .scored_case import ScoredCase

FOLDER, FORM, KEY = "rating", "form.html", "key.json"
PICTURES = (("panel.png", "image/png"), ("thumb.jpg", "image/jpeg"))
"""What may stand beside a case's record, best first."""


class Item(BaseModel):
    """One text to be rated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: str
    arm: str
    shown: int
    """Number of its case on the form, from 1."""


class Key(BaseModel):
    """`key.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: str
    """Ratings carry it, so that they are read with the key they belong to."""
    seed: int
    questions: dict[str, str]
    items: dict[str, Item]


Arms = Mapping[str, Mapping[str, ScoredCase]]
"""Arm -> case -> its explanation."""


def arms_of(cases: Sequence[ScoredCase], findings: FindingSet = CHEXPERT) -> dict[str, dict[str, ScoredCase]]:
    """The arms of a run's explanations; of repeats the first."""
    doubled = [case.report.case_id.split(".", 2) for case in cases]
    if all(len(parts) == 3 and parts[0] in ("a", "b") and parts[1].isdigit() for parts in doubled):
        arms: dict[str, dict[str, ScoredCase]] = {"a": {}, "b": {}}
        for (arm, repeat, name), case in zip(doubled, cases, strict=True):
            if repeat == "1":
                arms[arm][name] = case
        return arms
    run = {case.report.case_id: case for case in cases}
    if all(case.report.writer.kind == "offline" for case in cases):
        return {"run": run}
    return {"run": run, "narrator": {name: narrated(case, findings) for name, case in run.items()}}


def write_form(
    folder: Path, cases: Sequence[ScoredCase], *, most: int = 40, seed: int = 0, findings: FindingSet = CHEXPERT
) -> Key:
    """Form and key below the run's folder. `RequestError` where no case has a text of every arm."""
    arms = arms_of(cases, findings)
    common = sorted(set.intersection(*(set(arm) for arm in arms.values())))
    if not common:
        raise RequestError(f"{folder} has no case with a text of every arm ({', '.join(arms)})")
    rng = random.Random(seed)  # noqa: S311  an order, not a secret
    chosen = rng.sample(common, min(most, len(common)))
    items: dict[str, Item] = {}
    shown = []
    for number, name in enumerate(chosen, 1):
        order = rng.sample(list(arms), len(arms))
        ids = {arm: hashlib.sha256(f"{seed}:{rng.random()}:{name}:{arm}".encode()).hexdigest()[:10] for arm in order}
        items |= {ids[arm]: Item(case=name, arm=arm, shown=number) for arm in order}
        first = next(iter(arms.values()))[name].report
        shown.append(
            {
                "number": number,
                "picture": picture_of(folder, first),
                "evidence": describe_evidence(first.evidence),
                "texts": [{"id": ids[arm], "text": text_of(arms[arm][name].report)} for arm in order],
            }
        )
    form = hashlib.sha256("".join(items).encode()).hexdigest()[:12]
    key = Key(form=form, seed=seed, questions=rubric(), items=items)
    out = folder / FOLDER
    write_atomically(out / KEY, key.model_dump_json(indent=1) + "\n")
    write_atomically(out / FORM, render_form(key, shown))
    return key


def render_form(key: Key, shown: Sequence[Mapping[str, Any]]) -> str:
    here = Path(__file__).parent
    data = {"form": key.form, "questions": key.questions, "cases": list(shown)}
    return render_page(
        "rating.html.jinja",
        folder=here,
        script_name=str(here / "rating.js.jinja"),
        data=_script(data),
        total=len(shown),
    )


def read_key(folder: Path) -> Key:
    path = folder / FOLDER / KEY
    try:
        return Key.model_validate_json(path.read_bytes())
    except OSError:
        raise RequestError(f"{path} is not there; make form and key with: cxr-lens score --rate {folder}") from None
    except ValidationError as error:
        raise RequestError(f"{path} is not a form's key: {error.errors()[0]['msg']}") from None


def picture_of(folder: Path, report: CaseReport) -> str | None:
    """Film and heatmaps as a data URI, where the run kept a picture."""
    own = folder / "cases" / report.case_id
    for name, kind in PICTURES:
        if (own / name).is_file():
            return data_uri((own / name).read_bytes(), kind)
    return None


def _script(data: Mapping[str, Any]) -> Markup:
    """JSON for a script block of the page: nothing in it can end the block."""
    text = json.dumps(data, ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704  escaped above
