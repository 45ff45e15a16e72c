"""Rules for the statements of reading/forms and reading/remarks: ranks, margins, the largest zones of a map."""

from __future__ import annotations

from collections.abc import Mapping

from ..facts import ROLES, Look
from ..prose import NAMES, prose
from ..reading.claims import Claim
from ..reading.words.lexicon import names_of
from ..telling import where
from .held import Held, Rule, each


def _native_rank(claim: Claim, held: Held) -> str | None:
    """The place of a finding among a model's highest labels, in the model's own names; `none`: not one of them."""
    findings = held.findings(claim)
    if len(claim.roles) != 1 or len(findings) != 1:
        return f"{claim.text!r} does not say which model and finding"
    role, finding = claim.roles[0], findings[0]
    if not held.facts.native.get(role):
        return f"no evidence gives the highest labels of {NAMES[role]}"
    at = _native_place(held, role, finding)
    if claim.value == (str(at) if at else "none") and not claim.negated:
        return None
    where = "not among the highest labels" if at is None else f"at rank {at} of the highest labels"
    return f"{prose(finding)} is {where} of {NAMES[role]}"


def _native_place(held: Held, role: str, finding: str) -> int | None:
    """The place of a finding among a model's highest labels; None where it is not one of them."""
    meant = names_of(tuple((f.name, f.synonyms) for f in held.brief.findings.each()))
    labels = [meant.get(label.lower(), label) for label, _ in held.facts.native.get(role, ())]
    return labels.index(finding) + 1 if finding in labels else None


def _listed(claim: Claim, held: Held) -> str | None:
    """One of the model's highest labels, of so many or of all that the evidence gives."""

    def listed(role: str, finding: str) -> bool | None:
        given = len(held.facts.native.get(role, ()))
        if not given or (claim.value or 0) > given:
            return None
        place = _native_place(held, role, finding)
        return place is not None and place <= (claim.value or given)

    return each(claim, held, listed, "has among its highest labels")


def _margin_is(claim: Claim, held: Held) -> str | None:
    """How far a score lies from its threshold, to the digits the text gives; or as the two printed numbers have it."""
    findings = held.findings(claim)
    if len(claim.roles) != 1 or len(findings) != 1:
        return f"{claim.text!r} does not say which model and finding"
    reading = held.facts.readings.get((claim.roles[0], findings[0]))
    about = f"the score of {NAMES[claim.roles[0]]} for {prose(findings[0])}"
    if reading is None:
        return f"no evidence gives {about}"
    digits = len(str(claim.value).partition(".")[2])
    printed = abs(round(reading.score, digits) - round(reading.threshold, digits))
    if any(f"{x:.{digits}f}" == str(claim.value) for x in (reading.margin, printed)):
        return None
    return f"{about} lies {reading.margin:.{max(digits, 2)}f} from its threshold, not {claim.value}"


def _zones_are(claim: Claim, held: Held) -> str | None:
    """So many zones are the ones that hold most of a map."""
    for finding in held.findings(claim):
        for role in claim.roles:
            look = held.look(role, finding)
            if look is None or not look.zones:
                return f"no evidence gives a map of {NAMES[role]} for {prose(finding)}"
            top = [zone for zone, _ in look.zones[: len(claim.value)]]
            if set(top) != set(claim.value):
                return f"the map of {NAMES[role]} for {prose(finding)} lies mainly in {', '.join(top)}"
    return None if claim.roles and held.findings(claim) else f"{claim.text!r} does not say which model and finding"


def _largest_zone(claim: Claim, held: Held) -> str | None:
    """The largest share that any zone has of the maps."""
    looks = [held.look(role, finding) for finding in held.findings(claim) for role in claim.roles]
    if not looks or any(look is None or not look.zones for look in looks):
        return f"no evidence gives the maps ({claim.text})"
    largest = max(share for look in looks if look is not None for _, share in look.zones)
    told = f"{100 * largest:.0f} %"
    return None if told.replace(" ", "") == claim.value.replace(" ", "") else f"the largest zone holds {told}"


def _no_usual(claim: Claim, held: Held) -> str | None:
    for finding in held.findings(claim):
        looks = [x for (_, f), x in held.facts.looks.items() if f == finding and x.peak_zone is not None]
        if not looks:
            return f"no evidence gives a map for {prose(finding)}"
        if any(where(look) is not None for look in looks):
            return f"usual places are known for {prose(finding)}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _maps_usual(claim: Claim, held: Held) -> str | None:
    """So many of a model's maps, of so many where that is told, are mostly in usual places, or are known not to be."""
    number, total = claim.value
    looks = _maps(claim, held)
    if len(looks) < 2 or (total is not None and len(looks) != total):
        return f"{len(looks)} maps are cited"
    fits = sum(where(look) in (("out", "chance") if claim.negated else ("in",)) for look in looks)
    if fits == {"all": len(looks), "none": 0}.get(number, number):
        return None
    return f"{fits} of the maps are {'not ' if claim.negated else ''}mostly in usual places"


