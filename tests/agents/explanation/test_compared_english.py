"""What is the same, the opposite, more or less than what was told before is held to it, and to the evidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import Brief, Draft

SCORES = {
    ("baseline", "Edema"): (0.71, 0.50),
    ("finetuned", "Edema"): (0.32, 0.40),
    ("baseline", "Pneumonia"): (0.22, 0.50),
    ("finetuned", "Pneumonia"): (0.65, 0.60),
    ("baseline", "Fracture"): (0.91, 0.50),
    ("finetuned", "Fracture"): (0.81, 0.70),
    ("baseline", "Cardiomegaly"): (0.20, 0.50),
    ("finetuned", "Cardiomegaly"): (0.46, 0.50),
}
TRUTH = {"Edema": "positive", "Pneumonia": "negative", "Fracture": "positive", "Cardiomegaly": "negative"}
SHARES = {
    ("baseline", "Edema"): 0.62,
    ("finetuned", "Edema"): 0.18,
    ("baseline", "Pneumonia"): 0.21,
    ("finetuned", "Pneumonia"): 0.74,
}


@pytest.fixture(scope="module")
def brief(make_brief: Callable[..., Brief]) -> Brief:
    return make_brief(4, about=False, scores=SCORES, truth=TRUTH, plausible=SHARES, empty=())


def last_passes(brief: Brief, *texts: str) -> bool:
    """Whether the last sentence is let through; those before it must be."""
    evidence = tuple(item.id for item in brief.evidence)
    draft = Draft(sentences=tuple(Sentence(text=text, evidence=evidence) for text in texts))
    cut = {c.text for c in find_mistakes(draft, brief)}
    assert not cut & set(texts[:-1])
    return texts[-1] not in cut


NOTHING = "Fracture is called by both models."
SAME = [
    (
        "The baseline calls Edema, 0.71 over a threshold of 0.50.",
        "With the same threshold, 0.46 is not enough for Cardiomegaly, and the fine-tuned model makes no call.",
        [
            "With the same threshold, 0.32 is not enough, and the fine-tuned model makes no call.",
            "The fine-tuned model does not call it, given that 0.32 is below the same value of 0.40.",
        ],
    ),
    (
        "The baseline does not call Cardiomegaly, since 0.20 is below 0.50.",
        "The same holds for the fine-tuned model, whose 0.46 is below 0.50.",
        [
            "The same holds for the fine-tuned model, whose 0.46 is above 0.50.",
            "On Edema the thresholds are the same, 0.50 for both models.",
        ],
    ),
    (
        "The baseline calls Edema.",
        "It does not call Cardiomegaly, and the same is true of the fine-tuned model.",
        ["It calls Fracture, which is a true positive, and the same is true of the other on Edema."],
    ),
]
OPPOSITE = [
    (
        "Pneumonia goes from TN to FP.",
        "Edema goes the opposite way, from TP to FN.",
        ["Edema goes the opposite way, from FN to TP.", "Fracture goes the opposite way, from TP to TP."],
    ),
    (
        "The baseline calls Edema, while the fine-tuned model leaves it uncalled.",
        "It is the reverse with Pneumonia.",
        [
            "It is the reverse with Fracture.",
            "It is not the reverse with Pneumonia.",
            "It is hardly the reverse with Pneumonia.",
        ],
    ),
    (
        NOTHING,
        "The models give opposite answers on Edema.",
        [
            "Opposite calls notwithstanding, the scores are 0.91 for the baseline and 0.81 for the fine-tuned model.",
            "The models give opposite answers on Cardiomegaly.",
            "For Edema the peak is hardly the cardiac silhouette for the baseline.",
            "On Cardiomegaly the thresholds are 0.50 for neither model.",
        ],
    ),
]
FLAT = [
    (
        "The baseline's map for Edema has 62 % in usual places; a flat map would have 58 %.",
        "18 % of the fine-tuned model's does, compared with 67 %.",
        [
            "18 % of the fine-tuned model's does, compared with 58 %.",
            "67 % of the fine-tuned model's does, compared with 18 %.",
        ],
    ),
    (
        NOTHING,
        "For the fine-tuned model's Edema map a flat map would have done better, at 67 %.",
        [
            "For the fine-tuned model's Edema map a flat map would have done worse, at 67 %.",
            "For the baseline's Edema map a flat map would have done better, at 58 %.",
        ],
    ),
    (
        NOTHING,
        "With 74 % of the fine-tuned model's Pneumonia map in usual places, a flat map, at 44 %, is clearly beaten.",
        [
            "With 21 % of the baseline's Pneumonia map in usual places, a flat map, at 63 %, is clearly beaten.",
            "With 74 % of the fine-tuned model's Pneumonia map in usual places, a flat map, at 44 %, is not reached.",
        ],
    ),
    (
        NOTHING,
        "For Edema the baseline's gain over a flat map, 4 points, is larger than the fine-tuned model's.",
        [
            "For Edema the baseline's gain over a flat map, 4 points, is smaller than the fine-tuned model's.",
            "For Edema the baseline's gain over a flat map, 14 points, is larger than the fine-tuned model's.",
        ],
    ),
    (
        "The fine-tuned model has 18 % of its Edema map in usual places.",
        "A much higher share, 62 %, is attained by the baseline's.",
        [
            "A much lower share, 62 %, is attained by the baseline's.",
            "Weaker is the baseline's placement, with 62 %.",
        ],
    ),
    (
        NOTHING,
        "For Edema the fine-tuned model's map is not more plausible than the baseline's.",
        [
            "For Edema the baseline's map is not more plausible than the fine-tuned model's.",
            "For Edema the baseline's map is better placed, but in neither is it the main part.",
        ],
    ),
]
CONCORD = [
    (
        NOTHING,
        "On Pleural Other the models agree in call but not in attention.",
        [
            "On Edema the two agree in call but not in attention.",
            "On Pleural Other the models differ in call and in attention.",
        ],
    ),
    (
        "Edema is called by the baseline and passed over by the fine-tuned model.",
        "Attention mirrors this: 62 % of the baseline's activation lies in usual places, and 18 % of the other's.",
        ["Attention mirrors this: 18 % of the baseline's activation lies in usual places, and 62 % of the other's."],
    ),
    (
        NOTHING,
        "The Pneumonia maps could hardly be placed more differently.",
        [
            "The Fracture calls could hardly be more different.",
            "The scores for Fracture could hardly lie further apart.",
        ],
    ),
    (
        NOTHING,
        "The two share more successes than failures, and although they share Fracture, they differ on Edema.",
        [
            "The two share more failures than successes.",
            "Although they share Edema, the models differ on Pneumonia.",
            "Both are TN on Pleural Effusion and FN on Edema.",
        ],
    ),
    (
        "Edema is called by the baseline at 0.71 and not by the fine-tuned model.",
        "The caller looks in more customary spots, with 62 % of its map in usual places against 18 % for its rival.",
        [
            "The caller looks in the less customary spots, with 62 % of its activation in usual places.",
            "For Edema the fine-tuned model's map is better placed than the baseline's.",
            "On Edema the model that calls it has the worse-placed map, 62 % in usual places for the baseline.",
        ],
    ),
]
CLOSE = [
    (
        "0.71 is enough for a call of Edema in the baseline.",
        "The two models have different thresholds for Edema, 0.50 for the baseline and 0.40 for the fine-tuned model.",
        [
            "The two models have different thresholds for Cardiomegaly.",
            "0.32 is enough for a call of Edema in the fine-tuned model.",
            "Closest to its threshold is the fine-tuned model's Cardiomegaly, 0.46 under 0.50.",
            "The fine-tuned model calls two findings, the widest being Pneumonia with 0.65 against 0.60.",
        ],
    ),
    (
        NOTHING,
        "The fine-tuned model calls two findings, the narrowest being Pneumonia with 0.65 against 0.60.",
        [
            "The fine-tuned model calls two findings, the narrowest being Fracture with 0.81 against 0.70.",
            "The fine-tuned model calls two findings, and the surer of them is Pneumonia at 0.65.",
            "The baseline calls five findings, and the closest of them is Fracture at 0.91.",
        ],
    ),
    (
        NOTHING,
        "Only a little, 0.46 against 0.50, separates the fine-tuned model from a call of Cardiomegaly.",
        [
            "Only a little, 0.20 against 0.50, separates the baseline from a call of Cardiomegaly.",
            "Only a little, 0.65 against 0.60, separates the fine-tuned model from a call of Pneumonia.",
        ],
    ),
    (
        NOTHING,
        "For Cardiomegaly, what worsens is no more than the score, which goes from 0.20 to 0.46.",
        [
            "For Cardiomegaly, what improves is no more than the score, which goes from 0.20 to 0.46.",
            "For Pneumonia, what worsens is no more than the score, which goes from 0.22 to 0.65.",
        ],
    ),
]
COMPARED = [
    (
        NOTHING,
        "On Edema the fine-tuned model has a lower threshold than the baseline, 0.40 against 0.50.",
        [
            "On Edema the fine-tuned model has a higher threshold than the baseline, 0.40 against 0.50.",
            "The threshold is higher for the baseline on Pneumonia, 0.60 against 0.50.",
        ],
    ),
    (
        NOTHING,
        "The score for Edema is lower after fine-tuning, 0.32 instead of 0.71.",
        [
            "The score for Edema is higher after fine-tuning, 0.32 instead of 0.71.",
            "The fine-tuned model is more sure of Fracture than the baseline, 0.81 as opposed to 0.91.",
            "Of its two calls the fine-tuned model is surer of Pneumonia.",
        ],
    ),
    (
        NOTHING,
        "Of the two Edema maps the baseline's is the better placed, with 62 % in usual places against 18 %.",
        [
            "Of the two Edema maps the fine-tuned model's is the better placed, with 18 % there against 62 %.",
            "The share in usual places is higher for the fine-tuned model on Edema, 62 % compared with 18 %.",
            "A flat map would beat the baseline's Edema map.",
            "18 % of the fine-tuned model's Edema map lies in usual places, no less than in a flat map.",
            "Perhaps the baseline struggles because its Edema score is not 0.71.",
            "The findings on which the two are not said to differ are Edema and Pneumonia.",
        ],
    ),
    (
        "For Edema the baseline's map lies mostly in usual places and the fine-tuned model's does not.",
        "For Pneumonia it is the other way round.",
        ["For Pleural Other it is the other way round.", "Likewise for Pneumonia."],
    ),
    (
        "62 % of the baseline's Edema map and 18 % of the fine-tuned model's lie in usual places.",
        "On Pneumonia the roles are reversed.",
        ["On Pleural Other the roles are reversed.", "It is hardly the other way round for Pneumonia."],
    ),
]


@pytest.mark.parametrize(("before", "true", "false"), [*SAME, *OPPOSITE, *FLAT, *CONCORD, *CLOSE, *COMPARED])
def test_the_same_the_opposite_and_more_are_held_to_what_was_told(
    brief: Brief, before: str, true: str, false: list[str]
) -> None:
    assert last_passes(brief, before, true)
    for text in false:
        assert not last_passes(brief, before, text), text


def test_not_more_informed_except_for_one_finding_holds_of_all_others_cited(brief: Brief) -> None:
    text = "The {} attention is not more anatomically informed than the {}, except for {}."
    cited = tuple(
        f"gradcam.{role}.{finding}" for finding in ("edema", "pneumonia") for role in ("baseline", "finetuned")
    )
    models = ("fine-tuned model's", "baseline's")

    def passes(*words: str) -> bool:
        sentence = Sentence(text=text.format(*words), evidence=cited)
        return not find_mistakes(Draft(sentences=(sentence,)), brief)

    assert passes(*models, "Pneumonia")
    assert not passes(*models, "Edema")
    assert not passes(*models[::-1], "Pneumonia")
