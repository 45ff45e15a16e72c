"""What is told of several findings at once, or of a move from one outcome to another, holds for each of them."""

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
    ("finetuned", "Fracture"): (0.61, 0.70),
    ("baseline", "Lung Lesion"): (0.81, 0.50),
    ("finetuned", "Lung Lesion"): (0.12, 0.30),
    ("baseline", "Cardiomegaly"): (0.20, 0.50),
    ("finetuned", "Cardiomegaly"): (0.46, 0.50),
}
TRUTH = {
    "Edema": "positive",
    "Pneumonia": "negative",
    "Fracture": "negative",
    "Lung Lesion": "negative",
    "Cardiomegaly": "negative",
}
SHARES = {
    ("baseline", "Edema"): 0.81,
    ("finetuned", "Edema"): 0.18,
    ("baseline", "Pneumonia"): 0.12,
    ("finetuned", "Pneumonia"): 0.94,
    ("baseline", "Fracture"): 0.07,
    ("finetuned", "Fracture"): 0.15,
    ("baseline", "Lung Lesion"): 0.11,
    ("finetuned", "Lung Lesion"): 0.96,
}


@pytest.fixture(scope="module")
def brief(make_brief: Callable[..., Brief]) -> Brief:
    return make_brief(4, about=False, positive=0.0, scores=SCORES, truth=TRUTH, plausible=SHARES, empty=())


def passes(brief: Brief, text: str) -> bool:
    """Whether the last of the sentences, which ` || ` parts, is let through."""
    evidence = tuple(item.id for item in brief.evidence)
    sentences = tuple(Sentence(text=one, evidence=evidence) for one in text.split(" || "))
    return sentences[-1].text not in {c.text for c in find_mistakes(Draft(sentences=sentences), brief)}


MOVES = [
    (
        "Fracture and Lung Lesion turn from FP to TN with fine-tuning, while Edema turns from TP to FN.",
        [
            "Fracture and Edema turn from FP to TN with fine-tuning, while Edema turns from TP to FN.",
            "Fracture and Lung Lesion turn from TN to FP with fine-tuning, while Edema turns from TP to FN.",
            "Fracture and Lung Lesion turn from FP to TN with fine-tuning, while Pneumonia turns from TP to FN.",
            "Only Fracture turns from FP to TN with fine-tuning, while Edema turns from TP to FN.",
        ],
    ),
    (
        "Fracture goes from FP to TN. || In return Pneumonia moves the other way, from TN to FP.",
        [
            "Fracture goes from FP to TN. || In return Lung Lesion moves the other way, from FP to TN.",
            "Fracture goes from FP to TN. || In return Pneumonia moves the other way, from FP to TN.",
        ],
    ),
    (
        "Two changes lie behind this: Edema turns from TP to FN and Pneumonia from TN to FP.",
        [
            "Three changes lie behind this: Edema turns from TP to FN and Pneumonia from TN to FP.",
            "Two changes lie behind this: Edema turns from TP to FN and Pneumonia from FP to TN.",
        ],
    ),
    (
        "Two findings change for the better: Fracture and Lung Lesion go from FP to TN.",
        [
            "Two findings change for the worse: Fracture and Lung Lesion go from FP to TN.",
            "Two findings change for the better: Edema goes from TP to FN and Pneumonia from TN to FP.",
        ],
    ),
    (
        "The fine-tuned model turns Fracture from FP to TN.",
        ["The baseline turns Fracture from FP to TN.", "The fine-tuned model turns Edema from FP to TN."],
    ),
    (
        "The fine-tuned model clears the baseline's FP on Fracture but brings a new FP on Pneumonia.",
        [
            "The baseline clears the fine-tuned model's FP on Fracture but brings a new FP on Pneumonia.",
            "The fine-tuned model clears the baseline's FP on Edema but brings a new FP on Pneumonia.",
            "The fine-tuned model clears the baseline's FP on Fracture but brings a new FP on Edema.",
        ],
    ),
    (
        "The fine-tuned model has fewer false positives than the baseline.",
        [
            "The fine-tuned model has more false positives than the baseline.",
            "The baseline has fewer false positives than the fine-tuned model.",
            "The fine-tuned model has fewer false negatives than the baseline.",
        ],
    ),
    (
        "The fine-tuned model adds Pneumonia but gives up Edema and Fracture.",
        [
            "The baseline adds Pneumonia but gives up Edema and Fracture.",
            "The fine-tuned model adds Cardiomegaly but gives up Edema and Fracture.",
            "The fine-tuned model adds Pneumonia but gives up Edema and Cardiomegaly.",
        ],
    ),
    (
        "The fine-tuned model calls Pneumonia. || It also drops Edema, which goes from TP to FN.",
        [
            "The baseline calls Fracture. || It also drops Edema, which goes from TP to FN.",
            "The fine-tuned model calls Pneumonia. || It also drops Edema, which goes from FN to TP.",
        ],
    ),
]