def _maps_cited(claim: Claim, held: Held) -> str | None:
    looks = _maps(claim, held)
    return None if len(looks) == claim.value else f"{len(looks)} maps are cited"


def _maps(claim: Claim, held: Held) -> list[Look]:
    """The maps there are of a claim's models."""
    return [look for (role, _), look in held.facts.looks.items() if role in claim.roles and look.has_map]


def _not_more_plausible(claim: Claim, held: Held) -> str | None:
    for finding in held.findings(claim):
        if any((look := held.look(role, finding)) is None or look.share is None for role in ROLES):
            return f"no evidence compares the maps for {prose(finding)}"
        if held.facts.more_plausible(finding) == claim.roles[0]:
            return f"the more plausible for {prose(finding)} is {NAMES[claim.roles[0]]}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _is_mapless(held: Held, role: str, finding: str) -> bool | None:
    """Whether a model has no map for a finding that could peak: it does not assess it, or its map is empty."""
    if (role, finding) in held.facts.not_assessed:
        return True
    look = held.look(role, finding)
    return None if look is None or not look.has_map else look.peak_zone is None


def _lacks_map(claim: Claim, held: Held) -> str | None:
    return each(claim, held, lambda role, finding: _is_mapless(held, role, finding), "has no map for")


def _no_move(claim: Claim, held: Held) -> str | None:
    """No move can be told of: one of the models has no map that peaks."""
    for finding in held.findings(claim):
        mapless = [_is_mapless(held, role, finding) for role in ROLES]
        if True not in mapless:
            return f"no evidence says so: both maps for {prose(finding)} may peak"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _not_moved(claim: Claim, held: Held) -> str | None:
    """Both maps peak in the same place, or one has no peak."""
    for finding in held.findings(claim):
        looks = [held.look(role, finding) for role in ROLES]
        if any(look is None for look in looks):
            return f"no evidence gives both maps for {prose(finding)}"
        moved = len({look.peak_zone for look in looks if look is not None and look.peak_zone}) > 1
        if moved != claim.negated:
            where_ = "in different places" if moved else "in one place, or one of them is empty"
            return f"the maps for {prose(finding)} peak {where_}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _calls_stay(claim: Claim, held: Held) -> str | None:
    """Both models answer the same on a finding."""
    for finding in held.findings(claim):
        calls = [held.called(role, finding) for role in ROLES]
        if None in calls:
            return f"not both models are known on {prose(finding)}"
        if (calls[0] != calls[1]) != claim.negated:
            return f"the models {'agree' if claim.negated else 'differ'} on {prose(finding)}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _outcome_nowhere(claim: Claim, held: Held) -> str | None:
    """`has no FN`, of a model on the whole case."""
    name = claim.text.upper()
    if not claim.roles or not held.facts.revealed or name not in ("TP", "FP", "TN", "FN"):
        return f"no evidence says whether a model has a {name}"
    for role in claim.roles:
        has = [f for f in held.facts.comparison["findings"] if held.facts.outcome(role, f) == name]
        if has:
            return f"{NAMES[role]} has a {name} on {prose(has[0])}"
    return None


def _no_true_call(claim: Claim, held: Held) -> str | None:
    true = [f for f, value in held.facts.truth.items() if value == "positive"]
    roles = claim.roles or ROLES
    known = held.facts.comparison or all(held.facts.assessed(role) for role in roles)
    if not true or not known:
        return "no evidence gives the labels and the calls"
    called = [f for f in true for role in roles if held.called(role, f)]
    return f"{prose(called[0])} is called" if called else None


def _errors_exchanged(claim: Claim, held: Held) -> str | None:
    """Some answers became right and some wrong."""
    rows = held.facts.comparison.get("findings", {})
    pairs = [[held.facts.outcome(role, f) for role in ROLES] for f in rows]
    turned = {(a in ("TP", "TN"), b in ("TP", "TN")) for a, b in pairs if a and b}
    return None if {(True, False), (False, True)} <= turned else "not some answers became right and some wrong"


FORMS: Mapping[str, Rule] = {
    "calls_stay": _calls_stay,
    "errors_exchanged": _errors_exchanged,
    "lacks_map": _lacks_map,
    "largest_zone": _largest_zone,
    "maps_cited": _maps_cited,
    "maps_usual": _maps_usual,
    "listed": _listed,
    "margin_is": _margin_is,
    "native_rank": _native_rank,
    "no_move": _no_move,
    "no_true_call": _no_true_call,
    "no_usual": _no_usual,
    "not_more_plausible": _not_more_plausible,
    "not_moved": _not_moved,
    "outcome_nowhere": _outcome_nowhere,
    "zones_are": _zones_are,
}
