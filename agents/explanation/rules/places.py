"""Places: zones, sides, boxes and usual places of maps."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ..facts import PLAUSIBLE_LEAD, ROLES, Look, read_facts
from ..prose import NAMES, prose
from ..reading.claims import Claim
from ..telling import SHOWN_ZONES, where
from .held import Held, Rule
from .numbers import all_match


def _zone(claim: Claim, held: Held) -> str | None:
    zone = str(claim.value)

    def there(role: str, look: Look) -> str | None:
        if claim.cue == "box":
            zones = [z for box in look.boxes or () for z in box.zones]
            return None if zone in zones else f"no box of {NAMES[role]} lies in the {zone}"
        if claim.cue == "every box":
            reach = [zone in box.zones for box in look.boxes or ()]
            return None if reach and all(reach) else f"not every box of {NAMES[role]} reaches the {zone}"
        if claim.cue == "largest":
            largest = look.zones[0][0] if look.zones else "no zone"
            return None if zone == largest else f"the map of {NAMES[role]} lies mainly in the {largest}"
        if claim.cue == "main":
            zones = [z for z, share in look.zones[:2] if share >= SHOWN_ZONES]
            return (
                None
                if zone in zones
                else f"the map of {NAMES[role]} lies mainly in {' and '.join(zones) or 'no zone'}"
            )
        if claim.cue == "any":
            return None if zone in dict(look.zones) else f"the map of {NAMES[role]} does not reach the {zone}"
        if look.peak_zone == zone:
            return None
        if claim.cue in (None, "look") and zone in [z for z, share in look.zones[:1] if share >= SHOWN_ZONES]:
            return None
        return f"the map of {NAMES[role]} peaks in {look.peak_zone or 'no zone'}"

    if zone == "outside the body" and claim.cue is None:
        return None
    wrong = _places(claim, held, there)
    if wrong is not None and claim.text.endswith("base"):  # the angle at the base of a lung is there as well
        zone = zone.replace("lower lung", "costophrenic angle")
        wrong = wrong if _places(claim, held, there) else None
    return wrong


def _side(claim: Claim, held: Held) -> str | None:
    side = str(claim.value)

    def there(role: str, look: Look) -> str | None:
        if claim.cue in ("box", "every box"):
            sides = [box.side for box in look.boxes or ()]
            if claim.cue == "every box" and set(sides) != {side}:
                return f"not every box of {NAMES[role]} lies on the {side}"
            return None if side in sides else f"no box of {NAMES[role]} lies on the {side}"
        return None if look.peak_side == side else f"the map of {NAMES[role]} peaks {look.peak_side or 'nowhere'}"

    return _places(claim, held, there)


def _boxes(claim: Claim, held: Held) -> str | None:
    def count(role: str, look: Look) -> str | None:
        if look.boxes is None:
            return f"no evidence gives boxes of {NAMES[role]}"
        stated = re.findall(r"\d+(?:\.\d+)?", claim.text) if claim.text.startswith("no ") else []
        if stated and not set(stated) <= set(re.findall(r"\d+(?:\.\d+)?", look.why_none or "")):
            return f"{claim.text!r} is not the reason given"
        fits = len(look.boxes) >= 1 if claim.cue == "some" else len(look.boxes) == claim.value
        return None if fits else f"{NAMES[role]} has {len(look.boxes)} boxes"

    return _places(claim, held, count)


def _strengths(claim: Claim, held: Held) -> str | None:
    """So many boxes, from the strongest or the weakest on, have a mean activation."""
    count, strong, text = claim.value

    def match(role: str, look: Look) -> str | None:
        if look.boxes is None or len(look.boxes) < count:
            return f"no evidence gives so many boxes of {NAMES[role]}"
        means = sorted((box.mean_activation for box in look.boxes), reverse=strong)
        return all_match(text, means[:count], f"mean activation of these boxes of {NAMES[role]}")

    return _places(claim, held, match)


def _boxes_in(claim: Claim, held: Held) -> str | None:
    """So many boxes lie over a zone."""
    number, zone = claim.value
    findings = held.findings(claim)
    if not findings or len(claim.roles) != 1:
        return f"{claim.text!r} does not say of which model and finding"
    for finding in findings:
        look = held.look(claim.roles[0], finding)
        if look is None or look.boxes is None:
            return f"no evidence gives the boxes of {NAMES[claim.roles[0]]} for {prose(finding)}"
        over = sum(zone in box.zones for box in look.boxes)
        if over != number:
            return f"{over} boxes of {NAMES[claim.roles[0]]} for {prose(finding)} lie over {zone}"
    return None


def _boxes_more(claim: Claim, held: Held) -> str | None:
    findings = held.findings(claim)
    for finding in findings:
        counts = [
            None if (x := held.look(r, finding)) is None or x.boxes is None else len(x.boxes) for r in claim.roles
        ]
        mine, theirs = counts
        if mine is None or theirs is None:
            return f"no evidence gives the boxes of both models for {prose(finding)}"
        if mine == theirs or (mine > theirs) != (claim.value == "up"):
            return f"the models have {theirs} and {mine} boxes for {prose(finding)}"
    return None if findings else f"{claim.text!r} does not say of which finding"


def _has_map(claim: Claim, held: Held) -> str | None:
    denies = bool(re.search(r"\bno\b|empty|nothing", claim.text.lower())) != (claim.quantity == "neither")
    denies = denies != claim.negated

    def empty(role: str, look: Look) -> str | None:
        has = look.peak_zone is not None
        return None if has != denies else f"{NAMES[role]} has {'a' if has else 'no'} map"

    wrong = _places(claim, held, empty)
    if wrong is None and claim.quantity == "only":
        others = [held.look(r, f) for r in ROLES if r not in claim.roles for f in held.findings(claim)]
        if any(look is not None and (look.peak_zone is not None) != denies for look in others):
            return "the other model has a map as well"
    return wrong


def _plausible(claim: Claim, held: Held) -> str | None:
    if claim.value == "unknown":
        return _places(claim, held, lambda r, x: None if where(x) is None else "usual places are known for it")
    if not claim.roles:
        return f"{claim.text!r} does not say of which model"
    denies = claim.negated != (claim.quantity == "neither")

    def fits(role: str, look: Look) -> bool | None:
        place = where(look)
        if place is None:
            return None
        return {"inside": place == "in", "outside": place == "out", "chance": place == "chance"}[claim.value]

    for finding in held.findings(claim):
        for role in ROLES:
            look = held.look(role, finding)
            value = None if look is None else fits(role, look)
            if role in claim.roles and (value is None or value == denies):
                return f"the map of {NAMES[role]} for {prose(finding)}: {_told(look)}"
            if role not in claim.roles and claim.quantity == "only" and value is not None and value != denies:
                return f"the map of {NAMES[role]} for {prose(finding)}: {_told(look)}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _plausible_alone(claim: Claim, held: Held) -> str | None:
    """Of the maps cited of a model, those for the findings named alone lie mostly in usual places; or alone do not."""
    for role in claim.roles:
        others = {f: look for (r, f), look in held.facts.looks.items() if r == role and f not in claim.findings}
        inside = [f for f, look in others.items() if (where(look) == "in") != (claim.value == "outside")]
        if not others or bool(inside) != claim.negated:
            return f"the map of {NAMES[role]} for {prose(inside[0]) if inside else 'no other finding'} lies there"
    return None if claim.roles and claim.findings else f"{claim.text!r} does not say which model and findings"


def _attention_calls(claim: Claim, held: Held) -> str | None:
    """One model at least has a map in the usual places, or not there, and calls the finding, or does not."""
    for finding in held.findings(claim):
        looks = {role: held.look(role, finding) for role in claim.roles}
        told = [role for role, look in looks.items() if look and (where(look) == "in") == claim.value]
        if not any(held.called(role, finding) is (not claim.negated) for role in told):
            return f"no model has such a map and such an answer for {prose(finding)}"
    return None if held.findings(claim) else f"{claim.text!r} does not say of which finding"


def _told(look: Look | None) -> str:
    place = None if look is None else where(look)
    words = {"in": "in usual places", "out": "mostly outside the usual places", "chance": "no more than a flat map"}
    return words[place] if place else "no evidence says whether its place is usual"


def _more_plausible(claim: Claim, held: Held) -> str | None:
    if not claim.roles or not held.findings(claim):
        return f"{claim.text!r} does not say which model for which finding"
    for finding in held.findings(claim):
        if any(held.look(role, finding) is None for role in ROLES):
            return f"no evidence compares the maps for {prose(finding)}"
        more = held.facts.more_plausible(finding)
        wanted = None if claim.quantity == "neither" else claim.roles[0]
        if (more != wanted) != claim.negated:
            return f"the more plausible for {prose(finding)} is {NAMES[more] if more else 'neither'}"
    return None


def _peaks_pair(claim: Claim, held: Held) -> str | None:
    """Where the two maps peak, in either order."""
    findings = held.findings(claim)
    for finding in findings:
        peaks = [None if (look := held.look(role, finding)) is None else look.peak_zone for role in ROLES]
        if None in peaks or sorted(map(str, peaks)) != sorted(claim.value):
            return f"for {prose(finding)} the maps peak in {' and '.join(str(p) for p in peaks)}"
    return None if findings else f"{claim.text!r} does not say of which finding"


def _places_differ(claim: Claim, held: Held) -> str | None:
    findings = held.findings(claim)
    looks = [held.look(role, f) for f in findings for role in ROLES]
    if not looks or any(look is None for look in looks):
        return "no evidence gives both maps"
    pairs = zip(looks[::2], looks[1::2], strict=True)
    differ = [a is not None and b is not None and a.peak_zone != b.peak_zone for a, b in pairs]
    if claim.negated:
        return None if not any(differ) else "the maps peak in different places"
    return None if all(differ) else "both maps peak in the same place"


def _no_peak_shared(claim: Claim, held: Held) -> str | None:
    """Of all maps collected, cited or not: no finding has both at one place."""
    if not any(look.peak_zone for look in held.facts.looks.values()):
        return "no evidence gives maps"
    looks = read_facts(held.brief.evidence).looks
    for finding in {f for _, f in looks}:
        peaks = [None if (look := looks.get((role, finding))) is None else look.peak_zone for role in ROLES]
        if peaks[0] is not None and peaks[0] == peaks[1]:
            return f"both maps for {prose(finding)} peak in {peaks[0]}"
    return None


def _some_map_usual(claim: Claim, held: Held) -> str | None:
    """Each model has a map that is in usual places, or denied, one that is not."""
    for role in claim.roles:
        told = [where(look) for (r, _), look in held.facts.looks.items() if r == role and where(look) is not None]
        if not any((place == "in") != claim.negated for place in told):
            return f"no evidence gives such a map of {NAMES[role]}"
    return None


def _place_order(claim: Claim, held: Held) -> str | None:
    """One model's map for one finding lies more in usual places than its map for another."""
    looks = [held.look(role, finding) for role in claim.roles for finding in claim.findings]
    shares = [look.share for look in looks if look is not None and look.share is not None]
    if len(shares) != len(claim.roles) + 1 or len(shares) != len(claim.findings):
        return "no evidence compares the two maps"
    if (shares[0] > shares[1]) != (claim.value == "up") or abs(shares[0] - shares[1]) < PLAUSIBLE_LEAD:
        return f"the shares are {100 * shares[0]:.0f} and {100 * shares[1]:.0f} %"
    return None


def _places(claim: Claim, held: Held, check: Callable[[str, Look], str | None]) -> str | None:
    findings = held.findings(claim)
    if not claim.roles or not findings:
        return f"{claim.text!r} does not say which model for which finding"
    for finding in findings:
        for role in claim.roles:
            look = held.look(role, finding)
            if look is None:
                return f"no evidence says where {NAMES[role]} looks for {prose(finding)}"
            if wrong := check(role, look):
                return f"{wrong} for {prose(finding)}"
    return None


PLACES: Mapping[str, Rule] = {
    "attention_calls": _attention_calls,
    "boxes": _boxes,
    "boxes_in": _boxes_in,
    "boxes_more": _boxes_more,
    "has_map": _has_map,
    "more_plausible": _more_plausible,
    "no_peak_shared": _no_peak_shared,
    "peaks_pair": _peaks_pair,
    "places_differ": _places_differ,
    "place_order": _place_order,
    "plausible": _plausible,
    "plausible_alone": _plausible_alone,
    "side": _side,
    "some_map_usual": _some_map_usual,
    "strengths": _strengths,
    "zone": _zone,
}