PLACES = [
    (
        "Of the baseline's four maps only Edema is mostly in usual places; Pneumonia, Fracture and Lung Lesion do not.",
        [
            "Of the baseline's three maps only Edema is mostly in usual places; Pneumonia and Fracture do not.",
            "Of the baseline's four maps only Fracture is mostly in usual places; Edema and Lung Lesion do not.",
            "Of the fine-tuned model's four maps only Edema is mostly in usual places; Pneumonia and Fracture do not.",
            "Of the baseline's four maps only Edema is mostly in usual places; Pneumonia, Fracture and Lung Lesion do.",
        ],
    ),
    (
        "The baseline's maps do not lie mostly in usual places for Pneumonia and Lung Lesion. "
        "|| In the fine-tuned model Pneumonia and Lung Lesion do.",
        [
            "The baseline's maps do not lie mostly in usual places for Pneumonia and Lung Lesion. "
            "|| In the fine-tuned model Pneumonia and Lung Lesion do not.",
            "The baseline's maps do not lie mostly in usual places for Pneumonia and Lung Lesion. "
            "|| In the fine-tuned model Pneumonia and Fracture do.",
        ],
    ),
    (
        "For Fracture neither map lies mostly in usual places; in the fine-tuned model only Edema and Fracture do not.",
        [
            "For Fracture neither map lies mostly in usual places; in the fine-tuned model only Fracture does not.",
            "For Edema neither map lies mostly in usual places; in the fine-tuned model only Edema does not.",
        ],
    ),
    (
        "The baseline's Edema map is mostly in usual places; for Fracture neither is.",
        [
            "The baseline's Edema map is mostly in usual places; for Pneumonia neither is.",
            "The baseline's Edema map is mostly in usual places; for Fracture both are.",
        ],
    ),
]

LISTS = [
    (
        "They differ on Edema and Pneumonia, the baseline with 0.71 and 0.22, the fine-tuned model with 0.32 and "
        "0.65.",
        [
            "They differ on Edema and Pneumonia, the baseline with 0.22 and 0.71, the fine-tuned model with 0.32 "
            "and 0.65.",
            "They differ on Edema and Pneumonia, the baseline with 0.32 and 0.65, the fine-tuned model with 0.71 "
            "and 0.22.",
        ],
    ),
    (
        "For Edema the fine-tuned model has 0.32, and the thresholds of 0.50 and 0.40 may matter.",
        ["For Edema the fine-tuned model has 0.32, and the thresholds of 0.40 and 0.50 may matter."],
    ),
    (
        "Edema and Fracture are called by the baseline only, Pneumonia by the fine-tuned model only.",
        [
            "Edema and Fracture are called by the baseline only, Cardiomegaly by the fine-tuned model only.",
            "Edema and Fracture are called by the baseline only, Lung Lesion by the baseline only, Pneumonia by the "
            "baseline.",
        ],
    ),
    (
        "Both Fracture and Lung Lesion are FP in the baseline.",
        ["Both Fracture and Edema are FP in the baseline.", "Both Fracture and Lung Lesion are FP."],
    ),
    (
        "For the baseline the FP are clear: Fracture has 0.91 over 0.50 and Lung Lesion 0.81 over 0.50.",
        [
            "For the baseline the FP are clear: Fracture has 0.91 over 0.50 and Edema 0.71 over 0.50.",
            "For the baseline the FN are clear: Fracture has 0.91 over 0.50 and Lung Lesion 0.81 over 0.50.",
        ],
    ),
]

TOGETHER = [
    (
        "They differ on Edema, Pneumonia, Fracture and Lung Lesion. "
        "|| Those four are the findings on which the models differ.",
        [
            "They differ on Edema, Pneumonia, Fracture and Lung Lesion. "
            "|| Those three are the findings on which the models differ.",
            "They differ on Edema and Fracture. || Those two are the findings on which the models differ.",
        ],
    ),
    (
        "The fine-tuned model is TN on Lung Lesion and FP on Pneumonia. "
        "|| For Pneumonia its share in usual places is above the baseline's.",
        [
            "The fine-tuned model is TN on Lung Lesion and FP on Pneumonia. "
            "|| For Pneumonia its share in usual places is below the baseline's.",
            "The baseline is FP on Lung Lesion and TN on Pneumonia. "
            "|| For Pneumonia its share in usual places is above the fine-tuned model's.",
        ],
    ),
    (
        "Apart from Edema the baseline's attention seems less anatomically informed than the fine-tuned model's.",
        [
            "Apart from Edema the fine-tuned model's attention seems less anatomically informed than the baseline's.",
            "But for Pneumonia the baseline's attention seems less anatomically informed than the fine-tuned model's.",
            "Apart from Edema the baseline's attention seems more anatomically informed than the fine-tuned model's.",
        ],
    ),
    (
        "The fine-tuned model's attention seems more anatomically informed for Pneumonia.",
        [
            "The fine-tuned model's attention seems more anatomically informed for Cardiomegaly.",
            "The fine-tuned model's attention seems more anatomically informed for Edema.",
        ],
    ),
]


@pytest.mark.parametrize(("true", "false"), [*MOVES, *PLACES, *LISTS, *TOGETHER])
def test_what_is_told_of_several_findings_holds_for_each(brief: Brief, true: str, false: list[str]) -> None:
    assert passes(brief, true)
    for text in false:
        assert not passes(brief, text), text
