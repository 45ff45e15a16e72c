"""Quality of a film: typed flags with a way to go on, never refusals.

    quality = assess_quality(read_radiograph(path))
    for flag in quality.flags: ...

Projection comes from the header or the table; AP and PA are never guessed from the picture. The limits below are set
so that few of the 1,102 films the measures were fitted on are flagged.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from .chest_film import ChestFilmScore, judge_chest_film
from .film_field import exposed_field
from .markers import Mark, find_marks
from .radiograph import Radiograph


class QualityFlag(BaseModel):
    """One thing about the film a reader should know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Literal[
        "not-a-frontal-chest-film",
        "lateral",
        "coverage",
        "clipping",
        "contrast",
        "rotation",
        "burnt-in-text",
        "sides",
        "small",
    ]
    message: str
    """What is wrong, with the measured value."""
    way_on: str
    """What the user can do, or what the tool does about it."""


class TextRegion(BaseModel):
    """Burnt-in text or a side marker: x1, y1, x2, y2 in film pixels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    box: tuple[float, float, float, float]
    reads: Literal["R", "L"] | None = None
    """The side marker it was recognised as, None for other text."""


class Quality(BaseModel):
    """The film's technical quality. Measured on the picture alone unless `projection_basis` says otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    projection: Literal["AP", "PA", "lateral", "unknown"]
    projection_basis: Literal["header", "table", "estimated", "unknown"]
    coverage: float = Field(ge=0, le=1)
    """Share of the expected thorax (apices to costophrenic angles, both chest walls) inside the film; 0 where
    `frontal_chest` is false."""
    clipped: float = Field(ge=0, le=1)
    """Share of pixels at the very bottom or top of the range, borders left out."""
    contrast: float = Field(ge=0, le=1)
    """5th to 95th percentile of the grey values inside the exposed field."""
    rotation: float
    """Tilt of the thorax's midline against the vertical, degrees, clockwise positive; 0 where `frontal_chest` is
    false."""
    text: tuple[TextRegion, ...] = ()
    sides: Literal["header", "marker", "as displayed"]
    """What settles the patient's sides."""
    flipped: bool = False
    """A marker on the film says that left and right are exchanged against the usual display."""
    out_of_distribution: float = Field(ge=0, le=1)
    """0 = looks like the frontal films the measure was fitted on, 1 = nothing like them."""
    frontal_chest: bool
    """Whether this is a frontal chest film at all."""
    flags: tuple[QualityFlag, ...] = ()

    def flag(self, code: str) -> QualityFlag | None:
        return next((f for f in self.flags if f.code == code), None)


SMALL = 224
"""px on the shorter side: what most networks look at."""
LOW_COVERAGE = 0.75
HIGH_CLIPPING = 0.25
LOW_CONTRAST = 0.25
HIGH_TILT = 10.0
HIGH_COLOUR = 0.2
SURE_FLIP = 0.93
"""How closely a letter must match before a film is said to be flipped; a letter that confirms needs less."""


def assess_quality(film: Radiograph, *, table_projection: Literal["AP", "PA"] | None = None) -> Quality:
    """Measure a film's quality; about 50 ms. A projection from the case's table row may be given."""
    info = film.info
    score = judge_chest_film(film.pixels)
    clipped, contrast = _exposure(film.pixels)
    marks = find_marks(film.pixels)
    projection, basis = _projection(info.header_projection, table_projection)
    frontal = score.frontal and info.colour <= HIGH_COLOUR and projection != "lateral"
    sides, flipped, side_flag = _sides(marks, info.width, info.header_sides)
    flags = [
        _chest_flag(score, projection, info.colour),
        *(_thorax_flags(score) if frontal else ()),
        _exposure_flag(clipped, contrast),
        _text_flag(marks),
        side_flag,
        _size_flag(info.width, info.height),
    ]
    return Quality(
        projection=projection,
        projection_basis=basis,
        coverage=round(score.coverage, 3) if frontal else 0.0,
        clipped=round(clipped, 4),
        contrast=round(contrast, 4),
        rotation=round(score.tilt, 1) if frontal else 0.0,
        text=tuple(TextRegion(box=mark.box, reads=mark.reads) for mark in marks),
        sides=sides,
        flipped=flipped,
        out_of_distribution=round(score.unusual if info.colour <= HIGH_COLOUR else 1.0, 3),
        frontal_chest=frontal,
        flags=tuple(flag for flag in flags if flag is not None),
    )


def _projection(
    header: Literal["AP", "PA", "lateral"] | None, table: Literal["AP", "PA"] | None
) -> tuple[Literal["AP", "PA", "lateral", "unknown"], Literal["header", "table", "estimated", "unknown"]]:
    if header is not None:
        return header, "header"
    return (table, "table") if table is not None else ("unknown", "unknown")


def _exposure(pixels: np.ndarray) -> tuple[float, float]:
    """Share of pixels at the very ends of the range, and the 5th to 95th percentile, inside the exposed field."""
    if pixels.size > 1 << 20:  # every nth pixel, unaveraged: averaging would hide clipping
        step = int(np.ceil(np.sqrt(pixels.size / (1 << 20))))
        pixels = pixels[::step, ::step]
    x1, y1, x2, y2 = exposed_field(pixels)
    field = pixels[y1:y2, x1:x2]
    clipped = float(np.mean((field <= 0.5 / 255) | (field >= 254.5 / 255)))
    low, high = np.percentile(field, (5, 95))
    return clipped, float(high - low)


