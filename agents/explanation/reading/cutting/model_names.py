"""Which models a sentence names: by name, as `both`, `neither`, `the former`, `the other`, alone or in a list."""

from __future__ import annotations

import re

from ...facts import ROLES
from .tokens import ROLE_KINDS, Token, Tokens, Who

_PASSED = frozenset(["and", "comma", "number", "paren", "neg", "only", "alone"])


def name_findings(text: str, tokens: list[Token]) -> list[Token]:
    """`A and B are the shared calls, the latter an FP`: the latter of two findings, where no two models are named."""
    told = [i for i, t in enumerate(tokens) if t.kind == "finding"]
    for i, t in enumerate(tokens):
        if t.kind != "former":
            continue
        ahead = [tokens[x] for x in told if x < i]
        if (
            len(ahead) == 2
            and not any(x.kind == "role" for x in tokens[:i])
            and re.match(r"(?:,| being)? (?:an? (?:tp|fp|tn|fn|true|false)|rightly|wrongly)\b", text[t.end :])
        ):
            t.kind, t.text = "finding", ahead["latter" in t.text].text
    return tokens


def name_models(s: Tokens, before: tuple[str, ...]) -> None:  # noqa: PLR0915  a reader of many cases is clearer in one place
    seen = list(before)
    alone: dict[int, Who] = {}
    for i in s.of(*ROLE_KINDS):
        t = s[i]
        quantity = "all"
        if t.text == "on both sides" and not any(x.kind == "outcome" for x in s.tokens):
            continue
        if (
            t.text == "both"
            and _BOTH_NUMBERS.match(s.text, t.end)
            and {"score", "threshold"} <= {x.kind for x in s.tokens}
        ):
            continue
        if t.text == "both" and re.search(r"\bits maps? for\b", s.text[: t.at]):
            continue
        if t.text in ("both", "both of them") and _of_findings(s, i):
            continue
        if t.text in ("in each case", "in either case") and s.of("flat") and s.of("same") and len(s.of("role")) < 2:
            continue  # of its map and of a flat one
        if (
            t.text == "both"
            and i
            and s[i - 1].kind in ("box", "peak", "map")
            and s[i - 1].text[-1] != "s"
            and _one_named(s)
        ):
            continue
        if t.text in ("both", "the two of them", "both of them") and _is_object(s, i):
            continue
        if t.kind == "either" and _TAKES_BOTH.search(s.before(i, 10)):
            continue  # `does not call either of them`
        if t.kind == "other" and _OTHER_BOX.match(s.text, t.end) and _ONE_BOX.search(s.text[: t.at]):
            continue
        if t.text == "each" and re.search(r"\b(?:on|for) $", s.before(i, 5)) and _one_named_in(s, t.clause):
            continue
        if (
            t.text == "each"
            and (_EACH_ZONE.search(s.before(i, 8)) or _EACH_NUMBER.match(s.text, t.end))
            and _one_named(s)
        ):
            continue
        if t.kind == "role":
            roles: tuple[str, ...] = (
                ("baseline",) if re.search(r"\bbl\b|base|^before|^at first|predecessor", t.text) else ("finetuned",)
            )
        elif t.kind == "former":
            if len(seen) < 2:
                continue
            roles = (seen[-2],) if re.search("former|first", t.text) else (seen[-1],)
        elif t.kind == "other":
            roles = tuple(r for r in ROLES if r != seen[-1]) if seen else ()
            if not roles:
                continue
        else:
            roles, quantity = ROLES, {"neither": "neither", "either": "either"}.get(t.kind, "all")
        if t.kind in ("role", "other"):
            seen = [r for r in seen if r not in roles] + list(roles)
        if (
            t.kind == "role"
            and i > 1
            and s[i - 1].kind in ("comma", "clause")
            and s[i - 2].kind == "oneof"
            and re.fullmatch(r"[,:] (?:namely |that of |the )*", s.text[s[i - 2].end : t.at])
        ):
            quantity, s[i - 2].taken = "only", True
        if i and s[i - 1].kind == "only" and re.fullmatch(r" (?:by |in |for |of |on |with )?", s.between(i - 1, i)):
            quantity, s[i - 1].taken = "only", True
        follow = s[i + 1] if i + 1 < len(s) else None
        if follow is not None and follow.kind in ("alone", "only"):
            gap = s.text[t.end : follow.at]
            if re.fullmatch(r"(?:'s)?,? (?:and it )?", gap) and (
                follow.kind == "alone" or re.match(r"\s*(?:$|[.,;:)])", s.text[follow.end :])
            ):
                quantity, follow.taken = "only", True
        if re.match(r" and (?:by )?it alone\b", s.text[t.end :]):
            quantity = "only"
            for x in s[i + 1 : i + 4]:
                x.taken = True
        alone[i] = Who(roles, quantity, i, i)
    s.who = alone
    order = sorted(alone)
    used: set[int] = set()
    for n, i in enumerate(order):
        if i in used:
            continue
        chain = [i]
        for j in order[n + 1 :]:
            mid = [t for t in s.tokens[chain[-1] + 1 : j] if not t.bracket or t.kind in _PASSED]
            gap = s.text[s[chain[-1]].end : s[j].at]
            leads = alone[chain[-1]].quantity in ("neither", "either") or s[chain[-1]].kind == "both"
            if s[j].kind == "role" and re.fullmatch(
                r",? (?:just |much )?(?:like|as does|as did|together with|along with) ", gap
            ):
                chain.append(j)
                continue
            if leads and len(chain) == 1 and not mid and re.fullmatch(r" (?:in |by |for |of |on )?", gap):
                chain.append(j)
                continue
            joins = any((t.kind == "and" and t.text != "=") or t.text == "nor" for t in mid)
            if (
                joins
                and s[j].kind == "role"
                and s[chain[-1]].kind == "role"
                and all(t.kind in _PASSED for t in mid)
                and not re.search(
                    r"[a-z]{3,}",
                    re.sub(
                        r"\([^)]*\)|\b(?:and|or|nor|by|for|the|that|of|in|with|at|not|giving|has|only|as|well|'s"
                        r"|map|per|cent|percent|from)\b",
                        " ",
                        gap,
                    ),
                )
                and not (re.search(r"\bnot\b|\bnor\b", gap) and "nor" not in gap)
                and not ("," in gap and _HAS.match(s.text, s[j].end))
                and not (
                    "number" in [t.kind for t in mid]
                    and not s[chain[-1] + 1].bracket
                    and _both_numbered(s, chain[-1], j)
                )
            ):
                chain.append(j)
                continue
            break
        if len(chain) > 1:
            used.update(chain)
            first = alone[chain[0]]
            named = [x for x in chain if s[x].kind == "role"]
            roles = tuple(dict.fromkeys(r for x in named for r in alone[x].roles))
            quantity = first.quantity if s[chain[0]].kind in ("neither", "either") else "all"
            whole = Who(roles or ROLES, quantity, chain[0], chain[-1])
            for x in chain:
                s.listed[x] = whole
        else:
            s.listed[i] = alone[i]


