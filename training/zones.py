"""Names of places on a frontal chest film: the patient's sides and the zones boxes are described with."""

from __future__ import annotations

from typing import Literal, get_args

Side = Literal["right", "left", "bilateral", "midline"]
"""The PATIENT's side: on a film in the usual display, the patient's right is on the image's left."""

SideBasis = Literal["header", "marker", "as displayed"]
"""What settles that the film is not flipped: its header, a side marker on it, or nothing (`as displayed`)."""

LungZone = Literal[
    "apex",
    "upper lung",
    "mid lung",
    "lower lung",
    "hilum",
    "perihilar",
    "costophrenic angle",
    "cardiophrenic angle",
    "pleural margin",
]
"""Zones that exist on both sides; a full name puts the side first: `left costophrenic angle`."""

CentralZone = Literal[
    "retrocardiac",
    "cardiac silhouette",
    "mediastinum",
    "paratracheal",
    "subdiaphragmatic",
    "chest wall and clavicle",
    "neck",
    "outside the body",
]

LUNG_ZONES: tuple[str, ...] = get_args(LungZone)
CENTRAL_ZONES: tuple[str, ...] = get_args(CentralZone)
ZONES: tuple[str, ...] = (
    *(f"{side} {zone}" for side in ("right", "left") for zone in LUNG_ZONES),
    *CENTRAL_ZONES,
)
"""All 26 zone names in a fixed order; a zone map stores an index into this tuple plus one, 0 for nowhere."""
