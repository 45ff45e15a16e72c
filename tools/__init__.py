"""The five typed tools, their schemas, anatomy and drawing.

    from cxr_lens.tools import Toolbox, Workbench
    bench = Workbench("case", film, assess_quality(film), *load_pair("mini"))
    Toolbox(bench).call("gradcam", model="finetuned", finding="Pleural Effusion")

A tool's function has its file's name, so it is imported from there: `from cxr_lens.tools.predict import predict`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .anatomy.zone_map import Anatomy, locate_anatomy
    from .lookup_ground_truth import ground_truth
    from .maps.saliency import class_activation_maps
    from .panels.drawing import draw_grid, draw_panel, film_png, heat_png
    from .schemas import ToolError
    from .toolbox import Toolbox
    from .workbench import Workbench

__all__ = [
    "Anatomy",
    "ToolError",
    "Toolbox",
    "Workbench",
    "class_activation_maps",
    "draw_grid",
    "draw_panel",
    "film_png",
    "ground_truth",
    "heat_png",
    "locate_anatomy",
]

_PLACES = {
    "Anatomy": "anatomy.zone_map",
    "ToolError": "schemas",
    "Toolbox": "toolbox",
    "Workbench": "workbench",
    "class_activation_maps": "maps.saliency",
    "draw_grid": "panels.drawing",
    "draw_panel": "panels.drawing",
    "film_png": "panels.drawing",
    "ground_truth": "lookup_ground_truth",
    "heat_png": "panels.drawing",
    "locate_anatomy": "anatomy.zone_map",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_PLACES[name]}", __name__), name)
