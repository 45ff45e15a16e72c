"""A case at a glance: film | baseline | fine-tuned, three small squares side by side."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from ...tools.panels.drawing import colour_heat, shared_maximum
from ...tools.schemas import Role, ToolError
from ...tools.workbench import Workbench
from ..records import CaseReport
from .output import panel_finding

EDGE = 220
"""Of one square, pixels."""


def thumbnail(report: CaseReport, bench: Workbench, edge: int = EDGE) -> bytes:
    """Film | baseline | fine-tuned for the panel's finding, three squares side by side, as JPEG."""
    finding = panel_finding(report)
    film = Image.fromarray(np.round(np.clip(bench.film.pixels, 0, 1) * 255).astype(np.uint8))
    grey = np.asarray(film.resize((edge, edge), Image.Resampling.LANCZOS), np.float32) / 255
    plain = np.repeat(grey[..., None], 3, axis=2)  # (E, E, 3)
    squares = [plain]
    top = shared_maximum(bench, finding)
    roles: tuple[Role, ...] = ("baseline", "finetuned")
    for role in roles:
        try:
            heat = colour_heat(bench.heat(role, finding, grey.shape), top)  # (E, E, 4)
        except ToolError:  # this model does not assess the finding
            squares.append(plain)
            continue
        squares.append(plain * (1 - heat[..., 3:]) + heat[..., :3] * heat[..., 3:])
    picture = Image.fromarray(np.round(np.concatenate(squares, axis=1) * 255).astype(np.uint8))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()
