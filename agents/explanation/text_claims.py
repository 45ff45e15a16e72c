"""Reads the claims out of a sentence: who, about which finding, says what.

A reading in one pass over the tokens of agents/explanation/lexicon.py. A model stays the subject until another is
named; a verb takes the findings that follow it, else those before it; a number belongs to the model and finding named
last, inside parentheses without changing what the sentence goes on about. What cannot be bound stays open, and the
checker decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

from .facts import ROLES
from .lexicon import Lexicon, count_of, plain, zone_of

Quantity = Literal["all", "only", "neither"]


@dataclass(frozen=True)
class Claim:
    """One thing a sentence says."""

    kind: str
    """A kind of token in agents/explanation/lexicon.py."""
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
    """The model named last: numbers and places are its."""
    subject: tuple[str, ...] = ()
    """The models a verb is about: more than one after `the baseline and the fine-tuned model`."""
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
_LATE = frozenset(["number", "zone", "side", "boxes", "plausible", "call", "outcome", "compare", "change", "right"])
"""Kinds that take the next model or finding behind them where none stood before."""
_ROLE = r"(?:the )?(both|each|baseline|fine-?tuned)"
_FOR_ROLE = re.compile(rf"\s*(?:for|by|from|in|of) {_ROLE}")
_NUMBER_OF_ROLE = re.compile(rf"\s*(?:(?:for|by|from|in|of) {_ROLE}|\({_ROLE}\b[^()]*\))")
_JOINED = re.compile(r"\s*(?:\([^()]*\))?,?\s*(?:and|nor|or)\s*$")
_PASSIVE = re.compile(r" (?:by|in|for|from|of|between)(?: only)?$")
_PREDICATIVE = re.compile(r"(?:is|are|stays?|lies?|remains?|falls?|above|below|over|under)\b")
"""A verb that says how a finding IS, so that a model behind it is the one meant: `is above threshold in`."""
_DENIES = re.compile(r"\bnot\b|n't\b|\bfail(?:s|ed)? to\b|\bnever\b|\bno\b|\bwithout\b|\bun(?:called|flagged)\b")
_BEFORE = re.compile(
    r"\b(?:(?P<rotation>rotated by)|(?P<unusual>out-of-distribution score (?:of the film )?(?:of|is))"
    r"|(?P<expected>flat map (?:would have|has|gives))"
    r"|(?P<score>(?:below|above|under|over) (?:its |the |their )?(?:own )?thresholds? at)"
    r"|(?P<threshold>(?:thresholds?|cut-?offs?|points?)(?: of| is| at)?|(?:against|vs\.?|versus)(?: an?)?)"
    r"|(?P<difference>by)|(?P<mean>mean activation(?: of| is)?))\s*$|(?P<than>[<>])\s*$"
)
"""What stands right before a number and says what it measures."""
_BEHIND = re.compile(
    r"(?P<margin> (?:below|above|under|over) (?:the|its|their) threshold)"
    r"|(?P<difference> (?:points? )?(?:higher|lower))"
    r"|(?P<threshold>\s*(?:own |decision |operating )?(?:thresholds?|cut-?offs?|points?)\b)"
)
_OFF_BODY = re.compile(r" of (?:it|its activation|the activation|the map) (?:is|lies) off the body")
_IN_ZONE = re.compile(r" of (?:it|its activation|the activation|the map) (?:is|lies) in the ")
_F1_BEFORE = re.compile(r"\bf1\b[^;]*$")
_TOWARDS = re.compile(r"\b(from|to) (?:only |the )*$")
_PAIR_BEHIND = re.compile(r"(?:,| and| /) ?\d")
_PAIR_BEFORE = re.compile(r"\d[\d.]* ?%?(?:,| and| /) $")
_SHARE_BEFORE = re.compile(r"(?:%|percent) of [^,;.%]*$")
_IN_USUAL = re.compile(
    r" of [^,;.%\d]{0,80}?(?:\b(?:is|lies?|falls?) )?(?:in|inside|within|where) (?:the |an? |this )?"
    r"(?:usual|expected|plausible|typical|finding is expected)"
)
_LOOK_WORD = re.compile(r"focus|concentrat|attend|attention|look|base|cent(?:re|er)")


def _roles_of(word: str) -> tuple[str, ...]:
    word = word.lower()
    return ("baseline",) if word == "baseline" else ("finetuned",) if word.startswith("fine") else ROLES


class Reading:
    """The state of reading one sentence."""

    def __init__(self, text: str, lexicon: Lexicon):
        self.text = plain(text)
        self.has_f1 = "f1" in self.text
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
        self.role_end = -1
        self.before_last = ""
        """Kind of the token before."""
        self.pair: list[tuple[str, ...]] = []
        """Models of a comparison whose numbers have not come yet: the subject's, then the other's."""
        self.changes = False
        """The sentence tells a change `from ... to ...`: from the baseline, to the fine-tuned model."""

    def read(self) -> list[Claim]:
        for match in self.lexicon.pattern.tokens(self.text):
            kind = match.lastgroup or ""
            handler = getattr(self, f"_on_{kind}", None)
            if handler is not None:
                handler(match)
            else:
                self._on_claim(kind, match)
            if kind not in ("finding", "paren", "number", "role") and not self.stack:
                self.state.growing = False
            self.before_last = kind
        self._close()
        return [self._bind_late(claim) for claim in self.claims]

    # ── structure ────────────────────────────────────────────────────────────────────────────────────────

    def _on_paren(self, match: re.Match[str]) -> None:
        if match.group() == "(":
            self.stack.append(replace(self.state, group=list(self.state.group)))
        elif self.stack:
            after = self.state.after
            self.state = self.stack.pop()
            self.state.after = after

    def _on_clause(self, match: re.Match[str]) -> None:
        if self.stack:
            return
        self._close()
        self.state.growing = False

    def _on_role(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        state = self.state
        before = self.text[: match.start()].rstrip()
        joined = (
            not self.stack
            and self.before_last in ("role", "number", "paren")
            and self.role_end >= 0
            and _JOINED.fullmatch(self.text[self.role_end : match.start()]) is not None
        )
        passive = _PASSIVE.search(before) is not None and self.before_last != "number"
        if not self.stack and not passive and not joined:
            self._close()
        if "other" in word:
            state.roles = tuple(r for r in ROLES if r not in state.roles[:1]) if len(state.roles) == 1 else ()
            state.subject, state.quantity = state.roles, "all"
        elif "baseline" in word or "fine" in word:
            state.roles = ("baseline",) if "baseline" in word else ("finetuned",)
            if joined:
                state.subject = tuple(dict.fromkeys((*state.subject, *state.roles)))
            else:
                state.subject = state.roles
                state.quantity = (
                    "only" if word.startswith("only") else "neither" if word[:2] in ("ne", "no") else "all"
                )
                if re.match(r"\s+alone\b", self.text[match.end() :]) or before.endswith((" by only", " in only")):
                    state.quantity = "only"
        elif "neither" in word:
            state.roles = state.subject = ROLES
            state.quantity = "neither"
        else:
            state.roles = state.subject = ROLES
            state.quantity = "all"
        self.role_end = match.end()
        self.subjects.append((match.start(), state.subject))
        if self.open is not None and (passive or joined) and not self.stack:
            by = before.endswith((" by", " by only"))
            if by or not self.open.roles or joined or _PREDICATIVE.match(self.open.text):
                self.open = replace(self.open, roles=state.subject, quantity=state.quantity)
        elif (
            self.open is None and passive and self.last is not None and self.last.kind == "outcome" and not self.stack
        ):
            self._rebind_last(self.last, state)

    def _rebind_last(self, verb: Claim, state: _State) -> None:
        if not verb.roles:
            at = self.claims.index(verb)
            self.claims[at] = self.last = replace(verb, roles=state.subject, quantity=state.quantity)

    def _on_finding(self, match: re.Match[str]) -> None:
        finding = self.lexicon.finding(match.group())
        state = self.state
        self.mentions.append((match.start(), finding))
        state.group = [*state.group, finding] if state.growing else [finding]
        state.growing = not self.stack
        if self.open is not None and not self.stack and (self.open.value == "takes" or not self.open.cue):
            negated = self.open.negated
            if self.text[: match.start()].endswith(" no ") and not self.open.findings:
                negated = not negated
            self.open = replace(self.open, findings=(*self.open.findings, finding), negated=negated)

    # ── numbers ──────────────────────────────────────────────────────────────────────────────────────────

    def _on_number(self, match: re.Match[str]) -> None:
        text = match.group()
        before, behind = self.text[: match.start()], self.text[match.end() :][:100]
        before = before if self.has_f1 else before[-45:]
        kind, extra = self._measure(text, before, behind)
        roles = self._roles_of_number(kind, before, match)
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

    def _roles_of_number(self, kind: str, before: str, match: re.Match[str]) -> tuple[str, ...]:
        found = _NUMBER_OF_ROLE.match(self.text, match.end())
        if found and kind in ("f1", "score"):
            return _roles_of(found[1] or found[2])
        if self.changes and kind in ("f1", "score") and (towards := _TOWARDS.search(before)):
            return ("baseline",) if towards[1] == "from" else ("finetuned",)
        if self.pair and kind == "score":
            return self.pair.pop(0)
        if kind == "score" and len(self.state.roles) == 2 and (place := self._respective(match)) is not None:
            return (ROLES[place],)
        return self.state.roles

    def _respective(self, match: re.Match[str]) -> int | None:
        """Which of `(0.31 and 0.62)` a number is, where both models were named before."""
        if _PAIR_BEHIND.match(self.text, match.end()):
            return 0
        return 1 if _PAIR_BEFORE.search(self.text[: match.start()]) else None

    def _measure(self, text: str, before: str, behind: str) -> tuple[str, str | None]:
        """What a number measures, and the zone it is the share of."""
        cue = _BEFORE.search(before)
        said = cue.lastgroup if cue else None
        if "degrees" in text or said == "rotation":
            return "rotation", None
        if said in ("unusual", "expected"):
            return said, None
        if text.endswith(("%", "percent")):
            if _IN_USUAL.match(behind):
                return "share", None
            if _OFF_BODY.match(behind):
                return "zone", "outside the body"
            zone = _IN_ZONE.match(behind)
            if zone:
                found = self.lexicon.pattern.token(self.text, self.text.find(behind) + zone.end())
                if found is not None and found.lastgroup == "zone":
                    self.shared.add(found.start())
                    return ("under" if before.endswith("less than ") else "zone"), zone_of(found.group())
            if self.state.after[0]:
                return self.state.after
        elif self.has_f1 and _F1_BEFORE.search(before):
            return "f1", None
        cue = _BEHIND.match(behind)
        if cue is not None:
            return cue.lastgroup or "score", None
        if said in ("threshold", "than"):
            return ("score" if self.pair or _NUMBER_OF_ROLE.match(behind) else "threshold"), None
        return {"difference": "difference", "mean": "mean activation"}.get(said or "", "score"), None

    # ── places ───────────────────────────────────────────────────────────────────────────────────────────

    def _on_cue(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        if word in ("mainly", "mostly", "chiefly", "largely"):
            self.state.cue = "look" if self.state.cue == "look" else "main"
        elif _LOOK_WORD.match(word):
            self.state.cue = "look"
        else:
            self.state.cue = "peak"

    def _on_boxes(self, match: re.Match[str]) -> None:
        self.state.cue = "box"
        if re.match(r"the |a box|box", match.group().lower()):
            return
        self._add("boxes", match, value=count_of(match.group()))

    def _on_zone(self, match: re.Match[str]) -> None:
        zone = zone_of(match.group())
        self.state.after = ("zone", zone)
        if match.start() in self.shared:
            return
        roles = self._roles_of_place(match)
        self._add("zone", match, value=zone, cue=self.state.cue)
        if roles is not None:
            self.claims[-1] = replace(self.claims[-1], roles=roles)

    def _roles_of_place(self, match: re.Match[str]) -> tuple[str, ...] | None:
        before = self.text[: match.start()].rstrip()
        found = _NUMBER_OF_ROLE.match(self.text, match.end())
        towards = _TOWARDS.search(f"{before} ") if self.changes else None
        if towards:
            return ("baseline",) if towards[1] == "from" else ("finetuned",)
        return _roles_of(found[1] or found[2]) if found else None

    def _on_side(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        side = "bilateral" if word.startswith(("bilateral", "both")) else word.removesuffix("-sided")
        self._add("side", match, value=side, cue=self.state.cue)

    def _on_change(self, match: re.Match[str]) -> None:
        self.changes = True
        word = match.group().lower()
        up = re.match(r"(?:an? )?(?:ris|rose|incr|gain|rais|climb|gr[eo]w)|.*\bup$", word)
        down = re.match(r"(?:an? )?(?:drop|fell|fall|decr|decl|lower|reduc|shr)|.*\bdown$", word)
        if (up or down) and "f1" not in self.text:
            self._add("change", match, value="up" if up else "down")

    def _on_worse_word(self, match: re.Match[str]) -> None:
        than = re.match(r" (?:than|over|on)\b", self.text[match.end() :])
        self._add("worse_word", match, value="than" if than else None)

    def _on_compare(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        than = self.text.find(" than ", match.end())
        middle, end = self.text[match.end() : than], self.text[than:]
        subject = self.state.subject
        inside = re.search(r"\b(?:in|by|for|from) (?:the )?(baseline|fine-?tuned)", middle)
        if inside and than >= 0:
            subject = _roles_of(inside[1])
        other = re.match(r" than (?:that of |in |for |by )?(?:the )?(baseline|fine-?tuned|other)", end)
        if than < 0:
            other = re.search(r"\bcompared (?:with|to) (?:the )?(baseline|fine-?tuned|other)", self.text)
            end = ""
        if other is None or len(subject) != 1:
            self._add("compare", match, value=None)
            return
        theirs = _roles_of(other[1]) if other[1].lower() != "other" else tuple(r for r in ROLES if r not in subject)
        up = re.match(r"higher|larger|greater|more", word) is not None
        self._add("compare", match, value="up" if up else "down")
        self.claims[-1] = replace(self.claims[-1], roles=(*subject, *theirs))
        behind = re.search(r"[(,][^()]*$|\([^()]*\)[^()]*$", end)
        if behind and len(re.findall(r"\d\.\d|\d%", end)) >= 2:
            self.pair = [subject, theirs]

    # ── verbs ────────────────────────────────────────────────────────────────────────────────────────────

    def _on_does_not(self, match: re.Match[str]) -> None:
        """`and the other does not`, `but not ...`, `... does too`: the last verb denied or repeated."""
        word = match.group().lower()
        denies = "not" in word or "n't" in word
        verb = self.open or self.last
        self._close()
        if verb is None or verb.kind not in ("call", "outcome", "plausible", "right"):
            return
        kind = "call" if verb.kind == "outcome" else verb.kind
        text = verb.text if verb.kind == "call" else match.group()
        claim = replace(verb, kind=kind, text=text, at=match.start(), negated=verb.negated != denies)
        if verb.kind == "outcome":
            claim = replace(claim, negated=denies)
        if (
            word.endswith("not")
            and word[0] in "b,a"
            and not re.match(r"\s+(?:in|by|for) (?:the|its)?", self.text[match.end() :])
        ):
            self.open = replace(claim, findings=(), roles=verb.roles or self.state.subject)
            return
        if word.endswith("not") and word[0] in "b,a":
            self.open = replace(claim, roles=())
            return
        if self.before_last == "finding":
            self.claims.append(replace(claim, findings=tuple(self.state.group)))
            return
        self.claims.append(
            replace(
                claim,
                roles=self.state.subject,
                quantity=self.state.quantity,
                findings=verb.findings or tuple(self.state.group),
            )
        )

    def _on_plausible(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        self.state.after = ("share", None)
        if "similar shares" in word or "more of its" in word:
            return
        if _SHARE_BEFORE.search(self.text[: match.start()]):
            return  # "34 % of it lies in usual places": the number is the claim
        if "known" in word:
            value = "unknown"
        elif "no more in" in word:
            value = "chance"
        else:
            value = "outside" if "outside" in word else "inside"
        negated = bool(re.search(r"\b(?:not|implausible|irrelevant|little|no sense|no anatomical)\b", word))
        self._on_claim("plausible", match, value=value, negated=negated)

    def _on_truth(self, match: re.Match[str]) -> None:
        word = match.group().lower()
        if word.startswith("there "):
            behind = self.text[match.end() :]
            no = re.match(r"(?:no|an?|any) ", behind)
            found = self.lexicon.pattern.token(self.text, match.end() + (no.end() if no else 0))
            if found is None or found.lastgroup != "finding":
                return
            self._on_claim("truth", match, negated=False)  # `no` before the finding turns it
            return
        self._on_claim("truth", match)

    def _on_claim(self, kind: str, match: re.Match[str], value: Any = None, negated: bool | None = None) -> None:
        word = match.group().lower()
        if negated is None:
            negated = _DENIES.search(word) is not None
        if kind not in _TAKES_FINDINGS:
            self._add(kind, match, negated=negated)
            return
        self._close()
        roles, quantity = self.state.subject, self.state.quantity
        if kind == "outcome":
            found = _FOR_ROLE.match(self.text, match.end())
            if found:
                roles, quantity = _roles_of(found[1]), "all"
        if kind == "right" and re.search(r"\bwhich $", self.text[: match.start()]):
            quantity = "all"
        if kind == "call" and re.search(r"consider|believe|deem|judge|think", word):
            behind = re.search(r"\b(present|absent)\b", self.text[match.end() :])
            negated = bool(negated) != (behind is not None and behind[1] == "absent")
        if kind == "call" and "insufficient" in word:
            negated = True
        if kind == "right" and word in ("get ", "gets "):
            behind = re.search(r"\b(right|wrong)\b", self.text[match.end() :])
            negated = behind is not None and behind[1] == "wrong"
        if kind == "call" and word == "call of" and not self.text[: match.start()].endswith("'s "):
            roles = ()
        self.open = Claim(kind, match.group(), match.start(), roles, quantity, (), value, bool(negated))

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
        if claim.kind not in _LATE:
            return claim
        if not claim.findings:
            behind = [f for at, f in self.mentions if at > claim.at]
            claim = replace(claim, findings=tuple(behind[:1]))
        if not claim.roles and claim.text.lower() != "call of":
            behind = [roles for at, roles in self.subjects if at > claim.at]
            claim = replace(claim, roles=behind[0] if behind else ())
        return claim


def read_claims(text: str, lexicon: Lexicon) -> list[Claim]:
    """Every claim of a sentence, in the order of the text."""
    return list(_read(text, lexicon))


@lru_cache(maxsize=4096)
def _read(text: str, lexicon: Lexicon) -> tuple[Claim, ...]:
    """A draft is read when it is checked and when it is finished, and limits are the same in most cases."""
    return tuple(Reading(text, lexicon).read())


def named_findings(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Findings a text names, by name or synonym."""
    found = (m for m in lexicon.pattern.tokens(plain(text)) if m.lastgroup == "finding")
    return tuple(dict.fromkeys(lexicon.finding(m.group()) for m in found))
