"""TIFFs of every kind against their known pixels: right, or refused; never a thumbnail, never inverted."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from numpy.typing import NDArray

from longtail.images.broken_image import BrokenImageError, Reason
from longtail.images.opening import open_image
from tests.images import tiffs
from tests.images.tiffs import Page, page, tiff

RAMP = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)
COLOURS = np.array([[[255, 0, 0], [0, 128, 255]]], np.uint8)
FULL, SMALL = np.full((40, 60), 90, np.uint8), np.full((10, 15), 200, np.uint8)


def levels(data: bytes) -> list[list[int]]:
    return np.asarray(open_image(data).image).tolist()


def refusal(data: bytes) -> BrokenImageError:
    with pytest.raises(BrokenImageError) as caught:
        open_image(data)
    return caught.value


def deep(bits: int) -> NDArray[np.uint16]:
    """The ramp, in the lowest `bits` of 16."""
    return np.rint(RAMP / 255.0 * (2**bits - 1)).astype(np.uint16)


# Values


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_fewer_bits_in_a_16_bit_file_are_scaled_by_their_own_depth(bits: int, order: str) -> None:
    assert levels(tiff(page(deep(bits), order=order), order=order)) == RAMP.tolist()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_colours_of_fewer_bits_too(bits: int, order: str) -> None:
    colours = np.stack([deep(bits)] * 3, axis=2)
    colours[..., 2] = 0
    found = np.asarray(open_image(tiff(page(colours, 2, order=order), order=order)).image)
    assert np.allclose(found[..., 0], RAMP, atol=1)
    assert np.array_equal(found[..., 0], found[..., 1])
    assert not found[..., 2].any()


def test_packed_12_bits_are_scaled_though_none_of_them_is_bright() -> None:
    packed = bytes([0x00, 0x08, 0x00, 0xFF, 0xF0, 0x00])  # 0, 2048, 4095, 0 as 000 800 FFF 000
    dark = bytes([0x10, 0x00, 0x00])  # 256, 0
    tags = {tiffs.BITS: 12, tiffs.WIDTH: 4}
    assert levels(tiff(page(np.zeros((1, 4), np.uint8), tags=tags, strips=[packed]))) == [[0, 128, 255, 0]]
    tags = {tiffs.BITS: 12, tiffs.WIDTH: 2}
    assert levels(tiff(page(np.zeros((1, 2), np.uint8), tags=tags, strips=[dark]))) == [[16, 0]]


@pytest.mark.parametrize("pixels", [RAMP, deep(12), deep(16), (RAMP / 255).astype(np.float32)], ids=str)
def test_white_is_zero_is_not_inverted(pixels: NDArray[np.generic]) -> None:
    white_is_zero = pixels.max() - pixels
    assert levels(tiff(page(white_is_zero, 0))) == RAMP.tolist()


def test_white_is_zero_in_one_and_four_bits() -> None:
    tags = {tiffs.BITS: 1, tiffs.WIDTH: 8}
    assert levels(tiff(page(np.zeros((1, 8), np.uint8), 0, tags=tags, strips=[b"\x0f"]))) == [[255] * 4 + [0] * 4]
    tags = {tiffs.BITS: 4, tiffs.WIDTH: 2}
    assert levels(tiff(page(np.zeros((1, 2), np.uint8), 0, tags=tags, strips=[b"\x0f"]))) == [[255, 0]]


def test_32_bits_without_a_sign_keep_their_order() -> None:
    wide = np.array([[0, 2**31 - 1, 2**31, 2**32 - 1]], np.uint32)
    assert levels(tiff(page(wide))) == [[0, 127, 128, 255]]


def test_values_with_a_sign() -> None:
    assert levels(tiff(page(np.array([[0, 16_384, 32_767]], np.int16)))) == [[0, 128, 255]]
    assert levels(tiff(page(np.array([[-100, 0, 155]], np.int32)))) == [[0, 100, 255]]
    assert "8-bit values with a sign" in str(refusal(tiff(page(np.array([[-1, 1]], np.int8)))))


@pytest.mark.parametrize("dtype", [np.float32, np.int16])
def test_big_endian_values_are_right_or_refused_when_they_are_compressed(dtype: type) -> None:
    pixels = np.array([[0, 1, 3], [2, 1, 0]], dtype)
    plain = page(pixels, order=">")
    assert levels(tiff(plain, order=">"))[0][0] == 0
    packed = page(pixels, order=">", tags={tiffs.COMPRESSION: 8}, strips=[zlib.compress(plain.strips[0])])
    assert refusal(tiff(packed, order=">")).reason is Reason.UNSUPPORTED


def test_a_file_that_does_not_say_which_end_is_black_is_refused() -> None:
    error = refusal(tiff(page(RAMP, None)))
    assert str(error).startswith(
        "a kind of picture that is not opened: a TIFF, it does not say whether zero is black or white; save it as"
    )


# Colours


def test_a_colour_map_of_8_bit_values_is_not_black() -> None:
    reds, greens, blues = [0] * 256, [0] * 256, [0] * 256
    reds[1], greens[1], blues[1] = 200, 100, 50
    index = np.array([[0, 1]], np.uint8)
    short = page(index, 3, tags={tiffs.COLOUR_MAP: [*reds, *greens, *blues]})
    long = page(index, 3, tags={tiffs.COLOUR_MAP: [257 * value for value in (*reds, *greens, *blues)]})
    assert levels(tiff(short)) == levels(tiff(long)) == [[[0, 0, 0], [200, 100, 50]]]


def test_cmyk_and_lab() -> None:
    assert levels(tiff(page(np.array([[[0, 255, 255, 0], [0, 0, 0, 0]]], np.uint8), 5))) == [
        [[255, 0, 0], [255, 255, 255]]
    ]
    white, grey = levels(tiff(page(np.array([[[255, 0, 0], [137, 0, 0]]], np.uint8), 8)))[0]
    assert np.allclose(white, 255, atol=2)
    assert np.allclose(grey, 128, atol=3)


@pytest.mark.parametrize(
    ("extra", "pixel"),
    [
        (1, [64, 0, 0, 128]),  # multiplied by its opacity already
        (2, [128, 0, 0, 128]),
    ],
)
def test_associated_and_other_alpha_lie_on_white(extra: int, pixel: list[int]) -> None:
    found = levels(tiff(page(np.array([[pixel]], np.uint8), 2, tags={tiffs.EXTRA: extra})))
    assert np.allclose(found, [[[191, 127, 127]]], atol=1)


@pytest.mark.parametrize("extra", [1, 2])
def test_grey_with_alpha(extra: int) -> None:
    stored = [[[0, 255], [0, 0], [100, 255]]]
    assert levels(tiff(page(np.array(stored, np.uint8), 1, tags={tiffs.EXTRA: extra}))) == [[0, 255, 100]]


def test_an_unnamed_fourth_channel_is_no_transparency() -> None:
    stored = np.array([[[255, 0, 0, 0], [0, 128, 255, 0]]], np.uint8)
    assert levels(tiff(page(stored, 2, tags={tiffs.EXTRA: 0}))) == COLOURS.tolist()
    assert levels(tiff(page(stored, 2, tags={tiffs.EXTRA: 2}))) == COLOURS.tolist()  # all clear: it says nothing


def test_planes_of_8_bits_are_right() -> None:
    planes = [COLOURS[..., at].tobytes() for at in range(3)]
    assert levels(tiff(page(COLOURS, 2, tags={tiffs.PLANAR: 2}, strips=planes))) == COLOURS.tolist()
    packed = [zlib.compress(plane) for plane in planes]
    tags = {tiffs.PLANAR: 2, tiffs.COMPRESSION: 8}
    assert levels(tiff(page(COLOURS, 2, tags=tags, strips=packed))) == COLOURS.tolist()
    assert levels(tiff(page(RAMP, tags={tiffs.PLANAR: 2}))) == RAMP.tolist()


@pytest.mark.parametrize(
    "one",
    [
        page(np.stack([deep(16)] * 3, axis=2), 2, tags={tiffs.PLANAR: 2}, strips=[deep(16).tobytes()] * 3),
        page(deep(16), tags={tiffs.PLANAR: 2}),
        page(RAMP, 0, tags={tiffs.PLANAR: 2}),
    ],
    ids=["three planes of 16 bits", "one of 16 bits", "one that counts from white"],
)
def test_planes_that_would_come_out_wrong_are_refused(one: Page) -> None:
    assert "its channels lie in planes" in str(refusal(tiff(one)))


def test_uncompressed_chroma_at_half_resolution_is_refused() -> None:
    colours = np.full((2, 2, 3), 128, np.uint8)
    assert "fewer colour samples" in str(refusal(tiff(page(colours, 6))))
    assert levels(tiff(page(colours, 6, tags={tiffs.SUBSAMPLING: [1, 1]})))[0][0] == [128, 128, 128]


def test_tiles_that_reach_over_the_edge() -> None:
    pixels = np.arange(20 * 20, dtype=np.uint16).reshape(20, 20).astype(np.uint8)
    whole = np.zeros((32, 32), np.uint8)
    whole[:20, :20] = pixels
    tiles = [whole[row : row + 16, column : column + 16].tobytes() for row in (0, 16) for column in (0, 16)]
    tags = {tiffs.TILE_WIDTH: 16, tiffs.TILE_HEIGHT: 16, tiffs.ROWS: None}
    assert levels(tiff(page(pixels, tags=tags, strips=tiles))) == pixels.tolist()
    packed = [zlib.compress(tile) for tile in tiles]
    one = page(pixels, tags=tags | {tiffs.COMPRESSION: 8}, strips=packed)
    assert levels(tiff(one)) == pixels.tolist()


@pytest.mark.parametrize(
    "one",
    [
        page(np.zeros((2, 2, 3), np.float32), 2),
        page(np.zeros((2, 2, 3), np.uint32), 2),
        page(np.zeros((2, 2), np.float64)),
        page(np.zeros((2, 2, 7), np.uint8)),
        page(np.zeros((2, 2), np.uint8), tags={tiffs.COMPRESSION: 34_887}),
    ],
    ids=["float colours", "32-bit colours", "doubles", "seven channels", "an unknown compression"],
)
def test_what_cannot_be_decoded_is_called_a_tiff(one: Page) -> None:
    assert str(refusal(tiff(one))) == "a kind of picture that is not opened: TIFF; export it as JPEG or PNG"


# Pages


def test_a_smaller_copy_behind_the_picture_is_skipped() -> None:
    for copy in (page(SMALL), page(SMALL, tags={tiffs.SUBFILE_TYPE: 1}), page(FULL, tags={tiffs.SUBFILE_TYPE: 4})):
        assert levels(tiff(page(FULL), copy)) == FULL.tolist()
    assert levels(tiff(page(FULL, below=[page(SMALL)]))) == FULL.tolist()


def test_several_pages_of_one_size_are_refused() -> None:
    error = refusal(tiff(page(FULL), page(FULL), page(SMALL)))
    assert str(error) == "several pictures in one file: 2 pages of about 60 x 40 px; save each by itself"


@pytest.mark.parametrize("tags", [{tiffs.SUBFILE_TYPE: 1}, {tiffs.OLD_SUBFILE_TYPE: 2}, {tiffs.SUBFILE_TYPE: 4}])
def test_a_first_page_that_says_it_is_reduced_is_no_photograph(tags: dict[int, int]) -> None:
    assert refusal(tiff(page(SMALL, tags=tags), page(FULL))).reason is Reason.PREVIEW
    assert refusal(tiff(page(SMALL, tags=tags, below=[page(FULL)]))).reason is Reason.PREVIEW
    assert refusal(tiff(page(SMALL, tags=tags))).reason is Reason.PREVIEW


def test_a_first_page_that_is_smaller_than_another_is_no_photograph() -> None:
    wanted = "the first page is a reduced image: 15 x 10 px, another has 60 x 40 px; save it as"
    assert str(refusal(tiff(page(SMALL), page(FULL)))).startswith(wanted)
    assert str(refusal(tiff(page(SMALL, below=[page(FULL)])))).startswith(wanted)


def test_pages_that_point_at_each_other_end() -> None:
    data = bytearray(tiff(page(FULL), page(SMALL)))
    data[-4:] = data[4:8]
    assert levels(bytes(data)) == FULL.tolist()


# Raw files


SENSOR = page(np.zeros((400, 600), np.uint16), 32_803)
PREVIEW = page(np.zeros((12, 16, 3), np.uint8), 2, tags={tiffs.SUBFILE_TYPE: 1})


@pytest.mark.parametrize(
    "data",
    [
        tiff(page(np.zeros((12, 16, 3), np.uint8), 2, tags={tiffs.DNG_VERSION: [1, 4, 0, 0]}, below=[SENSOR])),
        tiff(page(np.zeros((12, 16, 3), np.uint8), 2, tags={tiffs.DNG_VERSION: [1, 4, 0, 0]})),
        tiff(page(np.zeros((12, 16, 3), np.uint16), 34_892, tags={tiffs.DNG_VERSION: [1, 4, 0, 0]})),
        tiff(Page(PREVIEW.strips, PREVIEW.tags, [SENSOR])),
        tiff(page(np.zeros((12, 16, 3), np.uint8), 2), start=b"CR\2\0\0\0\0\0"),
        tiff(PREVIEW, SENSOR),
        tiff(SENSOR, page(SMALL)),
        tiff(page(np.zeros((12, 16, 3), np.uint8), 2, order=">", below=[SENSOR]), order=">"),
        b"FUJIFILMCCD-RAW 0201FF389501X-T3" + bytes(400),
        b"IIRO\x08\0\0\0" + bytes(400),
        b"IIU\0\x18\0\0\0" + bytes(400),
        b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(400),
    ],
    ids=["dng", "dng alone", "linear dng", "nef", "cr2", "arw", "pef", "big-endian nef", "raf", "orf", "rw2", "cr3"],
)
def test_a_raw_file_is_never_taken_for_its_preview(data: bytes) -> None:
    error = refusal(data)
    assert error.reason is Reason.RAW
    assert "export it as JPEG or TIFF with a raw converter" in str(error)
