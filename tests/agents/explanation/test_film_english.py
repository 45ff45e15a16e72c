"""What is said of a film in free English passes where the film is so, and not of a film that is otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cxr_lens.agents.explanation.checker import find_mistakes
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import Brief, Draft

MakeBrief = Callable[..., Brief]

OPEN = {"projection": "unknown", "projection_basis": "unknown", "sides": "as displayed", "out_of_distribution": 0.44}
PLAIN = {"projection": "PA", "projection_basis": "header", "sides": "marker", "out_of_distribution": 0.12}
ODD = PLAIN | {"projection": "AP", "sides": "header", "out_of_distribution": 0.71, "frontal_chest": False}

FILMS: dict[str, dict[str, Any]] = {"open": OPEN, "plain": PLAIN, "odd": ODD}
SAID = [
    ("Neither the orientation nor the projection is known.", "open"),
    ("Neither projection nor laterality is settled: the latter is as displayed.", "open"),
    ("Neither the view nor the sides are certain, the former is unknown.", "open"),
    ("Nothing is known about the projection, and sides are given as displayed.", "open"),
    ("The out-of-distribution score is neither high nor low.", "open"),
    ("At 0.44 its out-of-distribution score is neither very low nor especially high.", "open"),
    ("The out-of-distribution score is very low.", "plain"),
    ("A low out-of-distribution score goes with a PA projection.", "plain"),
    ("The out-of-distribution score is far from low.", "odd"),
    ("The film has a very high out-of-distribution score.", "odd"),
    ("The film is unlike most of what the tools know.", "odd"),
    ("It is a film like most that the models have seen.", "plain"),
    ("A marker leaves little doubt about left and right.", "plain"),
    ("Left and right are beyond doubt on this PA film.", "plain"),
    ("There is no doubt as to its laterality, for the header settles the sides.", "odd"),
    ("The film is flagged: it does not look like a frontal chest film.", "odd"),
    ("This film is not flagged, and it is a PA projection.", "plain"),
]


@pytest.fixture(scope="module", params=FILMS)
def film(request: pytest.FixtureRequest, make_brief: MakeBrief) -> tuple[str, Brief]:
    quality = {"frontal_chest": True, "flags": ()} | FILMS[request.param]
    return request.param, make_brief(4, quality=quality)


def passes(brief: Brief, text: str) -> bool:
    return not find_mistakes(Draft(sentences=(Sentence(text=text, evidence=("quality",)),)), brief)


def test_what_is_said_of_a_film_passes_for_that_film_alone(film: tuple[str, Brief]) -> None:
    name, brief = film
    assert [text for text, of in SAID if passes(brief, text)] == [text for text, of in SAID if of == name]


@pytest.mark.parametrize(
    "text",
    [
        "Neither the projection nor the orientation is unknown.",
        "Neither the projection nor the view is certain.",
        "The sides are not as displayed, and there is little doubt about left and right.",
        "The film leaves some doubt about left and right.",
        "The film leaves little doubt about Edema.",
        "The out-of-distribution score is both low and high.",
        "The film is hardly unlike most of what the tools know.",
        "The film is flagged for Edema.",
        "The film is a PA projection, as its marker says.",
        "Neither the projection nor the orientation is certain: the former is known.",
        "Sides are as displayed, as something settles a flip.",
        "Neither projection nor laterality is not settled: the latter is as displayed.",
        "Neither the sides nor the projection is unknown.",
        "Nothing is known of the projection, and the header settles the sides.",
    ],
)
def test_what_is_true_of_no_film_or_not_of_the_film_passes_for_none(film: tuple[str, Brief], text: str) -> None:
    assert not passes(film[1], text)
