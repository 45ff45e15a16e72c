"""The source project's boxes: read off the coloured overlay in HSV, kept to compare with boxes from the map itself.

The map is scaled to [0, 1], coloured with jet and mixed half and half with the film. A pixel belongs to a region where
V > 0.15, S > 0.1 and the hue is below 0.25 or above 0.95 (red to yellow-green); regions are the connected ones whose
box covers half a percent of the film. Its weakness: the film's own brightness and the scaling decide as much as the
map does, and a map that is almost flat still gets its hottest tenth boxed.
"""

from __future__ import annotations

import numpy as np

from .map_boxes import MOST_BOXES, MapBox, connected_regions, corners_of


def overlay_boxes(heat: np.ndarray, film: np.ndarray) -> tuple[tuple[MapBox, ...], str | None]:
    """Boxes of a map over a film, both (H, W), film in [0, 1]; highest mean first, or none and the reason."""
    from matplotlib import colormaps  # noqa: PLC0415  takes 0.3 s to import
    from matplotlib.colors import rgb_to_hsv  # noqa: PLC0415

    span = float(heat.max() - heat.min())
    if span <= 0:
        return (), "the map is flat: its overlay has one colour"
    scaled = (heat - heat.min()) / span
    mixed = colormaps["jet"](scaled)[..., :3] + film[..., None]
    hue, saturation, value = np.moveaxis(rgb_to_hsv(mixed / mixed.max()), -1, 0)
    hot = (value > 0.15) & (saturation > 0.1) & ((hue < 0.25) | (hue > 0.95))
    boxes = [MapBox(region, corners_of(region), float(scaled[region].mean())) for region in connected_regions(hot)]
    if not boxes:
        return (), "no red to yellow region of the overlay covers half a percent of the film"
    return tuple(sorted(boxes, key=lambda box: -box.mean)[:MOST_BOXES]), None
