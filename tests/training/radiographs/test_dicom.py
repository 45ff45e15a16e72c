"""Reading DICOM: grey as a viewer shows it, in the usual display, from every transfer syntax a decoder is here for."""

from __future__ import annotations

import importlib.util
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from cxr_lens.training.errors import RadiographError
from cxr_lens.training.radiographs import dicom
from cxr_lens.training.radiographs.dicom import window
from cxr_lens.training.radiographs.radiograph import read_radiograph
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
)

WriteDicom = Callable[..., Path]


@pytest.fixture
def deep(ramp: np.ndarray) -> np.ndarray:
    """(48, 64) uint16, 12 bits used."""
    return ramp.astype(np.uint16) * 16


def test_8_bit_values_without_a_window_are_divided_by_255(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    film = read_radiograph(write_dicom(ramp))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-6)
    assert (film.info.format, film.info.scaling, film.info.bits) == ("DICOM", "/255", 8)


def test_monochrome1_is_inverted(ramp: np.ndarray, deep: np.ndarray, write_dicom: WriteDicom) -> None:
    film = read_radiograph(write_dicom(ramp, PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_allclose(film.pixels, 1 - ramp / 255, atol=1e-6)
    header = {"WindowCenter": "2048", "WindowWidth": "3000"}
    one, two = (
        read_radiograph(write_dicom(deep, PhotometricInterpretation=f"MONOCHROME{i}", **header)) for i in (1, 2)
    )
    np.testing.assert_allclose(one.pixels, 1 - two.pixels, atol=1e-6)


def test_deep_values_without_a_window_are_stretched_by_percentile(deep: np.ndarray, write_dicom: WriteDicom) -> None:
    film = read_radiograph(write_dicom(deep, BitsStored=12))
    low, high = np.percentile(deep, (0.5, 99.5))
    np.testing.assert_allclose(film.pixels, np.clip((deep - low) / (high - low), 0, 1), atol=1e-5)
    assert (film.info.bits, film.info.scaling) == (12, "0.5-99.5 percentile")


def test_the_window_applies_to_rescaled_values(deep: np.ndarray, write_dicom: WriteDicom) -> None:
    film = read_radiograph(
        write_dicom(
            deep, RescaleSlope="2", RescaleIntercept="-1000", WindowCenter=["1500", "9"], WindowWidth=["1200", "2"]
        )
    )
    y = deep * 2.0 - 1000
    expected = np.clip((y - 1499.5) / 1199 + 0.5, 0, 1)  # PS3.3 C.11.2.1.2.1, ymin 0, ymax 1
    np.testing.assert_allclose(film.pixels, expected, atol=1e-5)
    assert film.info.scaling == "window 1500/1200"
    assert 0 < film.pixels.mean() < 1


def test_signed_values_keep_their_sign(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    signed = ramp.astype(np.int16) - 100
    film = read_radiograph(write_dicom(signed, WindowCenter="0", WindowWidth="101"))
    np.testing.assert_allclose(film.pixels, np.clip((signed + 0.5) / 100 + 0.5, 0, 1), atol=1e-5)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("LINEAR", [0, 0, 0.5 + 0.5 / 199, 1]),
        ("LINEAR_EXACT", [0, 0.0, 0.5, 1]),
        ("SIGMOID", [1 / (1 + np.exp(4)), 1 / (1 + np.exp(2)), 0.5, 1 / (1 + np.exp(-4))]),
    ],
)
def test_window_functions_at_hand_worked_points(function: str, expected: list[float]) -> None:
    values = np.array([-100.0, 0.0, 100.0, 300.0])
    np.testing.assert_allclose(window(values, 100, 200, function), expected, atol=1e-6)


def test_a_window_that_holds_nothing_of_the_film_is_not_used_and_said(
    deep: np.ndarray, write_dicom: WriteDicom
) -> None:
    film = read_radiograph(write_dicom(deep, WindowCenter="60000", WindowWidth="10"))
    assert film.info.scaling == "0.5-99.5 percentile"
    assert "holds none of the film's values" in film.info.notes[0]


def voi(data: list[int], first: int, bits: int) -> Sequence:
    lut = Dataset()
    lut.add_new("LUTDescriptor", "US", [len(data), first, bits])
    lut.add_new("LUTData", "OW", np.array(data, "<u2").tobytes())
    return Sequence([lut])


def test_the_voi_lut_comes_before_the_window(deep: np.ndarray, write_dicom: WriteDicom) -> None:
    table = [round(4095 * (i / 4095) ** 2) for i in range(4096)]
    film = read_radiograph(
        write_dicom(deep, BitsStored=12, VOILUTSequence=voi(table, 0, 12), WindowCenter="9", WindowWidth="5")
    )
    np.testing.assert_allclose(film.pixels, np.array(table)[deep] / 4095, atol=1e-5)
    assert film.info.scaling == "VOI LUT"


def test_values_beyond_the_voi_luts_ends_take_the_ends(deep: np.ndarray, write_dicom: WriteDicom) -> None:
    film = read_radiograph(write_dicom(deep, BitsStored=12, VOILUTSequence=voi(list(range(0, 4096, 4)), 1000, 12)))
    expected = np.clip(deep.astype(int) - 1000, 0, 1023) * 4 / 4095
    np.testing.assert_allclose(film.pixels, expected, atol=1e-5)


def test_a_voi_lut_that_claims_more_bits_than_it_has_is_still_full_range(
    deep: np.ndarray, write_dicom: WriteDicom
) -> None:
    film = read_radiograph(write_dicom(deep, BitsStored=12, VOILUTSequence=voi(list(range(4096)), 0, 16)))
    np.testing.assert_allclose(film.pixels, deep / 4095, atol=1e-5)


def test_a_modality_lut_is_looked_up_before_the_window(deep: np.ndarray, write_dicom: WriteDicom) -> None:
    lut = voi([4095 - i for i in range(4096)], 0, 16)
    lut[0].ModalityLUTType = "OD"
    film = read_radiograph(
        write_dicom(deep, BitsStored=12, ModalityLUTSequence=lut, WindowCenter="2048", WindowWidth="4096")
    )
    np.testing.assert_allclose(film.pixels, (4095 - deep.astype(int)) / 4095, atol=2e-4)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_black_and_outside_the_percentiles(
    deep: np.ndarray, write_dicom: WriteDicom, photometric: str
) -> None:
    padded = deep.copy()
    padded[:10] = 60_000
    film = read_radiograph(write_dicom(padded, PixelPaddingValue=60_000, PhotometricInterpretation=photometric))
    assert not film.pixels[:10].any()
    inside = deep[10:]
    low, high = np.percentile(inside, (0.5, 99.5))
    grey = np.clip((inside - low) / (high - low), 0, 1)
    np.testing.assert_allclose(film.pixels[10:], 1 - grey if photometric == "MONOCHROME1" else grey, atol=1e-5)
    assert film.info.notes == ("padding around the film was set to black",)
    padded[:5] = 59_000
    film = read_radiograph(write_dicom(padded, PixelPaddingValue=60_000, PixelPaddingRangeLimit=59_000))
    assert not film.pixels[:10].any()


FACING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    r"L\F": lambda a: a,
    r"R\F": lambda a: a[:, ::-1],
    r"L\H": lambda a: a[::-1],
    r"R\H": lambda a: a[::-1, ::-1],
    r"F\L": lambda a: a.T,
    r"H\L": lambda a: a[::-1].T,
    r"F\R": lambda a: a[:, ::-1].T,
    r"H\R": lambda a: a[::-1, ::-1].T,
}
"""How an upright film is stored when rows and columns run to these directions."""


