"""The words in which results are told: one pattern whose named groups are the kinds of token a sentence is read into.

Alternatives stand in order: what comes first wins where two could start at the same place. Findings bring their own
names and synonyms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..training.findings import FindingSet
from ..training.zones import CENTRAL_ZONES, LUNG_ZONES
from .prose import SOURCES

_CALL = r"(?:calls?|calling|called|flags?|flagged|detects?|detected|predicts?|predicted(?! to be)|reports?|reported)"
_NOT = r"(?:does not|do not|did not|doesn't|don't|didn't|never|fails? to)"
_LABELS = r"(?:the )?(?:labels?|label table|ground truth|truth|reference)"
_NUMBER_WORDS = {"no": 0, "none": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_COUNT = rf"(?:{'|'.join(_NUMBER_WORDS)}|\d+)"
_THRESHOLD = r"(?:the|its|their|both|his)? ?(?:own )?thresholds?"

_ZONE_WORDS = {
    "apex": r"(?:apex|lung apex|apical (?:zone|region|lung))",
    "upper lung": r"upper (?:lung(?: zone| field)?|zone|lobe)",
    "mid lung": r"mid(?:dle)?[- ](?:lung(?: zone| field)?|zone)",
    "lower lung": r"(?:lower (?:lung(?: zone| field)?|zone|lobe)|lung base|base)",
    "hilum": r"(?:hilum|hilar region)",
    "perihilar": r"perihilar(?: region| zone| area| lung)?",
    "costophrenic angle": r"costophrenic (?:angle|sulcus)",
    "cardiophrenic angle": r"cardiophrenic angle",
    "pleural margin": r"(?:pleural margin|lateral pleura)",
    "retrocardiac": r"(?:retrocardiac(?: region| area| space)?|region behind the heart|behind the heart)",
    "cardiac silhouette": r"(?:cardiac|heart) silhouette",
    "mediastinum": r"mediastinum",
    "paratracheal": r"paratracheal(?: region| area| stripe)?",
    "subdiaphragmatic": r"(?:subdiaphragmatic(?: region| area)?|(?:region |area )?below the diaphragm)",
    "chest wall and clavicle": r"(?:chest wall (?:and|or) clavicle|chest wall|clavicle)",
    "neck": r"neck",
    "outside the body": r"(?:area )?outside the body",
}
_SIDED = "|".join(_ZONE_WORDS[z] for z in LUNG_ZONES)
_CENTRAL = "|".join(_ZONE_WORDS[z] for z in CENTRAL_ZONES)

_KINDS: tuple[tuple[str, str], ...] = (
    ("evidence", r"\b(?:predict|gradcam|boxes|compare|truth)\.[a-z0-9][a-z0-9.-]*[a-z0-9]"),
    (
        "sign",
        r"\b(?:blunt(?:ed|ing)|menisc(?:us|al)|air bronchograms?|kerley|silhouette sign|deep sulcus|cephali[sz]ation"
        r"|batwing|bat-wing|tracheal (?:deviation|shift)|mediastinal shift|haz(?:y|iness)|cavit(?:y|ation)"
        r"|air[- ]fluid levels?|fissur(?:e|al)|honeycomb\w*|ground[- ]glass)\b",
    ),
    (
        "diagnosis",
        r"\b(?:tumou?rs?|cancer|carcinoma|metasta\w+|tuberculosis|covid(?:-19)?|emphysema|copd|fibrosis|hernia"
        r"|infiltrat(?:es?|ion)|embol(?:us|ism)|aneurysm|sarcoid\w*|heart failure|bronchi\w+|granuloma\w*)\b",
    ),
    ("source", r"\b(?:" + "|".join(re.escape(s) for s in SOURCES.values()) + r")"),
    ("hidden", r"\b(?:the )?truth (?:is|was) hidden"),
    (
        "unjudged",
        r"\b(?:neither answer was judged|(?:was|were|is) not judged|settle any finding that both models assess)",
    ),
    ("no_positive", rf"\b{_LABELS} names? no judged finding"),
    (
        "truth",
        rf"\b{_LABELS} (?:(?:{_NOT} )?(?:names?|mentions?|confirms?|lists?|settles?)|leaves? open|says? nothing about)"
        r"|\b(?:is|are) (?:truly |really |in fact |actually )?(?:not )?(?:present|absent)\b"
        r"|\bthere (?:is|are) (?:no |an? )?"
        r"|\bhas resolved|\bhave resolved|\bpatient has\b|\bfilm shows\b",
    ),
    ("worse_word", r"\bNO CHANGE\b|\bIMPROVED\b|\bWORSE\b|\b(?:improved|worse|worsened)\b|\bno verdict\b"),
    (
        "outcome",
        rf"\btrue[- ]positives?\b|\bfalse[- ]positives?\b|\btrue[- ]negatives?\b|\bfalse[- ]negatives?\b"
        r"|\b(?-i:TP|FP|TN|FN)\b"
        rf"|\b(?:correctly|rightly) (?:{_NOT} call|leaves? out|rejects?|withholds?)"
        rf"|\b(?:correctly|rightly) {_CALL}|\b(?:falsely|wrongly|incorrectly) {_CALL}|\bmiss(?:es|ed|ing)?\b"
        r"|\bfalse alarms?\b|\bfalse call",
    ),
    (
        "right",
        r"\b(?:is|are|was|were) (?:both |not )?(?:right|correct|wrong|incorrect)\b(?! (?:lung|side|upper|lower|mid))"
        r"|\b(?:right|correct|wrong|incorrect) (?:answers?|calls?|predictions?)\b|\bgets? (?:it|this) (?:right|wrong)\b"
        r"|\b(?:correctly|incorrectly|rightly|wrongly|falsely)\b",
    ),
    ("better", r"\b(?:is|does|are) (?:not )?better(?: on)?\b|\boutperforms\b"),
    ("call_count", rf"\b{_CALL} {_COUNT} of (?:the |its )?\d+ (?:assessed )?findings(?: it assesses)?"),
    ("call_none", rf"\b(?:{_NOT} )?{_CALL} (?:any|no) findings?\b(?-i:)"),
    ("assessed", r"\b(?:does not|do not|cannot) assess\b|\bnot assessed(?: by)?\b"),
    ("close", rf"\b(?:no score )?(?:lies?|is|are|sits?)? ?(?:not )?close to {_THRESHOLD}"),
    (
        "call",
        rf"\b{_NOT} {_CALL}\b|(?<!\ba )(?<!the )(?<!for a )\b{_CALL}\b(?! of\b)"
        r"|\b(?:stays?|lies?|is|are|remains?|falls?|scores?)? ?(?:just |well |far )?"
        rf"(?:below|under|above|over) {_THRESHOLD}"
        rf"|\b(?:does not reach|do not reach|reach(?:es)?|exceeds?) {_THRESHOLD}"
        r"|\bno evidence of\b|\b(?:is|are) (?:not )?(?:positive|negative)(?: for)?\b|\bcall of\b|\bwithout (?!the\b)",
    ),
    (
        "plausible",
        r"\bno usual places? (?:is|are) known|\bmore of its activation lies in the usual places?"
        r"|\bsimilar shares of their activation lie in the usual places?"
        r"|\bno more in (?:the )?usual places?(?: for \S+ than a flat map would)?"
        r"|\b(?:mostly |mainly )?(?:not )?(?:lies? |looks? )?(?:mostly |mainly )?(?:in|inside|at|over|outside)"
        r" (?:an? |the |its )?(?:usual|plausible|typical) places?"
        r"|\b(?:is|are) (?:not )?(?:anatomically )?(?:relevant|plausible|implausible|irrelevant)\b"
        r"|\b(?:mostly )?outside them\b",
    ),
    ("more_plausible", r"\b(?:the )?more plausible\b"),
    ("does_not", r"\b(?:does not|do not|doesn't|don't)(?=[,.;)]| ?$)|\b(?:does|do) (?:too|so|as well|likewise)\b"),
    ("agree_all", r"\bagree on (?:every|all)\b"),
    ("agree", r"\b(?:differ|disagree|agree)s?\b(?: on)?(?! somewhat)"),
    ("has_map", r"\b(?:has|have) (?:a|no) map\b|\bmap is empty|\bmaps are empty"),
    ("level", r"\b(?:predicted to be|set to|sorted as) (?:easy|average|hard)\b"),
    ("displayed", r"\bsides? (?:are |is )?as displayed"),
    ("unknown_projection", r"\bprojection (?:of the film )?is not known"),
    ("basis", r"\bas (?:its header|the table) says|\bas estimated from the picture"),
    (
        "projection",
        r"\b(?:an? )?(?-i:AP|PA)\b(?: film| projection| view)?(?!(?: film)? the heart)"
        r"|\blateral (?:projection|view|film)",
    ),
    ("heart_size", r"\bheart and mediastinum look larger"),
    ("usual_film", r"\blooks (?:un)?like the films|\bdiffers somewhat from the films|\bfilm is unusual"),
    ("not_chest", r"\b(?:does not look like|is not) a frontal chest film"),
    ("calibrated", r"\b(?:are|is) (?:not |un)?calibrated"),
    ("default", r"\bare defaults?\b"),
    ("compare", r"\b(?:higher|lower|larger|smaller) than\b"),
    ("cue", r"\bpeak(?:s|ing|ed)?\b|\b(?:strongest|maximum)\b|\b(?:mainly|mostly|chiefly|largely)\b"),
    ("boxes", rf"\b(?:{_COUNT} |the |a )?box(?:es)?\b"),
    ("zone", rf"\b(?:(?:right|left) (?:{_SIDED})|{_CENTRAL})\b"),
    ("side", r"\b(?:right|left)(?:-sided)?\b|\bbilateral(?:ly)?\b|\bmidline\b|\bboth sides\b|\bboth lungs\b"),
    (
        "role",
        r"\bonly the (?:baseline|fine-?tuned)(?: model)?|\bneither(?: models?| maps?| of them)?"
        r"|\b(?:both|each)(?: models?| maps?)?\b|\bthe (?:two )?models\b"
        r"|\b(?:the )?(?:baseline|fine-?tuned)(?: model)?\b|\bthe other(?: model)?\b",
    ),
    ("finding", "{findings}"),
    ("number", r"(?<![\w.@/-])\d+(?:\.\d+)?(?:e-?\d+)?(?:\s?%| percent\b| degrees\b)?(?![\w])"),
    (
        "clause",
        r"[;:]|, (?:so|but|while|whereas|and|which|where|as|though|perhaps|yet|because)\b"
        r"|\b(?:because|although|though)\b",
    ),
    ("paren", r"[()]"),
)

HEDGE = re.compile(
    r"\b(?:may|might|could|perhaps|possibly|probably|likely|unlikely|suggests?|seems?|appears?|interpretation"
    r"|consistent with|more plausible)\b",
    re.IGNORECASE,
)
"""Words of a sentence that is an interpretation, not a result."""

KNOWLEDGE = re.compile(r"\b(?:typically|classically|as a rule|in general)\b", re.IGNORECASE)
"""Words of a sentence that tells what is known of a finding, not what is on this film."""


@dataclass(frozen=True)
class Lexicon:
    """The pattern for one set of findings, and which finding each of its names means."""

    pattern: re.Pattern[str]
    finding_of: Mapping[str, str]
    """A name or synonym, lower case -> finding."""

    def finding(self, word: str) -> str:
        return self.finding_of[" ".join(word.lower().split())]


def build_lexicon(findings: FindingSet) -> Lexicon:
    """The lexicon of a set of findings; built once per set."""
    return _build(tuple((f.name, f.synonyms) for f in findings.each()))


@lru_cache(maxsize=8)
def _build(findings: tuple[tuple[str, tuple[str, ...]], ...]) -> Lexicon:
    names: dict[str, str] = {}
    for name, synonyms in findings:
        for word in (name, *synonyms):
            for form in _forms(word.lower()):
                names.setdefault(form, name)
    for name, _ in findings:  # a finding's own name wins over another's synonym
        names[name.lower()] = name
    words = sorted((w for w in names if w != "no finding"), key=lambda w: (-len(w), w))
    alternatives = "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in words)
    # "calls no finding" is not the label No Finding: the label keeps its capitals
    spelled = rf"(?-i:\bNo Finding\b)|\b(?:{alternatives})\b"
    kinds = [(kind, spelled if kind == "finding" else pattern) for kind, pattern in _KINDS]
    pattern = "|".join(f"(?P<{kind}>{expression})" for kind, expression in kinds)
    return Lexicon(re.compile(pattern, re.IGNORECASE), names)


def _forms(word: str) -> tuple[str, ...]:
    """A name and its plural."""
    if word.endswith(("s", "ia")):
        return (word,)
    return (word, f"{word[:-1]}ies" if word.endswith("ty") else f"{word}es" if word.endswith("x") else f"{word}s")


def count_of(text: str) -> int:
    """`two boxes` -> 2, `no box` -> 0, `3 of ...` -> 3."""
    word = text.lower().split()[0]
    return _NUMBER_WORDS.get(word, int(word) if word.isdigit() else 1)


@lru_cache(maxsize=256)
def zone_of(text: str) -> str:
    """The zone's own name for the words a text has for it."""
    words = " ".join(text.lower().split())
    side, _, rest = words.partition(" ")
    if side in ("left", "right"):
        for zone in LUNG_ZONES:
            if re.fullmatch(_ZONE_WORDS[zone], rest):
                return f"{side} {zone}"
    return next(zone for zone in CENTRAL_ZONES if re.fullmatch(_ZONE_WORDS[zone], words))
