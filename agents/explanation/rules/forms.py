"""Rules for the statements of reading/forms.py: ranks, margins, the largest zones of a map."""

from __future__ import annotations

from collections.abc import Mapping

from ..prose import NAMES, prose
from ..reading.claims import Claim
from ..reading.lexicon import names_of
from .held import Held, Rule


def _native_rank(claim: Claim, held: Held) -> str | None:
    """The place of a finding among a model's highest labels, in the model's own names; `none`: not one of them."""
    findings = held.findings(claim)
    if len(claim.roles) != 1 or len(findings) != 1:
        return f"{claim.text!r} does not say which model and finding"
    role, finding = claim.roles[0], findings[0]
    order = held.facts.native.get(role)
    if not order:
        return f"no evidence gives the highest labels of {NAMES[role]}"
    meant = names_of(tuple((f.name, f.synonyms) for f in held.brief.findings.each()))
    at = next((n for n, (label, _) in enumerate(order, 1) if meant.get(label.lower(), label) == finding), None)
    if claim.value == (str(at) if at else "none") and not claim.negated:
        return None
    where = "not among the highest labels" if at is None else f"at rank {at} of the highest labels"
    return f"{prose(finding)} is {where} of {NAMES[role]}"


FORMS: Mapping[str, Rule] = {"native_rank": _native_rank}
