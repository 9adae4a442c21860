"""Photographs as phones, drones and programs write them: against their known pixels."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from longtail.images import heif, kinds
from longtail.images.broken_image import BrokenImageError, Reason
from longtail.images.opening import open_image
from tests.images.test_opening import bytes_of, levels, photograph, refusal


def large(width: int = 640, height: int = 400) -> Image.Image:
    return photograph().resize((width, height), Image.Resampling.BICUBIC)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(data: bytes, *chunks: bytes, behind: bool = False) -> bytes:
    """A PNG with chunks before its pixels, or behind them."""
    place = data.index(b"IEND") - 4 if behind else 33
    return data[:place] + b"".join(chunks) + data[place:]


# Names


def test_a_kind_is_listed_once() -> None:
    assert len(set(kinds.PICTURE_ENDINGS)) == len(kinds.PICTURE_ENDINGS)
    assert len(set(kinds.FORMATS)) == len(kinds.FORMATS)
    assert not set(kinds.PICTURE_ENDINGS) & set(kinds.RAW_ENDINGS)


def test_pillow_has_a_decoder_for_each_kind() -> None:
    Image.init()
    assert set(kinds.FORMATS) - {"HEIF"} <= set(Image.OPEN)


# MPO


def mpo(image: Image.Image, exif: bytes = b"") -> bytes:
    return bytes_of(image, "MPO", save_all=True, append_images=[Image.new("RGB", image.size)], exif=exif, quality=95)


def test_an_mpo_gives_its_first_picture_by_a_draft_too() -> None:
    data = mpo(large(1_280, 800))
    opened = open_image(data)
    assert (opened.format, opened.size, opened.image.size) == ("MPO", (1_280, 800), (1_280, 800))
    assert np.abs(np.asarray(opened.image, int) - np.asarray(large(1_280, 800), int)).mean() < 2
    small = open_image(data, at_least=90)
    assert (small.size, small.image.size) == ((1_280, 800), (320, 200))
    wanted = large(1_280, 800).resize((320, 200), Image.Resampling.BOX)
    assert np.abs(np.asarray(small.image, int) - np.asarray(wanted, int)).mean() < 2


def test_an_mpo_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert open_image(mpo(large(), exif.tobytes())).size == (400, 640)


# Drafts


@pytest.mark.parametrize(("side", "drafted"), [(200, 400), (100, 200), (99, 200), (51, 200), (50, 100), (25, 50)])
def test_a_draft_keeps_at_least_twice_the_side(side: int, drafted: int) -> None:
    assert min(open_image(bytes_of(large(), "JPEG"), at_least=side).image.size) == drafted


# PNG


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 5_000_000)),
        png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"x" * 5_000_000)),
        png_chunk(b"tEXt", b"Comment\0" + b"x" * 2_000_000),
    ],
    ids=["zTXt", "iTXt", "tEXt"],
)
def test_a_png_with_much_text_opens(chunk: bytes, behind: bool) -> None:
    pixels = np.asarray(photograph()).tolist()
    assert levels(with_chunks(bytes_of(photograph()), *[chunk] * 3, behind=behind)) == pixels


def test_a_png_with_a_large_profile_or_many_texts_opens() -> None:
    profile = png_chunk(b"iCCP", b"screen\0\0" + zlib.compress(bytes(3_000_000)))
    many = [png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 1_000_000))] * 80
    for chunks in ([profile], many):
        assert levels(with_chunks(bytes_of(photograph()), *chunks)) == np.asarray(photograph()).tolist()


def test_small_text_stays_and_says_which_way_is_up() -> None:
    xmp = b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>'
    large_text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 5_000_000))
    opened = open_image(with_chunks(bytes_of(photograph()), png_chunk(b"iTXt", xmp), large_text))
    assert opened.size == (40, 60)


def test_a_damaged_text_is_no_damage_to_the_picture() -> None:
    broken = png_chunk(b"zTXt", b"Comment\0\0" + b"no zlib at all")
    assert levels(with_chunks(bytes_of(photograph()), broken)) == np.asarray(photograph()).tolist()


# 12 and 14 bits elsewhere than in a TIFF


RAMP = np.array([[0, 51, 102], [153, 204, 255]])


def coded(pixels: np.ndarray, ending: str) -> bytes:
    return cv2.imencode(ending, pixels)[1].tobytes()


@pytest.mark.parametrize("ending", [".png", ".pgm"])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_few_grey_bits_in_16(bits: int, ending: str) -> None:
    assert levels(coded(np.rint(RAMP / 255 * (2**bits - 1)).astype(np.uint16), ending)) == RAMP.tolist()


@pytest.mark.parametrize("ending", [".png", ".ppm"])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_few_colour_bits_in_16(bits: int, ending: str) -> None:
    deep = np.rint(RAMP / 255 * (2**bits - 1)).astype(np.uint16)
    found = np.asarray(open_image(coded(np.stack([deep * 0, deep, deep], axis=2), ending)).image)  # OpenCV's BGR
    assert np.allclose(found[..., 0], RAMP, atol=1)
    assert np.array_equal(found[..., 0], found[..., 1])
    assert not found[..., 2].any()


def test_a_maximum_that_a_pgm_gives_is_taken_at_its_word() -> None:
    assert levels(b"P5 3 1 4095\n" + np.array([0, 256, 1_024], ">u2").tobytes()) == [[0, 16, 64]]
    assert levels(b"P2 3 1 4095\n0 256 1024\n") == [[0, 16, 64]]


def test_few_bits_with_transparency_are_refused() -> None:
    deep = np.full((2, 2, 4), 1_000, np.uint16)
    assert "dark 16-bit colours" in str(refusal(coded(deep, ".png")))
    deep[..., 3] = 65_535
    deep[0, 0] = 65_535
    assert open_image(coded(deep, ".png")).image.mode == "RGB"


def test_where_all_is_transparent_the_colours_are_taken() -> None:
    clear = Image.new("RGBA", (1, 1), (10, 20, 30, 0))
    assert levels(bytes_of(clear)) == [[[10, 20, 30]]]


# AVIF and HEIC


def test_avif_opens_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = bytes_of(large(), "AVIF", quality=90, exif=exif)
    opened = open_image(data)
    assert (opened.format, opened.size) == ("AVIF", (400, 640))
    wanted = np.asarray(large().transpose(Image.Transpose.ROTATE_270), int)
    assert np.abs(np.asarray(opened.image, int) - wanted).mean() < 3
    assert refusal(data, max_pixels=1_000).reason is Reason.TOO_LARGE


def test_heic_opens_upright_where_the_plugin_is() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    pillow_heif.register_heif_opener()
    large().save(file, "HEIF", quality=90, exif=exif.tobytes())  # as an Exif object it would not turn the picture
    opened = open_image(file.getvalue())
    assert (opened.format, opened.size) == ("HEIF", (400, 640))
    wanted = np.asarray(large().transpose(Image.Transpose.ROTATE_270), int)
    assert np.abs(np.asarray(opened.image, int) - wanted).mean() < 3
    assert refusal(file.getvalue(), max_pixels=1_000).reason is Reason.TOO_LARGE
    with pytest.raises(BrokenImageError):
        open_image(file.getvalue()[: len(file.getvalue()) // 2])


def test_heic_without_the_plugin_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "is_installed", lambda: False)
    error = refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    assert error.reason is Reason.UNSUPPORTED
    assert "HEIC; install the plug-in (pip install 'longtail[heic]') or export it as JPEG" in str(error)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\x0a" + bytes(20), "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20), "JPEG 2000"),
        (b"8BPS\0\1" + bytes(20), "Photoshop"),
        (b"\0\0\0\x20ftypisom" + bytes(20), "a video"),
    ],
)
def test_what_is_known_and_not_opened_is_named(data: bytes, name: str) -> None:
    assert str(refusal(data)) == f"a kind of picture that is not opened: {name}; export it as JPEG or PNG"