@pytest.mark.parametrize("stated", FACING)
def test_patient_orientation_turns_the_film_to_the_usual_display(
    ramp: np.ndarray, write_dicom: WriteDicom, stated: str
) -> None:
    stored = np.ascontiguousarray(FACING[stated](ramp))
    film = read_radiograph(write_dicom(stored, PatientOrientation=stated.split("\\")))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-6)
    assert film.info.header_sides
    assert (film.info.width, film.info.height) == (64, 48)
    assert stated in film.info.orientation


@pytest.mark.parametrize("stated", [["A", "F"], ["L"], ["", ""], ["LF", "X"], None])
def test_other_orientations_leave_the_film_as_it_is(
    ramp: np.ndarray, write_dicom: WriteDicom, stated: list[str] | None
) -> None:
    film = read_radiograph(write_dicom(ramp, **({} if stated is None else {"PatientOrientation": stated})))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-6)
    assert not film.info.header_sides


def test_the_projection_is_read_from_view_code_and_orientation(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    def projection(**header: object) -> str | None:
        return read_radiograph(write_dicom(ramp, **header)).info.header_projection

    code = Dataset()
    code.CodeMeaning = "postero-anterior"
    assert [projection(ViewPosition=v) for v in ("AP", "PA", "LL", "RL", "LATERAL")] == [
        "AP", "PA", "lateral", "lateral", "lateral",
    ]  # fmt: skip
    assert projection(ViewCodeSequence=[code]) == "PA"
    assert projection(PatientOrientation=["A", "F"]) == "lateral"
    assert projection(ViewPosition="") is None
    assert projection() is None


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_uncompressed_transfer_syntaxes(deep: np.ndarray, write_dicom: WriteDicom, syntax: UID) -> None:
    film = read_radiograph(write_dicom(deep, syntax=syntax, WindowCenter="2048", WindowWidth="4096"))
    plain = read_radiograph(write_dicom(deep, WindowCenter="2048", WindowWidth="4096"))
    np.testing.assert_array_equal(film.pixels, plain.pixels)


@pytest.mark.parametrize("kind", ["JPEGLosslessProcess14", "JPEGLosslessProcess14_1", "JPEGLSLossless",
                                  "JPEG2000Lossless", "RLELossless"])  # fmt: skip
def test_lossless_compression_gives_the_same_film(
    deep: np.ndarray, write_dicom: WriteDicom, compress: Callable[[Path, str], Path], kind: str
) -> None:
    plain = write_dicom(deep, BitsStored=12, WindowCenter="2048", WindowWidth="4096")
    packed = compress(plain, kind)
    assert pydicom.dcmread(packed, stop_before_pixels=True).file_meta.TransferSyntaxUID.is_compressed
    np.testing.assert_array_equal(read_radiograph(packed).pixels, read_radiograph(plain).pixels)


@pytest.mark.parametrize("kind", ["JPEGLSNearLossless", "JPEG2000"])
def test_lossy_compression_gives_nearly_the_same_film(
    deep: np.ndarray, write_dicom: WriteDicom, compress: Callable[[Path, str], Path], kind: str
) -> None:
    plain = write_dicom(deep, BitsStored=12, WindowCenter="2048", WindowWidth="4096")
    film, expected = read_radiograph(compress(plain, kind)), read_radiograph(plain)
    np.testing.assert_allclose(film.pixels, expected.pixels, atol=0.02)


def test_a_syntax_without_a_decoder_here_names_the_package_that_has_one(
    ramp: np.ndarray, deep: np.ndarray, write_dicom: WriteDicom, compress: Callable[[Path, str], Path]
) -> None:
    twelve = compress(write_dicom(deep, BitsStored=12), "JPEGExtendedProcess2_4")
    ds = pydicom.dcmread(compress(write_dicom(deep, BitsStored=12), "JPEG2000Lossless"))
    ds.file_meta.TransferSyntaxUID = HTJ2KLossless
    ds.save_as(twelve.with_name("fast.dcm"))
    for path, package in ((twelve, "pylibjpeg-libjpeg"), (twelve.with_name("fast.dcm"), "pylibjpeg-openjpeg")):
        if importlib.util.find_spec(package.replace("pylibjpeg-", "")) is not None:
            pytest.skip(f"{package} is installed")
        with pytest.raises(RadiographError, match=f"pip install pylibjpeg {package}$"):
            read_radiograph(path)


def test_what_the_decoders_log_stays_in(
    ramp: np.ndarray, write_dicom: WriteDicom, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_dicom(ramp, PatientName="DOE^JANE")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"DX", b"dx").replace(b"DOE^JANE", b"DOE\xff\xfeANE"))
    read_radiograph(path)
    path.write_bytes(whole[:-900])
    with pytest.raises(RadiographError):
        read_radiograph(path)
    assert caplog.records == []


