"""The words in which results are told: one pattern whose named groups are the kinds of token a sentence is read into.

Alternatives stand in order: what comes first wins where two could start at the same place. Findings bring their own
names and synonyms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ...training.findings import FindingSet
from ...training.zones import CENTRAL_ZONES, LUNG_ZONES
from .prose import SOURCES
from .token_pattern import TokenPattern

_CALL = (
    r"(?:calls?|calling|called|flags?|flagg(?:ed|ing)|detects?|detect(?:ed|ing)|predicts?|predicting"
    r"|predicted(?! to be| difficulty)|reports?|report(?:ed|ing)|identif(?:y|ies|ied)|recogni[sz](?:es?|ed)"
    r"|picks? up|picked up|picks? out)"
)
_NOT = (
    r"(?:(?:does|do|did|is|are|was|were|has|have) not|doesn't|don't|didn't|isn't|aren't|wasn't|never"
    r"|fail(?:s|ed)? to)"
)
_LABELS = (
    r"(?:the )?(?:reference |reference standard )?(?:labels?|label table|ground truth|truth|reference(?: standard)?)"
)
_NUMBER_WORDS = {"no": 0, "none": 0, "one": 1, "a": 1, "single": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_COUNT = r"(?:no|none|one|a single|two|three|four|five|\d+)"
_DIGITS = r"(?:\d+(?:\.\d+)?\s?%?\s+)?"
THRESHOLD = (
    rf"(?:the|its|their|both|his|a)? ?(?:own )?{_DIGITS}(?:own |decision |operating |call )?"
    r"(?:thresholds?|cut-?offs?|points?)"
)

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
        r"\b(?:severe|mild|moderate|massive|tiny|subtle|extensive|large|small|diffuse|patchy|bibasilar|prominent"
        r"|blunt(?:s|ed|ing)|menisc(?:us|al)|air bronchograms?|kerley|silhouette sign|deep sulcus|cephali[sz]ation"
        r"|batwing|bat-wing|tracheal (?:deviation|shift)|mediastinal shift|haz(?:y|iness)|cavit(?:y|ation)"
        r"|air[- ]fluid levels?|fissur(?:e|al)|honeycomb\w*|ground[- ]glass)\b",
    ),
    (
        "diagnosis",
        r"\b(?:tumou?rs?|cancer|carcinoma|metasta\w+|tuberculosis|covid(?:-19)?|emphysema|copd|fibrosis|hernia"
        r"|infiltrat(?:es?|ion)|embol(?:us|ism)|aneurysm|sarcoid\w*|heart failure|bronchi\w+|granuloma\w*"
        r"|malignan\w+|infect(?:ion|ious)"
        r"|patient(?:'s)?(?! side)|surg(?:ery|ical)|treat(?:ed|ment)|therap\w+|biops\w+|antibiotics?|drain(?:age)?"
        r"|urgent(?:ly)?|emergency|acute(?:ly)?|chronic|prognosis|symptom\w*|fever|cough|dyspn\w+|smok\w+|year-old"
        r"|prior (?:film|study|radiograph)|previous (?:film|study|radiograph)|follow-up|ct|mri|recommend\w*"
        r"|(?<!no )(?<!not a )(?<!for )diagnos\w+|proves?|proving|proven|certain(?:ly)?|definite(?:ly)?"
        r"|undoubtedly)\b",
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
        rf"\b{_LABELS} (?:(?:{_NOT} )?(?:names?|mentions?|confirms?|lists?|settles?|contains?|includes?|shows?)"
        rf"|leaves?(?=[^.;]{{0,50}} (?:open|uncertain|unsettled))|says? nothing(?: definite)?(?: about)?"
        r"|(?:is|are) (?:not )?(?:positive|negative|uncertain|known|clear)(?: (?:for|about|on))?)"
        rf"|\b{_LABELS} (?:for|on|about) (?=[a-z ]{{3,40}} (?:is|are) (?:not known|unknown|uncertain|not clear))"
        r"|\b(?:is|are|was|were) (?:truly |really |in fact |actually |not )*(?:present|absent)\b"
        rf"|\b(?:is|are|was|were) (?:not )?(?:confirmed|named|listed|mentioned) (?:by|in) {_LABELS}"
        rf"|\b(?:named|listed|mentioned) (?:by|in) {_LABELS}"
        r"|\bthere (?:is|are|was|were) |\bhas resolved|\bhave resolved|\bfilm shows\b",
    ),
    (
        "worse_word",
        r"\bno (?:change|difference)\b|\b(?:improve(?:s|d|ment)?|worse|worsen(?:s|ed)?)\b|\bno verdict\b"
        r"|\bneither helped nor hurt|\bstep (?:back|forward)\b|\bchanged nothing\b|\bhelp(?:s|ed)\b"
        r"|\b(?:hurts?|harm(?:s|ed))\b|\bunchanged\b",
    ),
    (
        "outcome",
        r"\btrue[- ]positives?\b|\bfalse[- ]positives?\b|\btrue[- ]negatives?\b|\bfalse[- ]negatives?\b"
        r"|\b(?:tp|fp|tn|fn)s?\b"
        rf"|\b(?:correctly|rightly) (?:{_NOT} {_CALL}|leaves?|rejects?|withholds?|stays?|remains?)"
        rf"|\b(?:falsely|wrongly|incorrectly) (?:leaves?|rejects?|stays?|{_NOT} {_CALL})"
        rf"|\b(?:correctly|rightly) (?:{_CALL}|assigns?|finds?)|\b(?:falsely|wrongly|incorrectly|mistakenly) {_CALL}"
        r"|\bmiss(?:es|ed|ing)?\b|\boverlook(?:s|ed)?\b|\bovercall(?:s|ed)?\b|\bhallucinat(?:es?|ed|ing)\b"
        rf"|\b(?:(?:is|are|was|were) )?(?:correct|right|wrong|incorrect) (?:not )?to {_CALL}"
        r"|\bcatch(?:es)?\b|\bcaught\b|\bfalse alarms?\b|\bfalse call",
    ),
    (
        "right",
        r"\b(?:is|are|was|were) (?:both |not |also )?(?:right|correct|wrong|incorrect|mistaken)\b"
        r"(?! (?:lung|side|upper|lower|mid|apex|hilum|peri|costo|cardio|pleural))"
        r"|\b(?:right|correct|wrong|incorrect) (?:answers?|calls?|predictions?)\b"
        r"|\bgets? (?!it|this)(?=[^.,;:]{3,40} (?:right|wrong)\b)"
        r"|\bgets? (?:it|this)(?: (?:case|film|one|finding))? (?:right|wrong)\b"
        r"|\b(?:correctly|incorrectly|rightly|wrongly|falsely)\b",
    ),
    ("better", r"\b(?:is|does|are|performs?) (?:not )?better(?: on)?\b|\boutperforms\b"),
    ("call_count", rf"\b{_CALL} {_COUNT} of (?:the |its )?\d+ (?:assessed )?findings(?: it assesses)?"),
    ("call_none", rf"\b(?:{_NOT} )?{_CALL} (?:any|no) findings?\b"),
    ("assessed", r"\b(?:does not|do not|cannot) assess\b|\bnot assessed(?: by)?\b"),
    ("close", rf"\b(?:no score )?(?:lies?|is|are|sits?)? ?(?:not )?close to {THRESHOLD}"),
    (
        "call",
        rf"\b{_NOT} {_CALL}\b|(?<!\ba )(?<!the )(?<!for a )(?<!'s )(?<!each )\b{_CALL}\b(?! of\b)"
        r"|\b(?:(?:stays?|lies?|is|are|remains?|falls?|scores?) )?(?:not )?(?:just |well |far |only )?"
        rf"(?:below|under|above|over|past|short of)(?= {THRESHOLD})"
        rf"|\b(?:{_NOT} )?(?:reach(?:es)?|exceed(?:s|ing)?|cross(?:es|ing)?|clear(?:s|ing)?|surpass(?:es|ing)?"
        rf"|pass(?:es)?|meets?|misses)(?= {THRESHOLD})"
        r"|\b(?:not |barely )?(?:enough|sufficient|insufficient) to (?:reach|exceed|cross|clear|surpass|pass|meet)\b"
        r"|\bas (?:positive|negative)\b|\b(?:no|a) (?:positive |negative )?call (?:for|of)\b"
        rf"|\b(?:{_NOT} )?(?:believes?|deems?|judges?|thinks?)(?=[^.,;]{{3,50}} (?:present|absent)\b)"
        r"|\bno evidence of\b|\b(?:is|are|tests?) (?:not )?(?:positive|negative)(?: for)?\b|\bcall of\b"
        r"|\buncalled\b|\bunflagged\b|\b(?:sees|saw|finds?|found)(?= no\b(?! evidence))"
        r"|\bconsiders?(?=[^.,;]{3,50} (?:present|absent)\b)",
    ),
    (
        "plausible",
        r"\bno usual places? (?:is|are) known|\bmore of its activation lies in the usual places?"
        r"|\bsimilar shares of their activation lie in the usual places?"
        r"|\bno more in (?:the )?usual places?(?: for \S+ than a flat map would)?"
        r"|\b(?:mostly |mainly )?(?:not )?(?:lies? |looks? |falls? )?(?:mostly |mainly )?"
        r"(?:in|inside|at|over|outside|within) (?:of )?(?:an? |the |its )?(?:anatomically )?"
        r"(?:usual|plausible|typical|expected|implausible) (?:places?|zones?|regions?|locations?|areas?)"
        r"|\banatomically (?:relevant|plausible|irrelevant|implausible) (?:regions?|places?|areas?|locations?)"
        r"|\b(?:is|are) (?:not )?(?:anatomically )?(?:relevant|plausible|implausible|irrelevant)\b"
        r"|\b(?:mostly )?outside them\b|\bmakes? (?:little |no )?(?:anatomical )?sense\b",
    ),
    ("more_plausible", r"\b(?:the )?more plausible\b"),
    (
        "does_not",
        r"\b(?:does not|do not|did not|doesn't|don't|is not|are not)(?=[,.;)]| \(|,? (?:at|with) \d| ?$)"
        r"|\b(?:does|do) (?:too|so|as well|likewise)\b|\b(?:but|and) not\b(?! assessed)|, not\b(?! assessed)",
    ),
    ("agree_all", r"\bagree on (?:every|all)\b"),
    (
        "agree",
        rf"\b(?:{_NOT} )?(?:differ|disagree|agree)s?\b(?: (?:on|about|over))?(?! somewhat| from)"
        r"|\bdifferent conclusions?(?: (?:on|about))?|\bthe same conclusions?(?: (?:on|about))?"
        r"|\b(?:no )?(?:dis)?agreement\b",
    ),
    ("has_map", r"\b(?:has|have) (?:a|no) map\b|\bmap is empty|\bmaps are empty"),
    ("level", r"(?<!on )\b(?:easy|average|hard)\b"),
    ("displayed", r"\bsides? (?:are |is )?as displayed"),
    (
        "unknown_projection",
        r"\bprojection (?:of the film )?(?:is|was) (?:not known|unknown)|\bprojection could not be determined"
        r"|\bnot known whether this is an ap or a pa(?: film)?",
    ),
    ("basis", r"\bas (?:its header|the table) says|\bas estimated from the picture"),
    (
        "projection",
        r"\b(?:an? )?(?:ap|pa)\b(?: film| projection| view)?(?!(?: film)? the heart)"
        r"|\blateral (?:projection|view|film)",
    ),
    ("heart_size", r"\bheart and mediastinum look larger"),
    ("usual_film", r"\blooks (?:un)?like the films|\bdiffers somewhat from the films|\bfilm is unusual"),
    ("not_chest", r"\b(?:does not look like|is not) a frontal chest film"),
    ("calibrated", r"\b(?:are|is) (?:not |un)?calibrated"),
    ("default", r"\bare defaults?\b"),
    (
        "compare",
        r"\b(?:higher|lower|larger|smaller|greater|(?:more|less) (?:confident|certain|sure))\b",
    ),
    (
        "change",
        r"\b(?:ris(?:es?|ing)|rose|increas(?:es?|ed)|goes up|went up|rais(?:es?|ed)|climb(?:s|ed)"
        r"|drop(?:s|ped)|fell|falls(?= from)|decreas(?:es?|ed)|goes down|went down|lower(?:s|ed)|reduc(?:es?|ed)"
        r"|moves?|moved|shift(?:s|ed)|goes from|grew|grows|shrank|shrinks)\b(?=[^;]* from\b)"
        r"|\b(?:an? )(?:increase|rise|gain|decrease|drop|fall|decline|reduction)\b",
    ),
    (
        "cue",
        r"\bpeak(?:s|ing|ed)?\b|\b(?:strongest|maximum|hottest|highest)\b|\b(?:mainly|mostly|chiefly|largely)\b"
        r"|\b(?:focus(?:es|ed)?|concentrates?|attends?|attention|looks?|cent(?:re|er)(?:s|d|ed)?|focused|bases?)\b",
    ),
    ("boxes", rf"\b(?:{_COUNT} |the |a )?box(?:es)?\b"),
    ("zone", rf"\b(?:(?:right|left) (?:{_SIDED})|{_CENTRAL})\b"),
    ("side", r"\b(?:right|left)(?:-sided)?\b|\bbilateral(?:ly)?\b|\bmidline\b|\bboth sides\b|\bboth lungs\b"),
    (
        "role",
        r"\b(?:only|neither|nor) (?:that of )?the (?:baseline|fine-?tuned)(?: model| classifier| network)?"
        r"|\bneither(?: models?| maps?| of them| classifiers?| networks?)?"
        r"|\b(?:both|each)(?: models?| maps?| classifiers?| networks?)?\b"
        r"|\bthe (?:two )?(?:models|classifiers|networks)\b"
        r"|\b(?:the )?(?:baseline|fine-?tuned)(?: model| classifier| network)?\b|\bthe other(?: model)?\b",
    ),
    ("finding", "{findings}"),
    ("number", r"(?<![\w.@/-])\d+(?:\.\d+)?(?:e-?\d+)?(?:\s?%| percent\b| degrees\b)?(?![\w])"),
    (
        "clause",
        r"[;:]|, (?:so|but|while|whereas|and|which|where|as|though|perhaps|yet|because)\b"
        r"|\b(?:because|although|though|whereas|while)\b",
    ),
    ("paren", r"[()]"),
)

HEDGE = re.compile(
    r"\b(?:may|might|could|perhaps|possibly|possible|potentially|presumably|probably|likely|unlikely"
    r"|suggests?|seems?|appears?|interpretation"
    r"|consistent with|more plausible)\b",
    re.IGNORECASE,
)
"""Words of a sentence that is an interpretation, not a result."""

KNOWLEDGE = re.compile(r"\b(?:typically|classically|as a rule|in general)\b", re.IGNORECASE)
"""Words of a sentence that tells what is known of a finding, not what is on this film."""


@dataclass(frozen=True, eq=False)  # one per set of findings: told apart by identity
class Lexicon:
    """The pattern for one set of findings, and which finding each of its names means."""

    pattern: TokenPattern
    """For text as `plain` gives it."""
    finding_of: Mapping[str, str]
    """A name or synonym, lower case -> finding."""

    def finding(self, word: str) -> str:
        return self.finding_of[" ".join(word.lower().replace("_", " ").split())]


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
    spelled = rf"\b(?:no_finding|{alternatives})\b"
    kinds = [(kind, spelled if kind == "finding" else pattern) for kind, pattern in _KINDS]
    return Lexicon(TokenPattern(kinds), names)


def plain(text: str) -> str:
    """The text as the pattern reads it: lower case, but the label No Finding apart from `calls no finding`."""
    return text.replace("No Finding", "no_finding").lower()


def _forms(word: str) -> tuple[str, ...]:
    """A name and its plural."""
    if word.endswith(("s", "ia")):
        return (word,)
    return (word, f"{word[:-1]}ies" if word.endswith("ty") else f"{word}es" if word.endswith("x") else f"{word}s")


def count_of(text: str) -> int:
    """`two boxes` -> 2, `no box` -> 0, `3 of ...` -> 3."""
    word = text.lower().split()[0] if not text.lower().startswith("a single") else "one"
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
