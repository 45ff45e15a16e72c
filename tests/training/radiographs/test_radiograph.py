"""Reading PNG, JPEG and TIFF: every pixel kind, orientation, what is dropped, and what cannot be read."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from cxr_lens.training.errors import RadiographError
from cxr_lens.training.radiographs.radiograph import radiograph_from_array, read_radiograph
from PIL import ExifTags, Image, PngImagePlugin

Order = Literal["<", ">"]
WEIGHTS = np.array([0.299, 0.587, 0.114])


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def stretched(values: np.ndarray) -> np.ndarray:
    low, high = np.percentile(values, (0.5, 99.5))
    return np.clip((values.astype(float) - low) / (high - low), 0, 1)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_8_bit_grey_is_divided_by_255(ramp: np.ndarray, kind: str) -> None:
    film = read_radiograph(encoded(Image.fromarray(ramp), kind))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-6)
    assert film.pixels.dtype == np.float32
    assert (film.info.format, film.info.width, film.info.height, film.info.bits) == (kind, 64, 48, 8)
    assert (film.info.scaling, film.info.orientation, film.info.colour) == ("/255", "as stored", 0)


def test_a_jpeg_reads_within_its_own_loss(ramp: np.ndarray) -> None:
    film = read_radiograph(encoded(Image.fromarray(ramp), "JPEG", quality=95))
    assert film.info.format == "JPEG"
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=4 / 255)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_stretched_from_its_half_percent_ends(ramp: np.ndarray, kind: str) -> None:
    deep = ramp.astype(np.uint16) * 50 + 3000
    film = read_radiograph(encoded(Image.fromarray(deep), kind))
    np.testing.assert_allclose(film.pixels, stretched(deep), atol=1e-5)
    assert (film.info.bits, film.info.scaling) == (16, "0.5-99.5 percentile")


@pytest.mark.parametrize(("order", "white_is_zero"), [("<", False), ("<", True), (">", False)])
def test_a_16_bit_tiff_of_either_byte_order_and_polarity(ramp: np.ndarray, order: Order, white_is_zero: bool) -> None:
    deep = ramp.astype(np.uint16) * 200
    film = read_radiograph(bare_tiff(deep, order, white_is_zero))
    np.testing.assert_allclose(film.pixels, stretched(-deep.astype(float) if white_is_zero else deep), atol=1e-5)


def bare_tiff(pixels: np.ndarray, order: Order, white_is_zero: bool) -> bytes:
    """A one-strip grey TIFF written by hand, so that byte order and photometric interpretation can be chosen."""
    height, width = pixels.shape
    data = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    bits = 8 * pixels.dtype.itemsize
    entries = [
        (256, width), (257, height), (258, bits), (259, 1), (262, 0 if white_is_zero else 1),
        (273, 8), (277, 1), (278, height), (279, len(data)),
    ]  # fmt: skip
    directory = struct.pack(order + "H", len(entries))
    directory += b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in entries)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + len(data))
    return head + data + directory + b"\0\0\0\0"


def test_an_8_bit_tiff_that_stores_white_as_zero_is_inverted(ramp: np.ndarray) -> None:
    film = read_radiograph(bare_tiff(ramp, "<", white_is_zero=True))
    np.testing.assert_allclose(film.pixels, 1 - ramp / 255, atol=1e-6)


def test_a_float_tiff_is_stretched_and_one_with_nan_is_refused(ramp: np.ndarray) -> None:
    values = ramp.astype(np.float32) * 7 - 300
    np.testing.assert_allclose(
        read_radiograph(encoded(Image.fromarray(values), "TIFF")).pixels, stretched(values), atol=1e-5
    )
    values[3, 4] = np.nan
    with pytest.raises(RadiographError, match="1 pixels that are not numbers"):
        read_radiograph(encoded(Image.fromarray(values), "TIFF"))


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "packbits"])
def test_compressed_tiff(ramp: np.ndarray, compression: str) -> None:
    film = read_radiograph(encoded(Image.fromarray(ramp), "TIFF", compression=compression))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-6)


def test_the_first_page_of_a_tiff_is_read_and_the_rest_is_said(ramp: np.ndarray) -> None:
    pages = [Image.fromarray(ramp), Image.fromarray(255 - ramp)]
    film = read_radiograph(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-6)
    assert film.info.notes == ("the file holds 2 pictures; the first was read",)


def test_rgb_becomes_luminance_and_says_how_colourful_it_was(ramp: np.ndarray) -> None:
    rgb = np.stack([ramp, 255 - ramp, np.full_like(ramp, 90)], axis=2)
    film = read_radiograph(encoded(Image.fromarray(rgb), "PNG"))
    np.testing.assert_allclose(film.pixels, rgb / 255 @ WEIGHTS, atol=1e-5)
    assert film.info.colour == pytest.approx(((rgb.max(2) - rgb.min(2)) / 255).mean(), abs=1e-3)
    grey = np.repeat(ramp[:, :, None], 3, axis=2)
    film = read_radiograph(encoded(Image.fromarray(grey), "PNG"))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-5)
    assert film.info.colour == 0


def test_transparency_lies_over_black(ramp: np.ndarray) -> None:
    alpha = np.full_like(ramp, 255)
    alpha[:, :20] = 0
    alpha[:, 20:30] = 51
    expected = ramp / 255 * (alpha / 255)
    rgba = np.dstack([ramp, ramp, ramp, alpha])
    for image in (Image.fromarray(rgba), Image.merge("LA", (Image.fromarray(ramp), Image.fromarray(alpha)))):
        np.testing.assert_allclose(read_radiograph(encoded(image, "PNG")).pixels, expected, atol=1e-5)


def test_a_palette_is_looked_up(ramp: np.ndarray) -> None:
    image = Image.fromarray(ramp).convert("P")
    image.putpalette([v for i in range(256) for v in (255 - i,) * 3])
    film = read_radiograph(encoded(image, "PNG"))
    np.testing.assert_allclose(film.pixels, 1 - ramp / 255, atol=1e-5)
    assert film.info.photometric == "P"
    clear = int(ramp[0, 0])
    film = read_radiograph(encoded(image, "PNG", transparency=clear))
    np.testing.assert_allclose(film.pixels, np.where(ramp == clear, 0, 1 - ramp / 255), atol=1e-5)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_ink_is_dark(ramp: np.ndarray, kind: str) -> None:
    empty = np.zeros_like(ramp)
    image = Image.merge("CMYK", [Image.fromarray(a) for a in (empty, empty, empty, 255 - ramp)])
    film = read_radiograph(encoded(image, kind))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=6 / 255)
    assert film.info.photometric == "CMYK"


def test_one_bit_pictures(ramp: np.ndarray) -> None:
    film = read_radiograph(encoded(Image.fromarray(ramp > 90), "PNG"))
    np.testing.assert_array_equal(film.pixels, (ramp > 90).astype(np.float32))
    assert film.info.bits == 1


def test_16_bit_colour_says_that_it_was_read_at_8_bit(ramp: np.ndarray) -> None:
    film = read_radiograph(png_rgb16(ramp.astype(np.uint16) * 257))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1 / 255)
    assert film.info.notes == ("16 bit colour was read at 8 bit",)


def png_rgb16(grey: np.ndarray) -> bytes:
    rows = np.repeat(grey[:, :, None], 3, axis=2).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", grey.shape[1], grey.shape[0], 16, 2, 0, 0, 0)
    return png(header, zlib.compress(raw))


def png(header: bytes, data: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


STORED_AS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: np.rot90,
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: np.rot90(a, -1),
}
"""How an upright picture is stored under each EXIF orientation (CIPA DC-008, 4.6.5.1.6)."""


@pytest.mark.parametrize("turn", STORED_AS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_every_exif_orientation_comes_out_upright(ramp: np.ndarray, turn: int, kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    image = Image.fromarray(np.ascontiguousarray(STORED_AS[turn](ramp)))
    film = read_radiograph(encoded(image, kind, exif=exif))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=5 / 255)
    assert (film.info.orientation == "as stored") == (turn == 1)
    assert turn == 1 or film.info.orientation.startswith(f"EXIF {turn}: ")


def test_personal_fields_are_named_without_their_values(ramp: np.ndarray) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "DOE^JANE 1970"
    exif[ExifTags.Base.Artist] = "Dr Who"
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Patient", "DOE^JANE")
    film = read_radiograph(encoded(Image.fromarray(ramp), "PNG", exif=exif, pnginfo=texts))
    assert film.info.dropped_fields == ("ImageDescription", "Artist", "1 PNG text field")
    assert "DOE" not in film.info.model_dump_json()
    film = read_radiograph(encoded(Image.fromarray(ramp), "JPEG", comment="DOE^JANE"))
    assert film.info.dropped_fields == ("comment",)


def test_content_decides_the_kind_not_the_suffix(tmp_path: Path, ramp: np.ndarray) -> None:
    path = tmp_path / "film.dcm"
    path.write_bytes(encoded(Image.fromarray(ramp), "PNG"))
    one, two = read_radiograph(path), read_radiograph(path.read_bytes())
    assert one.info == two.info
    assert one.info.format == "PNG"


def test_an_array_is_taken_as_it_is_or_refused_in_a_sentence(ramp: np.ndarray) -> None:
    film = radiograph_from_array(ramp / 255, synthetic=True)
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-6)
    assert film.info.synthetic
    for wrong, message in (
        (ramp, r"from 20 to .*expected \[0, 1\]"),
        (np.zeros((8, 8, 3)), r"shape \(8, 8, 3\)"),
        (np.zeros((3, 900)), "3 px"),
        (np.full((64, 64), np.nan), "4096 pixels that are not numbers"),
        (np.full((64, 64), "a"), "expected numbers"),
    ):
        with pytest.raises(RadiographError, match=message):
            radiograph_from_array(wrong)


NOISE = np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8)
BOMB = png(struct.pack(">IIBBBBB", 19_000, 19_000, 8, 0, 0, 0, 0), zlib.compress(bytes(19_001 * 100), 9))
WIDE = png(struct.pack(">IIBBBBB", 30_000, 40, 8, 0, 0, 0, 0), zlib.compress(bytes(30_001 * 40), 9))
UNREADABLE = {
    "zero-bytes.png": (b"", "is empty"),
    "cut.png": (encoded(Image.fromarray(NOISE), "PNG")[:20_000], "damaged or cut short"),
    "cut.jpg": (encoded(Image.fromarray(NOISE), "JPEG")[:9_000], "damaged or cut short"),
    "cut.tif": (encoded(Image.fromarray(NOISE), "TIFF")[:9_000], "damaged"),
    "header-only.png": (b"\x89PNG\r\n\x1a\n", "damaged"),
    "header-only.jpg": (b"\xff\xd8\xff\xe0", "damaged"),
    "notes.txt.png": (b"Dear colleague, the film is in the post.\n" * 9, "a text file"),
    "random.png": (bytes(NOISE[:20].ravel()), "not an image of a known kind"),
    "animation.png": (encoded(Image.fromarray(NOISE), "GIF"), "a GIF"),
    "web.jpg": (encoded(Image.fromarray(NOISE), "WEBP"), "a WebP picture"),
    "report.png": (b"%PDF-1.7\n" + bytes(100), "a PDF"),
    "films.png": (b"PK\x03\x04" + bytes(100), "a ZIP archive"),
    "page.png": (b"<html><body>Not found</body></html>", "a web page"),
    "bomb.png": (BOMB, "19000 x 19000 px; at most"),
    "one.png": (encoded(Image.new("L", (1, 1)), "PNG"), "1 x 1 px; a radiograph needs at least 32"),
    "wide.png": (WIDE, "30000 x 40 px; at most 20,000 px"),
    "unusual.tif": (
        bare_tiff(np.zeros((64, 64), np.uint16), ">", True),
        "of an unusual kind",
    ),  # Pillow has no reader
    "wide.tif": (bare_tiff(np.zeros((33, 30_000), np.uint8), "<", False), "30000 x 33 px"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_one_clear_sentence(tmp_path: Path, name: str) -> None:
    data, message = UNREADABLE[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(RadiographError, match=message) as caught:
        read_radiograph(path)
    said = str(caught.value)
    assert said.startswith(f"'{name}' ")
    assert "\n" not in said
    assert str(tmp_path) not in said
    assert len(said) < 300
    assert [p.name for p in tmp_path.iterdir()] == [name]  # nothing was written beside it


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(RadiographError, match="is a folder"):
        read_radiograph(tmp_path)
    with pytest.raises(RadiographError, match=r"there is no file 'film\.png'"):
        read_radiograph(tmp_path / "film.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_damage_anywhere_is_a_film_or_a_sentence_never_a_crash(ramp: np.ndarray, kind: str) -> None:
    options = {"TIFF": {"compression": "tiff_lzw"}, "JPEG": {"exif": Image.Exif()}}.get(kind, {})
    whole = encoded(Image.fromarray(ramp), kind, **options)
    rng = np.random.default_rng(1)
    refused: list[str] = []
    for trial in range(150):
        data = bytearray(whole)
        if trial % 3 == 0:
            data = data[: int(rng.integers(1, len(data)))]
        else:
            for at in rng.integers(0, min(len(data), 600 if trial % 3 == 1 else len(data)), 4):
                data[int(at)] = int(rng.integers(256))
        try:
            film = read_radiograph(bytes(data))
        except RadiographError as error:
            refused.append(str(error))
        else:
            assert np.isfinite(film.pixels).all()
    assert len(refused) > 30
    assert not any("\n" in said for said in refused)
