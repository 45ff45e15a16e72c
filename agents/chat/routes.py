"""Our own routes: films in, films out to their owner, exports. Nothing here goes through Gradio."""

from __future__ import annotations

import asyncio
import io
from urllib.parse import unquote

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ...training.errors import RequestError
from ..reports.pages import film_jpeg
from .desk import Desk
from .exports import KINDS, export_case
from .owner import owner_of
from .records import Choices
from .view import FILM_EDGE

PRIVATE = {"cache-control": "no-store"}
THUMBNAIL = 240
"""Longer edge of a bundled case's picture, pixels."""


class Routes:
    """Handlers bound to a desk."""

    def __init__(self, desk: Desk, max_upload_mb: float):
        self.desk = desk
        self.limit = int(max_upload_mb * 1_000_000)
        self.too_large = f"The file is larger than {max_upload_mb:g} MB; give the single film, not a series."

    async def upload(self, request: Request) -> Response:
        """POST a film's bytes; the answer names its thread, or says why it cannot be read."""
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self.limit:
            return JSONResponse({"error": self.too_large}, 413)
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > self.limit:
                return JSONResponse({"error": self.too_large}, 413)
        name = unquote(request.headers.get("x-file-name", "film"))
        try:
            info = await asyncio.to_thread(self.desk.take_upload, owner_of(request), bytes(data), name, Choices())
        except RequestError as error:
            words = str(error).rstrip(".")
            # with 200: what a person gave is no fault of the page, and browsers log every other status as an error
            return JSONResponse({"error": f"{words[:1].upper()}{words[1:]}."})
        return JSONResponse({"thread": info.id})

    async def film(self, request: Request) -> Response:
        """A thread's film as a picture, for its owner."""
        try:
            live = self.desk.case(owner_of(request), request.path_params["thread"])
            bench = await asyncio.to_thread(self.desk.bench, live)
        except RequestError:
            return _missing("There is no such film here.")
        jpeg = await asyncio.to_thread(film_jpeg, bench.film.pixels, FILM_EDGE, 90)
        return Response(jpeg, media_type="image/jpeg", headers=PRIVATE)

    async def bundled(self, request: Request) -> Response:
        """A small picture of a bundled case."""
        try:
            film = await asyncio.to_thread(self.desk.bundled_film, request.path_params["case_id"])
        except RequestError:
            return _missing("There is no such film here.")
        return Response(_thumbnail(film.pixels), media_type="image/jpeg")

    async def export(self, request: Request) -> Response:
        """The report with the conversation, as a file."""
        kind = request.path_params["kind"]
        if kind not in KINDS:
            return _missing("There is no such export.")
        try:
            live = self.desk.case(owner_of(request), request.path_params["thread"])
            content = await asyncio.to_thread(export_case, self.desk, live, kind)
        except RequestError as error:
            return _missing(str(error))
        name = f"{live.report.case_id if live.report else 'case'}.{kind}"
        headers = {**PRIVATE, "content-disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=KINDS[kind], headers=headers)


def _missing(words: str) -> Response:
    return Response(words, 404, media_type="text/plain")


def _thumbnail(pixels: np.ndarray) -> bytes:
    picture = Image.fromarray(np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()
