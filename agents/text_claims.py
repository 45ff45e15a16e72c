"""Reads the claims out of a sentence: who, about which finding, says what.

A reading in one pass over the tokens of agents/lexicon.py. A model stays the subject until another is named; a verb
takes the findings that follow it, else those before it; a number belongs to the model and finding named last, inside
parentheses without changing what the sentence goes on about. What cannot be bound stays open, and the checker decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .facts import ROLES
from .lexicon import Lexicon, count_of, zone_of

Quantity = Literal["all", "only", "neither"]


@dataclass(frozen=True)
class Claim:
    """One thing a sentence says."""

    kind: str
    """A kind of token in agents/lexicon.py."""
    text: str
    at: int
    roles: tuple[str, ...] = ()
    """Empty: the sentence names no model for it."""
    quantity: Quantity = "all"
    """all: holds for every role; only: and not for the other; neither: for no model."""
    findings: tuple[str, ...] = ()
    value: Any = None
    negated: bool = False
    cue: str | None = None
    """For places: `peak`, `main` or `box`; for numbers what they measure."""


@dataclass
class _State:
    roles: tuple[str, ...] = ()
    quantity: Quantity = "all"
    group: list[str] = field(default_factory=list)
    """Findings named last, as a list."""
    growing: bool = False
    """Nothing but `,`, `and` and parentheses came since the last finding."""
    cue: str | None = None
    after: tuple[str, str | None] = ("", None)
    """The place or plausibility told last: what a percentage behind it measures."""


_TAKES_FINDINGS = frozenset(
    [
        "truth",
        "outcome",
        "better",
        "call",
        "call_count",
        "assessed",
        "close",
        "plausible",
        "agree",
        "default",
        "heart_size",
        "more_plausible",
        "has_map",
        "right",
    ]
)
_FOR_ROLE = re.compile(r"\s*(?:for|by|from|in|of) (?:the )?(both|each|baseline|fine-?tuned)", re.IGNORECASE)
_FOR_FINDING = re.compile(r"\s+(?:for|to)\s+(?:it\b|this\b|the\b)?", re.IGNORECASE)


class Reading:
    """The state of reading one sentence."""

    def __init__(self, text: str, lexicon: Lexicon):
        self.text = text
        self.lexicon = lexicon
        self.claims: list[Claim] = []
        self.state = _State()
        self.stack: list[_State] = []
        self.open: Claim | None = None
        """A verb that still takes findings."""
        self.last: Claim | None = None
        self.mentions: list[tuple[int, str]] = []
        self.subjects: list[tuple[int, tuple[str, ...]]] = []
        self.last_number = ""
        self.shared: set[int] = set()
        """Where zones stand whose share of a map a number gives: the number is the claim."""

    def read(self) -> list[Claim]:
        for match in self.lexicon.pattern.finditer(self.text):
            kind = match.lastgroup or ""
            handler = getattr(self, f"_on_{kind}", None)
            if handler is not None:
                handler(match)
            else:
                self._on_claim(kind, match)
            if kind not in ("finding", "paren", "number", "role") and not self.stack:
                self.state.growing = False
        self._close()
        return [self._bind_late(claim) for claim in self.claims]

    def _on_paren(self, match: re.Match[str]) -> None:
        if match.group() == "(":
            self.stack.append(replace(self.state, group=list(self.state.group)))
        elif self.stack:
            after = self.state.after
            self.state = self.stack.pop()
            self.state.after = after

    def _on_clause(self, match: re.Match[str]) -> None:
        self._close()
        self.state.growing = False

    def _on_role(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        state = self.state
        before = self.text[: match.start()].rstrip().lower()
        if not self.stack and not before.endswith((" by", " in", " of", " for")):
            self._close()
        if "other" in word:
            state.roles = tuple(r for r in ROLES if r not in state.roles[:1]) if len(state.roles) == 1 else ()
            state.quantity = "all"
        elif "neither" in word:
            state.roles, state.quantity = ROLES, "neither"
        elif "baseline" in word or "fine" in word:
            state.roles = ("baseline",) if "baseline" in word else ("finetuned",)
            state.quantity = "only" if word.startswith("only") else "all"
        else:
            state.roles, state.quantity = ROLES, "all"
        self.subjects.append((match.start(), state.roles))
        if self.open is not None and before.endswith(" by"):
            self.open = replace(self.open, roles=state.roles, quantity=state.quantity)

    def _on_finding(self, match: re.Match[str]) -> None:
        finding = self.lexicon.finding(match.group())
        state = self.state
        self.mentions.append((match.start(), finding))
        state.group = [*state.group, finding] if state.growing else [finding]
        state.growing = not self.stack
        if self.open is not None and not self.stack:
            taken = self.open.value == "takes" or not self.open.cue
            if taken:
                self.open = replace(self.open, findings=(*self.open.findings, finding))

    def _on_number(self, match: re.Match[str]) -> None:
        text = match.group()
        before, behind = self.text[: match.start()].lower()[-60:], self.text[match.end() :].lower()[:80]
        kind, extra = self._measure(text, before, behind)
        roles = self.state.roles
        found = _FOR_ROLE.match(behind)
        if found and kind == "f1":
            word = found[1].lower()
            roles = ("baseline",) if word == "baseline" else ("finetuned",) if word.startswith("fine") else ROLES
        self.last_number = kind
        self.claims.append(
            Claim(
                "number",
                text,
                match.start(),
                roles,
                findings=tuple(self.state.group[-1:]),
                value=(text, extra),
                cue=kind,
            )
        )

    def _measure(self, text: str, before: str, behind: str) -> tuple[str, str | None]:
        """What a number measures, and the zone it is the share of."""
        share = text.endswith(("%", "percent"))
        if re.search(r"f1(?: score)?(?: of| is)?\s*$", before):
            return "f1", None
        if self.last_number == "f1" and re.search(r"(?:and|,)\s*$", before):
            return "f1", None
        if "degrees" in text or re.search(r"rotated by\s*$", before):
            return "rotation", None
        if re.search(r"out-of-distribution score (?:of|is)\s*$", before):
            return "unusual", None
        if share:
            if re.search(r"flat map (?:would have|has|gives)\s*$", before):
                return "expected", None
            if re.match(
                r" of (?:it|its activation|the activation|the map) (?:is|lies) (?:in|inside) (?:the )?usual", behind
            ):
                return "share", None
            if re.match(r" of (?:it|its activation|the activation|the map) (?:is|lies) off the body", behind):
                return "zone", "outside the body"
            zone = re.match(r" of (?:it|its activation|the activation|the map) (?:is|lies) in the ", behind)
            if zone:
                found = self.lexicon.pattern.match(self.text, self.text.lower().find(behind) + zone.end())
                if found is not None and found.lastgroup == "zone":
                    self.shared.add(found.start())
                    return ("under" if before.endswith("less than ") else "zone"), zone_of(found.group())
            return self.state.after if self.state.after[0] else ("score", None)
        if re.search(r"thresholds?(?: of| is| at)?\s*$", before) or re.search(
            r"(?:against|vs\.?|versus)\s*$", before
        ):
            return "threshold", None
        if re.match(r" (?:below|above|under|over) (?:the|its|their) threshold", behind):
            return "margin", None
        if re.match(r" (?:points? )?(?:higher|lower)", behind) or re.search(r"\bby\s*$", before):
            return "difference", None
        if re.search(r"mean activation (?:of |is )?$", before):
            return "mean activation", None
        return "score", None

    def _on_cue(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        self.state.cue = "main" if word in ("mainly", "mostly", "chiefly", "largely") else "peak"

    def _on_boxes(self, match: re.Match[str]) -> None:
        self.state.cue = "box"
        if re.match(r"the |a |box", match.group().lower()):
            return
        self._add("boxes", match, value=count_of(match.group()))

    def _on_zone(self, match: re.Match[str]) -> None:
        zone = zone_of(match.group())
        self.state.after = ("zone", zone)
        if match.start() in self.shared:
            return
        self._add("zone", match, value=zone, cue=self.state.cue)

    def _on_side(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        side = "bilateral" if word.startswith(("bilateral", "both")) else word.removesuffix("-sided")
        self._add("side", match, value=side, cue=self.state.cue)

    def _on_does_not(self, match: re.Match[str]) -> None:
        """`..., and the other does not`, `... does too`: the last verb denied or repeated for the model named now."""
        denies = "not" in match.group().lower() or "n't" in match.group().lower()
        verb = self.open or self.last
        self._close()
        if verb is None or verb.kind not in ("call", "outcome", "plausible"):
            return
        kind, value = ("call", verb.value) if verb.kind == "outcome" else (verb.kind, verb.value)
        self.claims.append(
            replace(
                verb,
                kind=kind,
                value=value,
                text=match.group(),
                at=match.start(),
                roles=self.state.roles,
                quantity=self.state.quantity,
                negated=verb.negated != denies,
                findings=verb.findings or tuple(self.state.group),
            )
        )

    def _on_plausible(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        self.state.after = ("share", None)
        if "similar shares" in word or "more of its" in word:
            return
        if re.search(
            r"(?:%|percent) of (?:it|its activation|the activation|the map)\s*$", self.text[: match.start()]
        ):
            return  # "34 % of it lies in usual places": the number is the claim
        if "known" in word:
            value = "unknown"
        elif "no more in" in word:
            value = "chance"
        else:
            value = "outside" if "outside" in word else "inside"
        negated = bool(re.search(r"\b(?:not|implausible|irrelevant)\b", word))
        self._on_claim("plausible", match, value=value, negated=negated)

    def _on_claim(self, kind: str, match: re.Match[str], value: Any = None, negated: bool | None = None) -> None:
        word = match.group().lower()
        if negated is None:
            negated = bool(re.search(r"\bnot\b|n't\b|\bfails? to\b|\bnever\b|\bno\b|\bwithout\b", word))
        if kind not in _TAKES_FINDINGS:
            self._add(kind, match, negated=negated)
            return
        self._close()
        roles, quantity = self.state.roles, self.state.quantity
        if kind == "outcome":
            found = _FOR_ROLE.match(self.text, match.end())
            if found:
                name = found[1].lower()
                roles = ("baseline",) if name == "baseline" else ("finetuned",) if name.startswith("fine") else ROLES
                quantity = "all"
        if (kind == "call" and word in ("call of", "no evidence of")) or (
            kind == "call" and word.startswith("without")
        ):
            roles = () if word == "call of" else roles
        self.open = Claim(kind, match.group(), match.start(), roles, quantity, (), value, negated)

    def _add(self, kind: str, match: re.Match[str], **values: Any) -> None:
        state = self.state
        self.claims.append(
            Claim(kind, match.group(), match.start(), state.roles, state.quantity, tuple(state.group), **values)
        )

    def _close(self) -> None:
        """The open verb has all its findings: those that followed, else those before it."""
        if self.open is None:
            return
        claim = self.open
        if not claim.findings:
            claim = replace(
                claim, findings=tuple(f for at, f in self.mentions if at < claim.at and f in self.state.group)
            )
        self.claims.append(claim)
        self.last, self.open = claim, None

    def _bind_late(self, claim: Claim) -> Claim:
        """What found no finding or model before it takes the next one behind it."""
        if not claim.findings and claim.kind in ("number", "zone", "side", "boxes", "plausible", "call"):
            behind = [f for at, f in self.mentions if at > claim.at]
            claim = replace(claim, findings=tuple(behind[:1]))
        if not claim.roles and claim.kind in ("number", "zone", "side", "boxes", "plausible", "call"):
            behind = [roles for at, roles in self.subjects if at > claim.at]
            claim = replace(claim, roles=behind[0] if behind and claim.text.lower() != "call of" else ())
        return claim


def read_claims(text: str, lexicon: Lexicon) -> list[Claim]:
    """Every claim of a sentence, in the order of the text."""
    return Reading(text, lexicon).read()


def named_findings(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Findings a text names, by name or synonym."""
    found = (m for m in lexicon.pattern.finditer(text) if m.lastgroup == "finding")
    return tuple(dict.fromkeys(lexicon.finding(m.group()) for m in found))
