"""Words of the domain: zones, names of findings and models, signs that no tool sees, doubt and general knowledge."""

from __future__ import annotations

import re
from functools import lru_cache

from .....training.zones import CENTRAL_ZONES, LUNG_ZONES

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
    "subdiaphragmatic": r"(?:subdiaphragmatic(?: region| area)?|(?:region |area )?(?:below|under"
    r"|beneath) the diaphragm)",
    "chest wall and clavicle": r"(?:chest wall (?:and|or) clavicle|chest wall|clavicle)",
    "neck": r"neck",
    "outside the body": r"(?:area )?(?:outside|beside|beyond|next to) the (?:body|patient)",
}
SIDED = "|".join(_ZONE_WORDS[z] for z in LUNG_ZONES)
CENTRAL = "|".join(_ZONE_WORDS[z] for z in CENTRAL_ZONES)

SIGNS = (
    r"\b(?:severe|mild|moderate|massive|tiny|subtle|extensive|(?:large|small)(?! (?:margin|share|part|difference"
    r"|number|amount|majority|enough|lead|gap))|diffuse|patchy|bibasilar|prominent"
    r"|blunt(?:s|ed|ing)|menisc(?:us|al)|air bronchograms?|kerley|silhouette sign|deep sulcus|cephali[sz]ation"
    r"|batwing|bat-wing|tracheal (?:deviation|shift)|mediastinal shift|haz(?:y|iness)|cavit(?:y|ation)"
    r"|air[- ]fluid levels?|pleural lines?|infiltrat(?:es?|ion)|fissur(?:e|al)|honeycomb\w*|ground[- ]glass)\b"
)
"""What a reader sees on a film and no tool does."""

DIAGNOSES = (
    r"\b(?:tumou?rs?|cancer|carcinoma|metasta\w+|tuberculosis|covid(?:-19)?|emphysema|copd|fibrosis|hernia"
    r"|embol(?:us|ism)|aneurysm|sarcoid\w*|heart failure|bronchi\w+|granuloma\w*"
    r"|malignan\w+|infect(?:ion|ious)"
    r"|patient(?:'s)?(?! side)|surg(?:ery|ical)|treat(?:ed|ment)|therap\w+|biops\w+|antibiotics?|drain(?:age)?"
    r"|urgent(?:ly)?|emergency|acute(?:ly)?|chronic|prognosis|symptom\w*|fever|cough|dyspn\w+|smok\w+|year-old"
    r"|prior (?:film|study|radiograph)|previous (?:film|study|radiograph)|follow-up|ct|mri|recommend\w*"
    r"|(?<!no )(?<!not a )(?<!for )diagnos\w+|proves?|proving|proven)\b"
)
"""Words about the patient, of which no tool knows anything."""

ROLE_MODEL = (
    r"\b(?:the |its )?(?:original |untuned |pre-?trained )?(?:baseline|bl)\b"
    r"(?: (?:model|classifier|network|net|version|checkpoint|one|variant))?"
    r"|\b(?:the )?(?:fine-?tuned|ft|tuned|adapted)\b"
    r"(?: (?:model|classifier|network|net|version|checkpoint|one|variant|counterpart|sibling))?"
    r"|\b(?:before|after) fine-?tuning\b|\bits (?:successor|predecessor)\b|\bat first(?= ?[,;.:(]| (?:and"
    r"|but)\b)|\bafterwards\b"
)
"""One model's names."""

HEDGE = re.compile(
    r"\b(?:may|might|could(?! (?:hardly|scarcely)\b)|perhaps|maybe|possibly|possible|potentially|presumably|probably"
    r"|likely|unlikely|suggests?|seems?|appears?|interpretation"
    r"|consistent with|more plausible)\b",
    re.IGNORECASE,
)
"""Words of a sentence that is an interpretation, not a result."""
_HEDGE_PARTS = (
    *(
        "may",
        "might",
        "could",
        "perhaps",
        "possibl",
        "potentially",
        "presumably",
        "probably",
        "likely",
        "suggest",
        "seem",
    ),
    *("appear", "interpretation", "consistent with", "more plausible"),
)
_KNOWLEDGE_PARTS = (
    *("typical", "classical", "as a rule", "general", "often", "usually", "commonly", "tend", "characteristically"),
)

KNOWLEDGE = re.compile(
    r"\b(?:typical(?:ly)?|classical(?:ly)?|as a rule|in general|generally|often|usually|commonly|tends? to"
    r"|characteristically)\b",
    re.IGNORECASE,
)
"""Words of a sentence that tells what is known of a finding, not what is on this film."""


def doubt_in(text: str) -> re.Match[str] | None:
    """The first word of doubt in a text; what no part of one is in is not searched."""
    lower = text.lower()
    for part in _HEDGE_PARTS:
        if part in lower:
            return HEDGE.search(text)
    return None


def is_knowledge(text: str) -> bool:
    lower = text.lower()
    for part in _KNOWLEDGE_PARTS:
        if part in lower:
            return KNOWLEDGE.search(text) is not None
    return False


def names_of(findings: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    """A name, synonym or plural of one, in lower case -> its finding."""
    names: dict[str, str] = {}
    for name, synonyms in findings:
        for word in (name, *synonyms):
            for form in _forms(word.lower()):
                names.setdefault(form, name)
    for name, _ in findings:  # a finding's own name wins over another's synonym
        names[name.lower()] = name
    return names


def _forms(word: str) -> tuple[str, ...]:
    """A name and its plural."""
    if word.endswith(("s", "ia")):
        return (word,)
    return (word, f"{word[:-1]}ies" if word.endswith("ty") else f"{word}es" if word.endswith("x") else f"{word}s")


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
