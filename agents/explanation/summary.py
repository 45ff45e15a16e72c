"""The narrator's summary: at most five sentences, other ones for easy, average and hard, blind and revealed."""

from __future__ import annotations

from ...tools.schemas import Role, slug
from ..difficulty import UNUSUAL, is_close
from ..records import Sentence
from .facts import ROLES, Look
from .prose import SOURCES, prose
from .telling import HEART_SIZE, Row, Telling, box_places, name, other, peak, relation_of, sided, where

CAUSES = 2
"""Reasons for a struggle that are named."""
NARROW = 0.05
"""A map of which nearly a half lies in usual places is not told to lie outside them."""
ROTATED = 5.0
"""Degrees of tilt that are worth naming as a reason."""


def summarise_case(t: Telling) -> list[Sentence]:
    """The summary of a run over all findings."""
    lead = _lead(t)
    sentences = [_relation(t) if t.brief.blind else _judged(t), _calls(t)]
    if lead:
        sentences.append(attention(t, lead))
    sentences += answer_question(t, lead)[:1]
    sentences.append(predicted(t) if t.brief.blind else verdict(t))
    return sentences[:5]


def summarise_finding(t: Telling, finding: str) -> list[Sentence]:
    """The summary of a run about one finding: calls, outcomes, each model's relevance, verdict."""
    row = t.row(finding)
    sentences = [
        t.say("finding_calls", t.predictions, finding=row.name, baseline=row.baseline, finetuned=row.finetuned)
    ]
    if t.brief.blind:
        sentences.append(_relation(t))
    else:
        outcomes = [t.facts.outcome(role, finding) for role in ROLES]
        truth = t.facts.truth.get(finding, "blank")
        sentences.append(
            t.say("finding_outcomes", (t.compare_id, "truth"), finding=row.name, truth=truth, outcome=outcomes)
        )
    if finding in t.focus:
        sentences += [_relevance_of_box(t, finding, role) for role in ROLES]
    sentences.append(predicted(t) if t.brief.blind else verdict(t))
    if finding in HEART_SIZE and _softens(t):
        sentences[0] = _soften(t, sentences[0], [finding])
    return sentences[:5]


def _lead(t: Telling) -> str | None:
    """The finding the attention is told for: one the better model is better on, else the first."""
    winner = _winner(t)
    better = _better(t, winner) if winner else []
    return next((f for f in t.focus if f in better), t.focus[0] if t.focus else None)


def _winner(t: Telling) -> Role | None:
    """The one model that is right on the case, where exactly one is."""
    right = {role: t.facts.judgement(role).get("right") for role in ROLES}
    who = relation_of(right)
    return next((role for role in ROLES if role == who), None)


def _better(t: Telling, role: Role) -> list[str]:
    """Findings on which this model is right and the other is not."""
    return [
        f
        for f in t.facts.comparison.get("judged", ())
        if t.facts.outcome(role, f) in ("TP", "TN") and t.facts.outcome(other(role), f) in ("FP", "FN")
    ]


def _judged(t: Telling) -> Sentence:
    baseline, finetuned = (t.facts.judgement(role) for role in ROLES)
    return t.say(
        "judged",
        (t.compare_id,),
        judged=bool(baseline),
        baseline_right=baseline.get("right"),
        finetuned_right=finetuned.get("right"),
        baseline_f1=baseline.get("f1"),
        finetuned_f1=finetuned.get("f1"),
    )


def _relation(t: Telling) -> Sentence:
    comparison = t.facts.comparison
    findings = [t.brief.finding] if t.brief.finding else comparison["differing"]
    return t.say(
        "relation",
        (t.compare_id, *t.predictions),
        relation=comparison["relation"],
        findings=[prose(f) for f in findings],
        about_finding=t.brief.finding is not None,
    )


