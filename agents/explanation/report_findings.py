"""Findings in free report text: present, absent, uncertain or not mentioned, for each of the 14.

    extract_findings("No effusion. Possible left basilar atelectasis.")["Atelectasis"]   # 'uncertain'

Rules in the manner of NegEx (Chapman et al., J Biomed Inform 2001): a phrase for a finding, and before or behind it in
the same sentence words that deny or doubt it, up to a word that ends their reach. Over a report the strongest mention
counts: present, then uncertain, then absent. `cxr-lens bench extraction` measures it against codes of real reports.

Known limits: English only; a finding said to be old, unchanged or resolving counts as present, one that has resolved as
absent; a comparison with an earlier film is not understood.
"""

from __future__ import annotations

import re
from typing import Literal

from ...training.findings import CHEXPERT

Mention = Literal["present", "absent", "uncertain", "not mentioned"]

_PHRASES: dict[str, str] = {
    "Enlarged Cardiomediastinum": (
        r"(?:widen(?:ed|ing)|enlarged|prominent|prominence|fullness)(?: of)?(?: the)?(?: superior| right"
        r"| upper)? ?mediastin\w+"
        r"|mediastin\w+ (?:contours? |silhouette )?(?:is |are |appears? )?(?:mildly |slightly )?(?:widen\w*"
        r"|enlarge\w*|prominen\w+)"
        r"|enlarged cardiomediastin\w+|cardiomediastinal (?:silhouette|contours?) (?:is |are "
        r"|appears? )?(?:mildly )?enlarged"
    ),
    "Cardiomegaly": (
        r"cardiomegaly|(?:enlarged|enlargement of(?: the)?) (?:heart|cardiac)(?: silhouette| shadow| contour)?"
        r"|(?:heart|cardiac)(?: size| silhouette| shadow| contours?|,)*(?: is| are| appears?| remains?)?"
        r"(?: again| stably| mildly| moderately| markedly| severely| slightly| at least| borderline"
        r"| again noted to be)* enlarged"
        r"|(?:heart|cardiac) enlargement|cardiac(?: silhouette)? (?:is )?prominent|borderline enlarged heart"
    ),
    "Lung Opacity": (
        r"opacit\w+|opacif\w+|infiltrat\w+|airspace disease|air space disease|densit(?:y|ies)(?! of bone)"
        r"|consolidat\w+"
        r"|pneumonia|atelecta\w+|interstitial (?:markings|prominence|changes)|hazy"
    ),
    "Lung Lesion": r"nodules?\b|nodular lesions?|mass(?:es)?\b|lung lesions?|pulmonary lesions?|tumou?rs?",
    "Edema": (
        r"(?:pulmonary |interstitial |alveolar )?o?edema|(?:pulmonary |vascular "
        r"|central )+(?:vascular )?congestion|(?:pulmonary )?vascular (?:prominence|redistribution|engorgement)"
        r"|congestive (?:heart )?failure|fluid overload|kerley"
    ),
    "Consolidation": r"consolidat\w+|air ?space disease|air-space disease",
    "Pneumonia": r"pneumoni(?:a|as|c)|infectious (?:process|infiltrates?)|bronchopneumonia",
    "Atelectasis": r"atelecta\w+|volume loss|(?:lobar|lung) collapse|collapse of",
    "Pneumothorax": r"(?:hydro)?pneumothora(?:x|ces)",
    "Pleural Effusion": r"(?<!pericardial )effusions?\b|pleural fluid|hydropneumothorax|hydrothorax",
    "Pleural Other": (
        r"pleural(?: and parenchymal|-parenchymal)?(?: \w+){0,2} (?:thicken\w+|scar\w+|plaques?|calcifications?)"
        r"|thicken\w+ of the pleura|fibrothorax"
    ),
    "Fracture": r"fractur\w+",
    "Support Devices": (
        r"catheters?|pacemakers?|pacer|icd\b|defibrillator|picc|port-?a-?cath|mediport|swan"
        r"|(?:endotracheal|tracheostomy|nasogastric|enteric|chest|et|ng|feeding|thoracostomy) tubes?"
        r"|(?:central|picc|venous|jugular|subclavian)(?: venous)? lines?|pacing wires?|(?:aicd|pacemaker) leads?"
        r"|sternotomy|clips?\b|(?:cardiac|electronic|implantable|monitoring|pacing)(?: cardiac"
        r"| xxxx)? (?:devices?|leads?)"
        r"|(?:monitor|overlying) leads|nipple markers|prosthe\w+|valve replacement|stimulator|hardware|stents?\b"
    ),
}
_NORMAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"(?:heart|cardiac)(?: size| silhouette| shadow| contours?| and| mediastin\w+|,)*(?: is| are"
        r"| appears?| remains?)*"
        r"(?: grossly| within| of)? (?:normal|unremarkable|not enlarged|upper limits of normal|limits of normal)",
        ("Cardiomegaly",),
    ),
    (
        r"(?:mediastin\w+|cardiomediastin\w+)(?: silhouette| contours?| structures| size| and| heart"
        r"|,)*(?: is| are| appears?| remains?)*"
        r"(?: grossly| within)? (?:normal|unremarkable|not widened|intact)",
        ("Enlarged Cardiomediastinum",),
    ),
    (
        r"lungs?(?: fields?| are| is| appear| remain| otherwise| well-expanded| expanded| and|,| grossly"
        r"| bilaterally| both)* (?:clear|normal)",
        ("Lung Opacity", "Consolidation"),
    ),
    (
        r"pleural (?:spaces?|surfaces?) (?:is |are )?(?:clear|normal|unremarkable)",
        ("Pleural Effusion", "Pneumothorax", "Pleural Other"),
    ),
    (
        r"(?:bony|osseous|skeletal) (?:structures|thorax)[^.]{0,30}(?:intact|unremarkable|normal)|(?:ribs"
        r"|bones) (?:are )?intact",
        ("Fracture",),
    ),
)
_NO_FINDING = re.compile(
    r"\bno (?:acute |active |significant )*(?:cardiopulmonary |pulmonary |cardiac |radiographic "
    r"|intrathoracic |chest )*"
    r"(?:disease|abnormalit(?:y|ies)|process|findings?)\b|\bnormal (?:chest|study|exam\w*|film"
    r"|radiograph)\b|\bnegative chest\b"
    r"|\bunremarkable (?:chest|study|examination)\b"
)
_DENY_BEFORE = re.compile(
    r"\b(?:no|not|without|negative for|free of|absence of|absent|denies|neither|nor|clear of|rather than"
    r"|never|excluded"
    r"|resolution of|resolved|removal of|removed|no longer)\b(?! (?:change|increase|definite change"
    r"|significant change|interval change))"
)
_DENY_BEHIND = re.compile(
    r"^[^.;]{0,40}?\b(?:(?:is|are|was|were) (?:not|no longer)|not (?:seen|identified|evident|visualized"
    r"|demonstrated|appreciated|present)"
    r"|(?:has|have) (?:resolved|cleared)|(?:is|are) (?:absent|excluded|resolved)|ruled out|(?:has"
    r"|have) been removed)\b"
)
_DOUBT_BEFORE = re.compile(
    r"\b(?:possibl[ey]|probabl[ey]|may|might|could|likely|suspect\w*|suspicious|question(?:able|ed|s)?"
    r"|suggest\w*|concern\w*"
    r"|cannot (?:be )?(?:exclude\w*|rule out)|cannot|versus|vs|differential|presum\w+|perhaps|equivocal"
    r"|appears? to|consider"
    r"|compatible with|consistent with|evaluate for|borderline|or)\b"
)
_DOUBT_BEHIND = re.compile(
    r"^[^.;]{0,45}?\b(?:cannot be (?:entirely |completely )?(?:excluded|ruled out)|(?:is|are) (?:possible"
    r"|suspected|likely|questioned|not excluded)"
    r"|(?:not|difficult to) (?:be )?exclude\w*|versus|vs|unlikely|less likely)\b"
)
_REACH = re.compile(
    r"\b(?:but|however|although|though|except|with(?!out)|which|aside from|other than|otherwise|there (?:is"
    r"|are))\b|[;:]"
)
_SENTENCE = re.compile(r"(?<=[a-z0-9)])[.!?](?=\s|$)\s*|\n+")
_STRENGTH: dict[Mention, int] = {"present": 3, "uncertain": 2, "absent": 1, "not mentioned": 0}
_FINDERS = {name: re.compile(rf"\b(?:{phrase})") for name, phrase in _PHRASES.items()}
_NORMALS = tuple((re.compile(rf"\b(?:{phrase})\b"), names) for phrase, names in _NORMAL)


