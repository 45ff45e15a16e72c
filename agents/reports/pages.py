"""HTML pages that stand alone: one file, styles and script inside, no request to anywhere.

A Content-Security-Policy in the page allows exactly the inline style and script (by hash) and `data:` images, so that
text from a film's file name or a model's configuration can never run or load anything.
"""

from __future__ import annotations

import base64
import hashlib
import io
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup
from PIL import Image

TEMPLATES = Path(__file__).parent


def data_uri(content: bytes, kind: str) -> str:
    """`data:image/png;base64,...`"""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def film_jpeg(pixels: np.ndarray, max_edge: int, quality: int = 85) -> bytes:
    """A film (H, W) f32 in [0, 1] as an 8-bit grey JPEG whose longer edge is at most `max_edge` pixels."""
    image = Image.fromarray(np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    image.thumbnail((max_edge, max_edge), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def render_page(
    template: str,
    /,
    *,
    folder: Path = TEMPLATES,
    script_name: str = "page.js.jinja",
    images: str = "data:",
    **context: Any,
) -> str:
    """A page from a template in `folder`, with the style, a script and the policy filled in.

    `images` is where pictures may come from: inline ones alone, or also files beside the page (`data: 'self' file:`).
    """
    style, script = _inline("page.css.jinja"), _inline(script_name)
    policy = (
        f"default-src 'none'; img-src {images}; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _environment(folder).get_template(template)
    # The two are our own files, never a user's text: they must reach the page byte for byte to match their hashes.
    return page.render(style=Markup(style), script=Markup(script), policy=Markup(policy), **context)  # noqa: S704


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _inline(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8").replace("\r\n", "\n")


@cache
def _environment(folder: Path) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda value, digits=2: "–" if value is None else f"{value:.{digits}f}"
    environment.filters["figure"] = figure
    environment.filters["p"] = show_p
    environment.filters["percent"] = lambda value: "–" if value is None else f"{100 * value:.0f} %"
    return environment


def figure(value: float | None) -> str:
    """Three decimals; two digits of what would round to nothing."""
    return "–" if value is None else f"{value:.2g}" if 0 < abs(value) < 0.005 else f"{value:.3f}"


def show_p(value: float | None) -> str:
    """A p value; `< 0.001` where three decimals would say 0."""
    return "–" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"