def _calls(t: Telling) -> Sentence:
    """Who calls which of the findings in focus, and what both miss."""
    groups: dict[tuple[str, str | None], list[Row]] = {}
    for finding in t.focus:
        row = t.row(finding)
        calls = {
            role: r is not None and r.positive
            for role, r in (("baseline", row.baseline), ("finetuned", row.finetuned))
        }
        who = relation_of(calls)
        if who in ROLES:
            groups.setdefault((who, t.facts.outcome(who, finding)), []).append(row)
        elif who == "both":
            groups.setdefault((who, t.facts.outcome("baseline", finding)), []).append(row)
        elif all(t.facts.outcome(role, finding) == "FN" for role in ROLES):
            groups.setdefault(("both", "FN"), []).append(row)
    if not groups:
        return _quiet(t)
    clauses = [
        t.phrase(
            "clause",
            who=name(who) if who in ROLES else who,
            outcome=outcome,
            rows=rows,
            undecided=outcome is None and not t.brief.blind,
        )
        for (who, outcome), rows in groups.items()
    ]
    text = "; ".join(clauses)
    said = Sentence(
        text=text[0].upper() + text[1:] + ".",
        evidence=t.known((*t.predictions, t.compare_id, *(() if t.brief.blind else ("truth",)))),
    )
    sizes = [row.finding for rows in groups.values() for row in rows if row.finding in HEART_SIZE]
    return _soften(t, said, sizes) if sizes and _softens(t) else said


def _quiet(t: Telling) -> Sentence:
    near = [(r.margin, role, f) for (role, f), r in t.facts.readings.items() if not r.positive and f != "No Finding"]
    if any(t.facts.calls(role) for role in ROLES) or not near:
        return _relation(t)
    _, role, finding = min(near)
    return t.say(
        "quiet",
        t.predictions,
        nearest=t.row(finding),
        model=name(role),
        score=t.facts.readings[role, finding],
    )


def attention(t: Telling, finding: str) -> Sentence:
    """Where both models look for one finding."""
    looks = [t.look(role, finding) for role in ROLES]
    return t.say(
        "attention",
        t.maps(finding),
        finding=prose(finding),
        baseline=peak(looks[0]),
        finetuned=peak(looks[1]),
        displayed=any(sided(look) for look in looks),
        places=[None if _narrowly_out(look) else where(look) for look in looks],
        share=[look.share for look in looks],
    )


def answer_question(t: Telling, lead: str | None) -> list[Sentence]:
    """The question of the level. easy: is the attention relevant; average: who is better where, and why; hard: why
    do both struggle."""
    level = t.brief.difficulty.level
    if level == "hard":
        return [_struggle(t)]
    if lead is None:
        return []
    places = {role: where(t.look(role, lead)) for role in ROLES}
    told = all(places.values())
    holds = relation_of({role: place == "in" for role, place in places.items()})
    if level == "easy":
        if told and holds in ROLES and _narrowly_out(t.look(other(holds), lead)):
            return [_more_plausible(t, lead)]  # not enough to say that its answer rests on something else
        return [t.say("relevance", t.maps(lead), finding=prose(lead), plausible=holds)] if told else []
    winner = _winner(t)
    if t.brief.blind or winner is None:
        return [_more_plausible(t, lead)] if told else []
    better, worse = _better(t, winner), _better(t, other(winner))
    sentences = []
    if better:
        role = {"baseline": "loser", "finetuned": "loser", winner: "winner"}.get(holds, holds)
        sentences.append(
            t.say(
                "better",
                (t.compare_id, *t.maps(lead)),
                winner=name(winner),
                loser=name(other(winner)),
                better=[prose(f) for f in better],
                finding=prose(lead),
                plausible=role if told else None,
            )
        )
    if worse:
        sentences.append(
            t.say("worse", (t.compare_id,), better=[prose(f) for f in worse], winner=name(other(winner)))
        )
    return sentences


def _narrowly_out(look: Look) -> bool:
    """Whether nearly half of a map lies in usual places, and more of it than of a flat one."""
    share, flat = look.share, look.expected
    return share is not None and flat is not None and flat < share and abs(share - 0.5) < NARROW