_TAKES_BOTH = re.compile(r"\b(?:leaves?|left|calls?|flags?|miss(?:es)?|catch(?:es)?|rejects?|detects?) $")
_BOTH_ENDS = re.compile(r"\s*(?:$|[.,;:)]|(?:and|but|while|whereas|where|at|with|uncalled|unflagged)\b)")


def _is_object(s: Tokens, i: int) -> bool:
    """`the baseline calls both, the fine-tuned model neither`: both findings, not both models."""
    return _TAKES_BOTH.search(s.before(i, 10)) is not None and _BOTH_ENDS.match(s.text, s[i].end) is not None


_BOTH_NUMBERS = re.compile(r" (?:print|round|come out|display|read|show)(?:s|ed)? (?:as|to|at|up) ")
"""`score and threshold both print as 0.365`."""


_HAS = re.compile(r" (?:has|does|calls|scores|marks|gives|leaves|draws|reaches|keeps)\b")
"""Behind a model that is one alone."""


_ONE_BOX = re.compile(r"\bbox(?:es)?\b.*\b(?:one|the first)\b")


_OTHER_BOX = re.compile(r" (?:to|over|in|at|on|covering|covers|is|lies|spans|relat\w+)\b")
"""`two boxes, one over the neck, the other over the left hilum`."""


_EACH_ZONE = re.compile(r"(?:%|\d) $")


_EACH_NUMBER = re.compile(r" (?:with|at|holding|covering|over) ")


def _one_named_in(s: Tokens, clause: int) -> bool:
    return sum(x.kind == "role" for x in s if x.clause == clause) == 1


def _one_named(s: Tokens) -> bool:
    named = [re.search(r"\bbl\b|base|^before|^at first", x.text) is not None for x in s.tokens if x.kind == "role"]
    return len(set(named)) == 1


def _of_findings(s: Tokens, i: int) -> bool:
    """`the baseline calls A and B, false positives both` or `both of them false positives`: both findings, of the one
    model named."""
    if i + 2 < len(s) and s[i + 1].kind == "finding" and s.between(i, i + 1) == " " and s[i + 2].text == "and":
        return i + 3 < len(s) and s[i + 3].kind == "finding"  # `both A and B`
    here = sum(x.kind == "finding" and x.clause == s[i].clause for x in s.tokens[:i])
    in_all = sum(x.kind == "finding" for x in s.tokens[:i])
    told = (_one_named(s) and in_all == 2) or (_one_named_in(s, s[i].clause) and here == 2)
    if not i or not told:
        return False
    if s[i - 1].kind == "comma" and i + 1 < len(s) and s[i + 1].kind == "outcome":
        return s.between(i, i + 1) == " "
    return s[i - 1].kind == "outcome" and re.match(r"\s*(?:$|[.,;:)])", s.text[s[i].end :]) is not None


def _both_numbered(s: Tokens, a: int, b: int) -> bool:
    """`0.42 for the baseline and 0.52 for the other` are two statements."""
    return s[b - 1].kind == "number" or bool(re.search(r"\d", s.text[s[a].end : s[b].at].partition("(")[0]))