def extract_findings(text: str) -> dict[str, Mention]:
    """What a report says of each finding of CheXpert's 14."""
    found: dict[str, Mention] = dict.fromkeys(CHEXPERT.names, "not mentioned")
    for sentence in _SENTENCE.split(text.lower()):
        for name, mention in _mentions(" ".join(sentence.split())):
            if _STRENGTH[mention] > _STRENGTH[found[name]]:
                found[name] = mention
    named = [m for n, m in found.items() if n not in ("No Finding", "Support Devices")]
    if any(m in ("present", "uncertain") for m in named):
        found["No Finding"] = "absent"
    elif _NO_FINDING.search(text.lower()) or found["Lung Opacity"] == found["Cardiomegaly"] == "absent":
        found["No Finding"] = "present"
    return found


def _mentions(sentence: str) -> list[tuple[str, Mention]]:
    found: list[tuple[str, Mention]] = []
    for name, finder in _FINDERS.items():
        for match in finder.finditer(sentence):
            found.append((name, _stance(sentence, match.start(), match.end())))
    for pattern, names in _NORMALS:
        if pattern.search(sentence):
            found.extend((name, "absent") for name in names)
    return found


def _stance(sentence: str, start: int, end: int) -> Mention:
    """Whether a phrase at a place in its sentence is denied or doubted."""
    before, behind = sentence[:start], sentence[end:]
    for barrier in _REACH.finditer(before):
        start_of_reach = barrier.end()
        before = sentence[start_of_reach:start]
    barrier = _REACH.search(behind)
    behind = behind[: barrier.start()] if barrier else behind
    if _DOUBT_BEHIND.search(behind):
        return "uncertain"
    denied = _DENY_BEFORE.search(before)
    if denied or _DENY_BEHIND.search(behind):
        return "uncertain" if re.search(r"\bcannot\b", before) else "absent"
    return "uncertain" if _DOUBT_BEFORE.search(before) else "present"