def _chest_flag(score: ChestFilmScore, projection: str, colour: float) -> QualityFlag | None:
    if projection == "lateral":
        return QualityFlag(
            code="lateral",
            message="The header says this is a lateral film.",
            way_on="Use the frontal film of the study: models, zones and sides here are for frontal films only.",
        )
    code = "not-a-frontal-chest-film"
    if colour > HIGH_COLOUR:
        return QualityFlag(
            code=code,
            message=f"The picture is in colour (mean spread of the channels {colour:.2f}; a film has 0).",
            way_on="Give the grey film itself, without overlay; scores for this picture mean nothing.",
        )
    if score.frontal:
        return None
    measured = f"(score {score.logit:.1f}, a frontal film has {score.threshold:.1f} or more)"
    if score.would_be is not None:
        return QualityFlag(
            code=code,
            message=f"As it is, this does not look like a frontal chest film {measured}; {score.would_be}, it would.",
            way_on=f"Give the film {score.would_be}; scores, places and sides for it as it is mean nothing.",
        )
    return QualityFlag(
        code=code,
        message=f"This does not look like a frontal chest film {measured}.",
        way_on="Give a frontal chest radiograph in the usual display; scores for anything else mean nothing.",
    )


def _thorax_flags(score: ChestFilmScore) -> tuple[QualityFlag | None, ...]:
    coverage = tilt = None
    if score.coverage < LOW_COVERAGE:
        coverage = QualityFlag(
            code="coverage",
            message=f"Only about {score.coverage:.0%} of the thorax is on the film.",
            way_on="Do not read a missing part as normal: what is cut off was not seen by the models.",
        )
    if abs(score.tilt) > HIGH_TILT:
        way = "clockwise" if score.tilt > 0 else "anticlockwise"
        tilt = QualityFlag(
            code="rotation",
            message=f"The thorax is tilted by about {abs(score.tilt):.0f} degrees {way}.",
            way_on="Straighten the film; names of zones are less certain on a tilted one.",
        )
    return coverage, tilt


def _exposure_flag(clipped: float, contrast: float) -> QualityFlag | None:
    if contrast < LOW_CONTRAST:
        return QualityFlag(
            code="contrast",
            message=f"The film is flat: 90% of its grey values lie within {contrast:.2f} of the range.",
            way_on="Export it with its own window, or as 16 bit; faint findings may be lost.",
        )
    if clipped > HIGH_CLIPPING:
        return QualityFlag(
            code="clipping",
            message=f"{clipped:.0%} of the film is pure black or white.",
            way_on="Export it with a wider window; nothing can be seen in the clipped parts.",
        )
    return None


def _text_flag(marks: tuple[Mark, ...]) -> QualityFlag | None:
    count = sum(mark.reads is None for mark in marks)
    if not count:
        return None
    return QualityFlag(
        code="burnt-in-text",
        message=f"{count} line{'s' if count > 1 else ''} of text {'are' if count > 1 else 'is'} burnt into the film.",
        way_on="Check that it names no patient before sharing, and that no model looks at it.",
    )


def _sides(
    marks: tuple[Mark, ...], width: int, header: bool
) -> tuple[Literal["header", "marker", "as displayed"], bool, QualityFlag | None]:
    """What settles the sides, whether the film is flipped, and what to say about it."""
    usual = exchanged = ""
    for mark in marks:
        if mark.reads is None:
            continue
        on_left = (mark.box[0] + mark.box[2]) / 2 < width / 2
        if on_left == (mark.reads == "R"):
            usual = mark.reads
        elif mark.closeness >= SURE_FLIP:
            exchanged = mark.reads
    if header:
        if not exchanged:
            return "header", False, None
        return (
            "header",
            False,
            QualityFlag(
                code="sides",
                message=f"The {exchanged} marker lies on the other side than the header says.",
                way_on="Sides follow the header; check them against the patient's other films.",
            ),
        )
    if usual and exchanged:
        return (
            "as displayed",
            False,
            QualityFlag(
                code="sides",
                message=f"The markers {usual} and {exchanged} contradict each other.",
                way_on="Sides are as displayed; check them against the patient's other films.",
            ),
        )
    if exchanged:
        place = "left" if exchanged == "L" else "right"
        return (
            "marker",
            True,
            QualityFlag(
                code="sides",
                message=f"The {exchanged} marker lies on the {place} of the image: the film is shown mirrored.",
                way_on="Sides are named as the marker says; mirror the film for the usual display.",
            ),
        )
    return ("marker", False, None) if usual else ("as displayed", False, None)


def _size_flag(width: int, height: int) -> QualityFlag | None:
    if min(width, height) >= SMALL:
        return None
    return QualityFlag(
        code="small",
        message=f"The film is {width} x {height} px; networks look at {SMALL} px or more.",
        way_on="Give the film at its full size; small findings are lost.",
    )
