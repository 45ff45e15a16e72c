"""Sentences in the words of a filled-in report: the true one passes, its false twins do not.

The baseline's highest labels are Fracture (0.91), Consolidation (0.90), Lung Lesion (0.88), Edema (0.71) and Support
Devices, the fine-tuned model's Fracture (0.81), Pleural Other, Cardiomegaly, Pneumonia (0.65) and Support Devices.
The map for Edema moves from cardiac silhouette, a usual place, to right hilum, the one for Pneumonia from cardiac
silhouette to retrocardiac, into usual places, that for Pleural Other out of them, to left cardiophrenic angle.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.explanation.facts import read_facts
from cxr_lens.agents.state import Brief

MakeBrief = Callable[..., Brief]
LetThrough = Callable[..., bool]

SHARES = {("finetuned", "Edema"): 0.18, ("baseline", "Pneumonia"): 0.08, ("finetuned", "Pneumonia"): 0.81}


@pytest.fixture(scope="module")
def brief(three_findings: MakeBrief) -> Brief:
    return three_findings(SHARES)


TWINS: dict[str, tuple[str, ...]] = {
    "The baseline calls Edema with 0.71 and ranks it 4 among its highest labels.": (
        "The baseline calls Edema with 0.71 and ranks it 3 among its highest labels.",
        "The fine-tuned model calls Edema with 0.71 and ranks it 4 among its highest labels.",
        "The baseline calls Edema with 0.71 and does not rank it 4 among its highest labels.",
    ),
    "With 0.65 the fine-tuned model calls Pneumonia and ranks it 4.": (
        "With 0.65 the fine-tuned model calls Pneumonia and ranks it 5.",
        "The fine-tuned model calls Pneumonia with 0.65, and the baseline ranks it 4.",
    ),
    "Fracture ranks 1 for both models.": ("Fracture ranks 2 for both models.", "Edema ranks 1 for both models."),
    "The baseline gives Edema 0.71 and puts Fracture first.": (
        "The baseline gives Edema 0.71 and puts Lung Lesion first.",
        "The baseline gives Edema 0.71 and puts Fracture second.",
    ),
    "The baseline calls Edema; the fine-tuned model scores it 0.32, nor is it one of its five highest labels.": (
        "The baseline calls Edema; the fine-tuned model scores it 0.32, and it is one of its five highest labels.",
        "The baseline calls Edema; the fine-tuned model gives Cardiomegaly 0.67, nor is it one of its highest labels.",
    ),
    "The fine-tuned model does not call Edema and does not list it among its highest labels.": (
        "The fine-tuned model does not call Edema and lists it among its highest labels.",
        "The fine-tuned model does not call Cardiomegaly and does not list it among its highest labels.",
    ),
    "Pneumonia is called by the fine-tuned model and lies outside the highest labels of the baseline.": (
        "Pneumonia is called by the fine-tuned model and lies outside its five highest labels.",
        "Edema is not called by the fine-tuned model and lies outside the highest labels of the baseline.",
        "Pneumonia is called by the fine-tuned model and is not outside the highest labels of the baseline.",
    ),
    "Neither model has Pleural Effusion among its highest labels.": (
        "Neither model has Edema among its highest labels.",
        "Neither model has Fracture among its highest labels.",
    ),
    "For Edema the attention has moved from cardiac silhouette to right hilum, away from usual places.": (
        "For Edema the attention has moved from cardiac silhouette to right hilum, into usual places.",
        "For Edema the attention has moved from right hilum to cardiac silhouette, away from usual places.",
        "For Edema the attention has moved from cardiac silhouette to left hilum, away from usual places.",
        "For Edema the attention has not moved from cardiac silhouette to right hilum, away from usual places.",
        "For Pneumonia the attention has moved from cardiac silhouette to right hilum, away from usual places.",
    ),
    "For Pneumonia the focus has shifted to retrocardiac and entered usual places.": (
        "For Pneumonia the focus has shifted to retrocardiac and left usual places.",
        "For Pneumonia the focus has shifted to cardiac silhouette and entered usual places.",
        "For Pneumonia the focus has never shifted to retrocardiac and entered usual places.",
    ),
    "For Edema the attention has left usual places.": (
        "For Pneumonia the attention has left usual places.",
        "For Edema the attention has not left usual places.",
        "For Edema the attention has almost left usual places.",
        "For Edema the baseline's attention has left usual places.",
    ),
    "For Edema and Pleural Other the attention goes from mostly to NOT mainly in usual places.": (
        "For Edema and Pneumonia the attention goes from mostly to NOT mainly in usual places.",
        "For Edema and Pleural Other the attention goes from NOT mainly to mostly in usual places.",
    ),
    "Edema and Lung Lesion are calls of the baseline only.": (
        "Edema and Pneumonia are calls of the baseline only.",
        "Edema and Fracture are calls of the baseline only.",
        "Edema and Lung Lesion are calls of the fine-tuned model only.",
        "Edema and Lung Lesion are not calls of the baseline only.",
        "Edema and Lung Lesion are calls of neither model.",
    ),
    "The fine-tuned model gives Cardiomegaly 0.67 and comes close to calling it.": (
        "The fine-tuned model gives Cardiomegaly 0.67 and does not come close to calling it.",
        "The fine-tuned model gives Pneumonia 0.65 and comes close to calling it.",
        "The fine-tuned model gives Cardiomegaly 0.67 and comes close to not calling it.",
        "The baseline gives Cardiomegaly 0.13 and comes close to calling it.",
    ),
    "The baseline's maps for Edema and Lung Lesion lie mostly in usual places; of the fine-tuned model's only Pneumonia"
    " does.": (
        "The baseline's maps for Edema and Lung Lesion lie mostly in usual places; of the fine-tuned model's only Edema"
        " does.",
        "The fine-tuned model's maps for Edema and Lung Lesion lie mostly in usual places; of the baseline's only"
        " Pneumonia does.",
        "The baseline's map for Pneumonia does not lie mostly in usual places; of the fine-tuned model's only Pneumonia"
        " does.",
    ),
    "The fine-tuned model calls Pneumonia, and with 81 % its map for Pneumonia is mainly in usual places.": (
        "The fine-tuned model calls Pneumonia, and with 19 % its map for Pneumonia is not mainly in usual places.",
        "The fine-tuned model calls Pneumonia, and with 19 % its map for Pneumonia is mainly in usual places.",
    ),
    "The baseline does not call Cardiomegaly, with 0.13, but calls Edema with 0.71, and 18 % of the fine-tuned model's"
    " map for Edema lies in usual places; with 18 % that map is not mainly in usual places.": (
        "The baseline does not call Cardiomegaly, with 0.13, but calls Edema with 0.71, and 18 % of the fine-tuned"
        " model's map for Edema lies in usual places; with 82 % that map is not mainly in usual places.",
    ),
    "The fine-tuned model does not call Atelectasis, a finding the baseline does not assess, and calls Fracture.": (
        "The fine-tuned model does not call Atelectasis, a finding the baseline assesses, and calls Fracture.",
        "The fine-tuned model does not call Edema, a finding the baseline does not assess, and calls Fracture.",
        "The fine-tuned model does not call Atelectasis, a finding the baseline does not assess, and calls Edema.",
    ),
}


@pytest.mark.parametrize("true", TWINS)
def test_a_sentence_of_a_report_passes_and_its_false_twins_do_not(
    let_through: LetThrough, brief: Brief, true: str
) -> None:
    assert let_through(brief, true)
    assert [twin for twin in TWINS[true] if let_through(brief, twin)] == []


def test_the_other_way_and_them_are_what_was_told_of_before(let_through: LetThrough, brief: Brief) -> None:
    told = "For Edema the attention has come out of usual places."
    assert let_through(brief, told, "For Pneumonia it goes the other way, from 8 % to 81 %.")
    for false in ("other way, from 81 % to 8 %", "same way, from 8 % to 81 %"):
        assert not let_through(brief, told, f"For Pneumonia it goes the {false}.")
    assert not let_through(brief, told, "For Pleural Other it goes the other way.")
    assert let_through(brief, told, "For Pleural Other it has left them, too.")
    assert not let_through(brief, told, "For Pneumonia it has left them, too.")
    assert not let_through(brief, "For Pneumonia it goes the other way.")


def test_no_move_is_stated_only_where_a_map_is_empty(
    let_through: LetThrough, three_findings: MakeBrief, brief: Brief
) -> None:
    empty = three_findings(SHARES, empty=("finetuned",))
    told = "For Edema no move of the attention can be stated."
    assert let_through(empty, told)
    assert not let_through(brief, told)
    zone = read_facts(empty.evidence).looks["baseline", "Edema"].peak_zone
    other = f"For Edema the attention in {zone} has {{}} counterpart in the {{}}."
    assert let_through(empty, other.format("no", "fine-tuned model"))
    for no, model in (("a", "fine-tuned model"), ("no", "baseline")):
        assert not let_through(empty, other.format(no, model))
    assert not let_through(brief, other.format("no", "fine-tuned model"))


def test_gains_and_losses_balance_only_where_the_verdict_says_so(let_through: LetThrough, brief: Brief) -> None:
    assert not let_through(brief, "Behind it, gains and losses balance: Edema goes from TP to FN.")


def test_a_verdict_is_of_the_finding_it_stands_behind(let_through: LetThrough, three_findings: MakeBrief) -> None:
    one = three_findings(SHARES, about="Edema")
    assert let_through(one, "For Edema the verdict is WORSE.")
    assert not let_through(one, "For Pneumonia the verdict is WORSE.")
    assert not let_through(one, "For Edema the verdict is IMPROVED.")
    assert not let_through(one, "It is carried by the score alone.")


def test_a_verdict_is_carried_by_the_score_where_the_outcomes_are_the_same(
    let_through: LetThrough, three_findings: MakeBrief
) -> None:
    changed = {("baseline", "Edema"): (0.10, 0.50), ("finetuned", "Edema"): (0.32, 0.40)}
    one = three_findings(SHARES, changed, about="Edema")
    assert let_through(one, "The verdict is IMPROVED.", "It is carried by the score alone, as both models are FN.")
    assert let_through(one, "What carries the verdict is the higher score.")
    for false in ("It is carried by the lower score.", "What carries it is not the score."):
        assert not let_through(one, "The verdict is IMPROVED.", false)
