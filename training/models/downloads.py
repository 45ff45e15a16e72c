"""Fetching a weights file: progress, resume, checksum, atomic; or saying exactly which file to put where.

A file is complete under its own name or not there at all: data arrive in `NAME.partial`, a resumed download asks the
server for the rest only if the file there is still the same (If-Range), and the checksum is taken before the rename.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
from pydantic import BaseModel, ConfigDict, Field

from ..errors import RequestError
from .checkpoints import sha256_of, write_atomically

logger = logging.getLogger(__name__)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 16  # small, so that little is lost when a connection drops
_TRIES = 4

Progress = Callable[[int, int | None], None]
"""Called with the bytes here and the bytes in all (None where the server does not say)."""


class WeightsFile(BaseModel):
    """A file on a server."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """File name in the cache folder."""
    url: str
    size: int | None = Field(default=None, gt=0)
    """Bytes, where known beforehand."""
    exact: bool = True
    """False where `size` is an estimate."""
    sha256: str | None = Field(default=None, pattern=_SHA256.pattern)
    """Pinned checksum; without one the server's (a SHA-256 etag) is taken, else the first download's is recorded."""
    about: str = ""

    def where(self, folder: Path) -> str:
        """What to do by hand."""
        return f"get {self.url} ({self.how_large()}), name it {self.name} and put it into {folder}"

    def how_large(self) -> str:
        if self.size is None:
            return "size unknown"
        return f"{'' if self.exact else 'about '}{max(self.size / 1e6, 1):.0f} MB"

    @property
    def original_name(self) -> str:
        """What the file is called at its source."""
        return self.url.rpartition("/")[2]


class FetchedFile(BaseModel):
    """A file that is here and whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    sha256: str
    checked_against: str
    """`pinned`, `server`, `first use`."""


def fetch_file(
    file: WeightsFile,
    folder: Path,
    *,
    mirror: str | None = None,
    given: Path | None = None,
    progress: Progress | None = None,
    timeout: float = 30,
) -> FetchedFile:
    """The file in `folder`, downloaded if need be.

    mirror: base address in place of the scheme and host of the file's own. given: a folder (or the file itself) that
    the user already has; it is copied, not downloaded. Raises `RequestError` that names the file, its size, its
    source and the folder where it cannot be had or its checksum differs.
    """
    target, record = folder / file.name, folder / f"{file.name}.json"
    if target.is_file():
        return _known(file, target, record)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{file.name}.partial"
    if given is not None:
        names = (file.name, file.original_name) if given.is_dir() else ("",)
        source = next((given / name for name in names if (given / name).is_file()), None)
        if source is None:
            raise RequestError(
                f"{given} holds neither {file.name} nor {file.original_name}; {file.where(folder)}, or name the "
                "folder it is in"
            )
        shutil.copyfile(source, partial)
        server = None
    else:
        url = _at_mirror(file.url, mirror) if mirror else file.url
        try:
            server = _download(url, partial, progress, timeout)
        except httpx.HTTPError as error:
            raise RequestError(
                f"{file.name} could not be downloaded ({type(error).__name__}: {error}); "
                f"without network: {file.where(folder)}"
            ) from None
    found = sha256_of(partial)
    expected, by = (file.sha256, "pinned") if file.sha256 else (server, "server") if server else (found, "first use")
    if found != expected:
        partial.unlink()
        raise RequestError(
            f"{file.name} is damaged: SHA-256 {found[:12]}…, {by} says {expected[:12]}…; it was deleted, fetch again"
        )
    write_atomically(record, json.dumps({"sha256": found, "checked_against": by, "url": file.url}) + "\n")
    partial.replace(target)
    return FetchedFile(path=target, sha256=found, checked_against=by)


def _known(file: WeightsFile, target: Path, record: Path) -> FetchedFile:
    """A file that was here before, checked against the pin or against what was recorded at first use."""
    found = sha256_of(target)
    stored = json.loads(record.read_text()) if record.is_file() else {}
    expected, by = (file.sha256, "pinned") if file.sha256 else (stored.get("sha256"), stored.get("checked_against"))
    if expected is None:
        write_atomically(
            record, json.dumps({"sha256": found, "checked_against": "first use", "url": file.url}) + "\n"
        )
        expected, by = found, "first use"
    if found != expected:
        raise RequestError(
            f"{target} has changed: its SHA-256 is {found[:12]}…, expected {expected[:12]}…; delete it"
        )
    return FetchedFile(path=target, sha256=found, checked_against=by or "first use")


def _at_mirror(url: str, mirror: str) -> str:
    path = url.split("://", 1)[-1].partition("/")[2]
    return f"{mirror.rstrip('/')}/{path}"


def _download(url: str, partial: Path, progress: Progress | None, timeout: float) -> str | None:
    """Fill `partial`, going on where an earlier try stopped; the server's SHA-256 where it gives one."""
    note = partial.with_name(f"{partial.name}.etag")
    last: httpx.HTTPError | None = None
    with httpx.Client(follow_redirects=True, timeout=timeout) as client:
        for _ in range(_TRIES):
            here = partial.stat().st_size if partial.is_file() and note.is_file() else 0
            headers = {"Accept-Encoding": "identity"}
            if here:
                headers |= {"Range": f"bytes={here}-", "If-Range": note.read_text()}
            try:
                with client.stream("GET", url, headers=headers) as answer:
                    if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                        partial.unlink()
                        continue
                    answer.raise_for_status()
                    etag = answer.headers.get("etag", "")
                    resumed = answer.status_code == httpx.codes.PARTIAL_CONTENT
                    if etag and not etag.startswith("W/"):  # If-Range needs a strong validator
                        write_atomically(note, etag)
                    else:
                        note.unlink(missing_ok=True)
                    length = answer.headers.get("content-length")
                    total = (here if resumed else 0) + int(length) if length else None
                    _store(answer, partial, here if resumed else 0, total, progress)
                    linked = [r.headers.get("x-linked-etag", "") for r in (*answer.history, answer)]
                    note.unlink(missing_ok=True)
                    return _sha256_in([*linked, etag])
            except httpx.TransportError as error:  # dropped connection, timeout: go on from what is here
                last = error
                logger.info("%s: %s; trying again", partial.name, error)
    raise last or httpx.TransportError("the server kept refusing the rest of the file")


def _store(answer: httpx.Response, partial: Path, offset: int, total: int | None, progress: Progress | None) -> None:
    with partial.open("ab" if offset else "wb") as out:
        for chunk in answer.iter_bytes(_CHUNK):
            out.write(chunk)
            offset += len(chunk)
            if progress:
                progress(offset, total)
    if total is not None and offset != total:
        raise httpx.ReadError(f"the connection closed after {offset} of {total} bytes")


def _sha256_in(etags: list[str]) -> str | None:
    """Hugging Face gives the SHA-256 of a large file as its (linked) etag."""
    for etag in etags:
        bare = etag.strip('"')
        if _SHA256.fullmatch(bare):
            return bare
    return None
