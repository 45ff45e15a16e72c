"""A film that cannot be read, on the command line: one sentence, exit 2, nothing written."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from cxr_lens.agents.cli import main
from PIL import Image


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9999)))


def cut_png() -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    return out.getvalue()[:20_000]


PREAMBLE = bytes(128) + b"DICM"
BROKEN = {
    "cut.png": cut_png(),
    "zero-bytes.png": b"",
    "letter.png": b"Dear colleague, the film is in the post.\n" * 9,
    "bomb.png": png_that_claims(65_000, 65_000),
    "one.png": png_that_claims(1, 1),
    "wide.png": png_that_claims(30_000, 600),
    "report.dcm": PREAMBLE + b"\x08\x00\x60\x00CS\x02\x00SR",
    "cut.dcm": PREAMBLE + b"\x08\x00\x60\x00C",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("command", ["explain", "predict", "gradcam", "boxes", "compare"])
def test_one_sentence_exit_2_and_nothing_half_written(
    tiny_folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    film = tmp_path / name
    film.write_bytes(BROKEN[name])
    pair = ["--baseline", str(tiny_folders["baseline"]), "--finetuned", str(tiny_folders["finetuned"])]
    options = ["--out", str(tmp_path / "out")] if command in ("explain", "gradcam") else []
    options += ["--finding", "Edema"] if command in ("gradcam", "boxes") else []
    assert main([command, str(film), *pair, *options, "--json"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    said = [line for line in printed.err.splitlines() if line.startswith("cxr-lens ")]
    assert len(said) == 1
    assert said[0].startswith(f"cxr-lens {command}: '{name}' is ")
    assert "Traceback" not in printed.err
    assert [p.name for p in tmp_path.iterdir()] == [name]
