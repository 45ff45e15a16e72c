"""The same words written otherwise say the same, and a word that turns a statement round is never passed over."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from cxr_lens.agents.explanation.checker import Check
from cxr_lens.agents.explanation.reading.reader import read_sentence
from cxr_lens.agents.explanation.reading.words.spelling import tidy
from cxr_lens.agents.explanation.rules.rulebook import why_wrong
from cxr_lens.agents.records import Sentence
from cxr_lens.agents.state import Brief
from cxr_lens.evals.bench.checker import Corpus, read_corpus

MakeBrief = Callable[..., Brief]


@pytest.fixture(scope="module")
def brief(three_findings: MakeBrief) -> Brief:
    plausible = {("baseline", "Edema"): 0.62, ("finetuned", "Edema"): 0.18}
    return three_findings(plausible)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus()


def passes(brief: Brief, text: str) -> bool:
    return Check(brief).judge(text, tuple(item.id for item in brief.evidence))[0] is not None


WAYS: dict[str, Callable[[str], str]] = {
    "dash": lambda t: t.replace("; ", " — ").replace(": ", " – "),
    "one dash": lambda t: t.replace(", ", " -- ", 1) if t.count(", ") == 1 else t,
    "two dashes": lambda t: re.sub(r", ([^,;]*), ", r" — \1 — ", t) if t.count(", ") == 2 else t,
    "comma": lambda t: t.replace(": ", ", "),
    "no-break spaces": lambda t: t.replace(" ", "\u00a0"),
    "no-break hyphens": lambda t: t.replace("-", "\u2011"),
    "hidden sign": lambda t: t.replace("not", "n\u200bot").replace("0.", "0\u2060."),
    "bold": lambda t: re.sub(r"\b(baseline|fine-tuned|not)\b", r"**\1**", t),
    "quoted": lambda t: re.sub(r"\b([A-Z][a-z]{4,})\b", "“\\1”", t),
    "list item": lambda t: f"- {t}",
    "no nought": lambda t: re.sub(r"\b0(\.\d\d)\b", r"\1", t),
    "wide digits": lambda t: t.translate({ord("0") + n: 0xFF10 + n for n in range(10)}),
    "per cent": lambda t: re.sub(r"(\d) ?%", r"\1 per cent", t),
    "short forms": lambda t: re.sub(r"\b(does|do|is|are|did|was|were) not\b", r"\1n't", t),
    "opening": lambda t: t if t[:2].isupper() else f"However, {t[0].lower()}{t[1:]}",
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_false_is_caught_in_any_way_of_writing(corpus: Corpus, way: str) -> None:
    checks = {brief.case_id: Check(brief) for brief in corpus.briefs}
    tried, passed = 0, []
    for item in corpus.tampered[::4]:
        text = WAYS[way](item.sentence.text)
        if text == item.sentence.text or item.kind in ("invented id", "no evidence"):
            continue
        tried += 1
        told: tuple[Sentence, ...] = (
            *item.around[: item.at],
            item.sentence.model_copy(update={"text": text}),
        )
        *_, (_, mark, _) = checks[item.brief.case_id].judge_all(told, item.title)
        if mark is not None:
            passed.append(text)
    assert passed == []
    assert tried > 30


@pytest.mark.parametrize("way", sorted(WAYS.keys() - {"one dash", "comma", "opening"}))
def test_what_is_true_passes_in_any_way_of_writing(corpus: Corpus, way: str) -> None:
    tried, refused = 0, []
    for (brief, draft), _ in zip(corpus.true[::3], corpus.phrasings[::3], strict=True):
        check = Check(brief)
        for at, (sentence, mark, _) in enumerate(check.judge_all(draft.sentences)):
            text = WAYS[way](sentence.text)
            if mark is None or text == sentence.text:
                continue
            tried += 1
            told = (*draft.sentences[:at], sentence.model_copy(update={"text": text}))
            *_, (_, left, _) = check.judge_all(told)
            refused += [text] if left is None else []
    assert len(refused) <= 0.02 * tried


def test_a_text_is_written_one_way() -> None:
    assert tidy("- The  **fine\u2011tuned** model\u00a0— not “the baseline” — calls it at .62, 40 per cent") == (
        "The fine-tuned model, not the baseline, calls it at 0.62, 40 %"
    )
    assert tidy("one — two") == "one: two"
    assert tidy("plain, as it is: 0.62 (41 %)") == "plain, as it is: 0.62 (41 %)"


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("The baseline calls Edema (0.71 > 0.50).", "The baseline calls Edema (0.71 < 0.50)."),
        ("The baseline does not call Pneumonia (0.22 ≤ 0.50).", "The baseline does not call Pneumonia (0.22 ≥ 0.50)."),
        ("The baseline calls Edema.", "The baseline calls just Edema."),
        ("The baseline calls Edema.", "The baseline stops calling Edema."),
        ("The baseline calls Edema.", "The baseline calls Edema, which is a lie."),
        ("The baseline calls Edema.", "The baseline calls Edema 👎."),
        ("The baseline calls Edema.", "The baseline calls Edema, но это неверно."),
        (
            "The baseline's map for Edema is mostly in usual places.",
            "The baseline's map for Edema is mostly under the left hilum.",
        ),
        (
            "62 % of the baseline's map for Edema is in usual places.",
            "62 % of the baseline's map for Edema is not in usual places.",
        ),
        (
            "38 % of the baseline's map for Edema is not in usual places.",
            "38 % of the baseline's map for Edema is in usual places.",
        ),
        (
            "Fracture is called by the baseline at 0.91, and by the fine-tuned model at 0.81.",
            "Edema is called by the baseline at 0.71, and by the fine-tuned model at 0.32.",
        ),
        ("Only the baseline calls Edema.", "Only the baseline calls Fracture."),
        ("The scores for Fracture are 0.91 (baseline) and 0.81 (fine-tuned).",
         "The scores for Fracture are 0.91 (fine-tuned) and 0.81 (fine-tuned)."),
    ],
)  # fmt: skip
def test_a_word_or_sign_that_turns_a_statement_round_counts(brief: Brief, true: str, false: str) -> None:
    assert passes(brief, true)
    assert not passes(brief, false)


def test_no_rule_passes_over_a_negation_it_does_not_know(corpus: Corpus) -> None:
    """Of a claim that holds, the opposite does not: by the rule itself, or because it does not read negations."""
    held: dict[str, int] = {}
    for brief, draft in corpus.true[::3]:
        check = Check(brief)
        for claim in (c for s in draft.sentences for c in read_sentence(s.text, check.words).claims):
            if why_wrong(claim, check.everything, brief) is None:
                turned = claim._replace(negated=not claim.negated)
                held[claim.kind] = held.get(claim.kind, 0) + 1
                if why_wrong(turned, check.everything, brief) is None:
                    assert claim.kind in ("plausible", "flat", "close"), claim  # half-way between yes and no
    assert len(held) > 30