def jpeg_dicom(
    write_dicom: WriteDicom, picture: Image.Image, declared: np.ndarray, kind: str, **header: object
) -> Path:
    out = BytesIO()
    picture.save(out, kind, **({"quality": 95} if kind == "JPEG" else {}))
    ds = pydicom.dcmread(write_dicom(declared, **header))
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit if kind == "JPEG" else JPEG2000Lossless
    ds.PixelData = encapsulate([out.getvalue()])
    ds["PixelData"].VR = "OB"
    path = Path(str(ds.filename)).with_name("jpeg.dcm")
    ds.save_as(path)
    return path


def test_jpeg_baseline_grey_and_colour(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    film = read_radiograph(jpeg_dicom(write_dicom, Image.fromarray(ramp), ramp, "JPEG"))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=4 / 255)
    rgb = np.dstack([ramp, ramp // 2, ramp // 3])
    film = read_radiograph(
        jpeg_dicom(write_dicom, Image.fromarray(rgb), rgb, "JPEG", PhotometricInterpretation="YBR_FULL_422")
    )
    np.testing.assert_allclose(film.pixels, rgb / 255 @ [0.299, 0.587, 0.114], atol=6 / 255)
    assert film.info.colour > 0.1


def test_colour_and_palette_secondary_captures(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    rgb = np.dstack([ramp, ramp, ramp])
    film = read_radiograph(write_dicom(rgb))
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-5)
    assert film.info.colour == 0
    palette = {
        f"{colour}PaletteColorLookupTable{part}": value
        for colour in ("Red", "Green", "Blue")
        for part, value in (
            ("Descriptor", [256, 0, 16]),
            ("Data", (np.arange(255, -1, -1) * 257).astype("<u2").tobytes()),
        )
    }
    film = read_radiograph(write_dicom(ramp, PhotometricInterpretation="PALETTE COLOR", **palette))
    np.testing.assert_allclose(film.pixels, 1 - ramp / 255, atol=1e-4)


def test_a_data_set_without_its_file_header_is_read(deep: np.ndarray, write_dicom: WriteDicom) -> None:
    for syntax in (ImplicitVRLittleEndian, ExplicitVRLittleEndian):
        path = write_dicom(deep, syntax=syntax, WindowCenter="2048", WindowWidth="4096")
        expected = read_radiograph(path)
        ds = pydicom.dcmread(path)
        bare = BytesIO()
        pydicom.dcmwrite(bare, Dataset(ds), implicit_vr=syntax.is_implicit_VR, little_endian=True)
        assert bare.getvalue()[128:132] != b"DICM"
        np.testing.assert_array_equal(read_radiograph(bare.getvalue()).pixels, expected.pixels)


def test_the_first_frame_is_read_and_an_odd_modality_is_said(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    film = read_radiograph(
        write_dicom(
            np.concatenate([ramp, 255 - ramp]), Rows=48, NumberOfFrames=2, Modality="CT", BurnedInAnnotation="YES"
        )
    )
    np.testing.assert_allclose(film.pixels, ramp / 255, atol=1e-6)
    assert film.info.notes[0] == "the file holds 2 frames; the first was read"
    assert "modality CT" in film.info.notes[1]
    assert "burnt into" in film.info.notes[2]


@pytest.mark.parametrize(
    "syntax", ["raw", "JPEGLSLossless", "JPEG2000Lossless", "RLELossless", "JPEGLosslessProcess14_1"]
)
def test_damage_anywhere_is_a_film_or_a_sentence_never_a_crash(
    deep: np.ndarray, write_dicom: WriteDicom, compress: Callable[[Path, str], Path], syntax: str
) -> None:
    path = write_dicom(deep, BitsStored=12, PatientName="DOE^JANE", WindowCenter="2048", WindowWidth="4096")
    whole = (path if syntax == "raw" else compress(path, syntax)).read_bytes()
    rng = np.random.default_rng(3)
    refused: list[str] = []
    for trial in range(60):
        data = bytearray(whole)
        if trial % 3 == 0:
            data = data[: int(rng.integers(1, len(data)))]
        else:
            for at in rng.integers(0, min(len(data), 900 if trial % 3 == 1 else len(data)), 3):
                data[int(at)] = int(rng.integers(256))
        try:
            film = read_radiograph(bytes(data))
        except RadiographError as error:
            refused.append(str(error))
        else:
            assert np.isfinite(film.pixels).all()
    assert len(refused) > 8
    assert not any("\n" in said or "DOE" in said for said in refused)


def test_dicom_without_a_picture_names_the_modality(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    with pytest.raises(RadiographError, match=r"'film.dcm' is DICOM without a picture \(modality SR\)"):
        read_radiograph(write_dicom(ramp, Modality="SR", PixelData=None))


def test_sizes_no_radiograph_has_are_refused_before_decoding(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    for rows, columns in ((1, 1), (48, 30_000), (20_000, 20_000), (0, 64)):
        with pytest.raises(RadiographError, match=f"{columns} x {rows} px"):
            read_radiograph(write_dicom(ramp, Rows=rows, Columns=columns))


def test_pixels_that_are_cut_short_are_said(ramp: np.ndarray, write_dicom: WriteDicom) -> None:
    path = write_dicom(ramp)
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(RadiographError, match=r"cannot be decoded|incomplete"):
        read_radiograph(path)


def test_a_compressed_picture_larger_than_the_header_says_is_refused(
    ramp: np.ndarray, write_dicom: WriteDicom
) -> None:
    huge = Image.new("L", (15_000, 15_000))
    with pytest.raises(RadiographError, match="cannot be decoded"):
        read_radiograph(jpeg_dicom(write_dicom, huge, ramp, "JPEG"))


def test_a_deflated_file_that_unpacks_to_far_more_is_refused(
    ramp: np.ndarray, write_dicom: WriteDicom, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_dicom(ramp, syntax=DeflatedExplicitVRLittleEndian)
    read_radiograph(path)
    data = path.read_bytes()
    start = 144 + int.from_bytes(data[140:144], "little")
    packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    path.write_bytes(data[:start] + packer.compress(bytes(1 << 24)) + packer.flush())
    monkeypatch.setattr(dicom, "MAX_INFLATED_BYTES", 1 << 22)
    with pytest.raises(RadiographError, match="unpacks to more than 4 MiB"):
        read_radiograph(path)