def _more_plausible(t: Telling, lead: str) -> Sentence:
    winner = t.facts.more_plausible(lead)
    return t.say(
        "more_plausible",
        t.maps(lead),
        winner=name(winner) if winner else None,
        finding=prose(lead),
        share=[t.look(role, lead).share for role in ROLES],
    )


def _struggle(t: Telling) -> Sentence:
    quality = t.facts.quality
    causes: list[tuple[str, tuple[str, ...], dict]] = []
    if not quality["frontal_chest"]:
        causes.append(("not chest", ("quality",), {}))
    elif quality["out_of_distribution"] >= UNUSUAL:
        causes.append(("unusual", ("quality",), {"number": quality["out_of_distribution"]}))
    for f in t.focus:
        if all(where(t.look(role, f)) in ("out", "chance") for role in ROLES):
            causes.append(("outside", t.maps(f), {"close": prose(f)}))
    causes += [("close", t.predictions, {"close": prose(f)}) for f in t.focus if is_close(t.facts, f)]
    if abs(quality["rotation"]) >= ROTATED:
        causes.append(("rotated", ("quality",), {"number": abs(quality["rotation"])}))
    # A finding after "places for" would seem to be joined by the one that the next clause begins with.
    chosen = sorted(causes[:CAUSES], key=lambda cause: cause[0] == "outside")
    clauses = [
        t.phrase("cause", kind=kind, **{"close": None, "number": None, **values}) for kind, _, values in chosen
    ]
    cited = [e for _, ids, _ in chosen for e in ids] or ["quality", *t.predictions, *t.maps(*t.focus)]
    return t.say("struggle", cited, causes=clauses)


def verdict(t: Telling) -> Sentence:
    comparison = t.facts.comparison
    return t.say(
        "verdict",
        (t.compare_id, "truth"),
        verdict=comparison["verdict"],
        reason=comparison["verdict_reason"].removeprefix("no verdict: "),
        source=SOURCES[t.source],
        about_finding=t.brief.finding is not None,
        finding=prose(t.brief.finding) if t.brief.finding else None,
    )


def predicted(t: Telling) -> Sentence:
    difficulty = t.brief.difficulty
    return t.say(
        "predicted",
        (t.compare_id, *t.predictions, "quality"),
        level=difficulty.level,
        basis=difficulty.basis,
        reason=next(iter(difficulty.reasons), ""),
    )


def heart_size(t: Telling, findings: list[str]) -> Sentence:
    return t.say(
        "heart_size",
        ("quality", *t.predictions),
        projection=t.facts.quality["projection"],
        findings=[prose(f) for f in findings],
    )


def _softens(t: Telling) -> bool:
    return t.facts.quality["projection"] == "AP"


def _soften(t: Telling, sentence: Sentence, findings: list[str]) -> Sentence:
    """The sentence with a caution on heart size as its last clause."""
    caution = heart_size(t, findings)
    text = f"{sentence.text.removesuffix('.')}; {caution.text[0].lower()}{caution.text[1:]}"
    return Sentence(text=text, evidence=t.known((*sentence.evidence, *caution.evidence)))


def _relevance_of_box(t: Telling, finding: str, role: Role) -> Sentence:
    look = t.look(role, finding)
    reading = t.facts.readings[role, finding]
    outcome = t.facts.outcome(role, finding)
    score = reading.margin if outcome == "FN" else None
    if outcome is None and not reading.positive:
        score = reading.score
    ids = (f"gradcam.{role}.{slug(finding)}", f"boxes.{role}.{slug(finding)}", f"predict.{role}", t.compare_id)
    return t.say(
        "relevance_of_box",
        ids,
        model=name(role),
        finding=prose(finding),
        boxes=None if look.boxes is None else len(look.boxes),
        box_places=box_places(look),
        peak=peak(look),
        outcome=outcome,
        places=[where(look)],
        score=score,
    )
