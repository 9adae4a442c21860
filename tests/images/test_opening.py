"""Opening images: every format and mode gives an upright L or RGB picture, everything else a reason."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from longtail.images.broken_image import BrokenImageError, Reason
from longtail.images.colour import is_grey, single_channel
from longtail.images.opening import open_image, read_bytes
from longtail.images.working_reader import open_working


def bytes_of(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)  # type: ignore[arg-type]
    return file.getvalue()


def levels(data: bytes) -> list[list[int]]:
    return np.asarray(open_image(data).image).tolist()


def photograph(mode: str = "RGB") -> Image.Image:
    """A soft picture, 60 wide and 40 high, with colour in it."""
    across, down = np.meshgrid(np.linspace(0, 255, 60), np.linspace(0, 255, 40))
    pixels = np.stack([across, down, 255 - across], axis=2).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds a single byte of pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def refusal(data: bytes, **how: int) -> BrokenImageError:
    with pytest.raises(BrokenImageError) as caught:
        open_image(data, **how)
    return caught.value


# What is refused, and why


def test_an_empty_file_says_so() -> None:
    assert refusal(b"").reason is Reason.EMPTY


def test_text_named_jpg_says_how_it_begins() -> None:
    error = refusal(b"<!DOCTYPE html><html>please log in</html>")
    assert error.reason is Reason.NOT_AN_IMAGE
    assert str(error) == "not an image: it begins with b'<!DOCTYPE ht'"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "PPM"])
def test_half_a_file_ends_too_early(kind: str) -> None:
    data = bytes_of(photograph("L"), kind)
    assert refusal(data[: len(data) // 2]).reason is Reason.TRUNCATED


def test_a_flipped_byte_in_a_png_is_damage() -> None:
    data = bytearray(bytes_of(photograph()))
    data[20] ^= 0xFF  # the height, so that the header's checksum is wrong
    assert refusal(bytes(data)).reason in (Reason.DAMAGED, Reason.NOT_AN_IMAGE)


def test_a_bomb_is_refused_before_its_pixels_are_touched() -> None:
    data = png_header(60_000, 60_000)  # were it decoded, it would end too early
    started = time.perf_counter()
    error = refusal(data)
    assert time.perf_counter() - started < 1
    assert error.reason is Reason.TOO_LARGE
    assert str(error) == "too large: 60,000 x 60,000 px, the limit is 100,000,000 pixels"


def test_the_limit_is_the_callers_and_not_pillows() -> None:
    before = Image.MAX_IMAGE_PIXELS
    assert refusal(bytes_of(photograph()), max_pixels=2_399).reason is Reason.TOO_LARGE
    assert open_image(bytes_of(photograph()), max_pixels=2_400).size == (60, 40)
    assert refusal(png_header(30_000, 30_000), max_pixels=10**9).reason is Reason.TRUNCATED
    assert before == Image.MAX_IMAGE_PIXELS


def test_formats_that_start_programs_stay_shut() -> None:
    assert refusal(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n").reason is Reason.NOT_AN_IMAGE


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(BrokenImageError, match="the file cannot be read: Is a directory") as caught:
        read_bytes(tmp_path)
    assert caught.value.reason is Reason.UNREADABLE


def test_a_file_that_could_only_hold_a_bomb_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.bmp"
    with path.open("wb") as file:
        file.truncate(1_601)  # at 16 bytes a pixel more than 100 pixels
    with pytest.raises(BrokenImageError, match="too large: 1,601 bytes"):
        read_bytes(path, max_pixels=100)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "P"), ("PPM", "L"), ("GIF", "P"), ("TIFF", "F")]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_whatever_bytes_come_the_answer_is_a_picture_or_a_reason(
    kind: tuple[str, str], changes: list[tuple[int, int]]
) -> None:
    data = bytearray(bytes_of(photograph(kind[1]), kind[0]))
    for place, value in changes:
        data[place % len(data)] = value
    try:
        answer = open_image(bytes(data), max_pixels=1_000_000).image.mode
    except BrokenImageError as error:
        answer = str(error)
    assert answer in ("L", "RGB") or answer.startswith(tuple(Reason))
    assert " at 0x" not in answer  # no address of memory: equal bytes, equal words


# Modes


def test_plain_pictures_come_as_they_are() -> None:
    assert levels(bytes_of(Image.fromarray(np.array([[0, 7], [200, 255]], np.uint8)))) == [[0, 7], [200, 255]]
    assert open_image(bytes_of(photograph())).mode == "RGB"


def test_one_bit_becomes_black_and_white() -> None:
    opened = open_image(bytes_of(Image.fromarray(np.array([[True, False]]))))
    assert (opened.mode, opened.image.mode) == ("1", "L")
    assert np.asarray(opened.image).tolist() == [[255, 0]]


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    deep = np.array([[0, 257, 32_896, 65_535]], np.uint16)
    assert levels(bytes_of(Image.fromarray(deep))) == [[0, 1, 128, 255]]
    assert levels(b"P5 4 1 65535\n" + deep.astype(">u2").tobytes()) == [[0, 1, 128, 255]]
    assert levels(bytes_of(Image.fromarray(deep), "TIFF")) == [[0, 1, 128, 255]]


def test_twelve_bits_in_a_pgm_are_scaled_by_its_own_maximum() -> None:
    assert levels(b"P5 3 1 4095\n" + np.array([0, 2_048, 4_095], ">u2").tobytes()) == [[0, 128, 255]]


def test_floats_are_scaled_by_their_range() -> None:
    assert levels(bytes_of(Image.fromarray(np.array([[0, 0.5, 1]], np.float32)), "TIFF")) == [[0, 128, 255]]
    assert levels(bytes_of(Image.fromarray(np.array([[0, 99.6, 200]], np.float32)), "TIFF")) == [[0, 100, 200]]
    assert levels(bytes_of(Image.fromarray(np.array([[-1, 0, 1]], np.float32)), "TIFF")) == [[0, 128, 255]]
    assert levels(bytes_of(Image.fromarray(np.array([[5, np.nan]], np.float32)), "TIFF")) == [[5, 0]]


def test_a_palette_becomes_its_colours_and_what_is_clear_becomes_white() -> None:
    picture = Image.new("P", (3, 1))
    picture.putpalette([10, 20, 30, 200, 100, 50, 0, 0, 0])
    picture.putdata([0, 1, 2])
    assert levels(bytes_of(picture)) == [[[10, 20, 30], [200, 100, 50], [0, 0, 0]]]
    assert levels(bytes_of(picture, transparency=1)) == [[[10, 20, 30], [255, 255, 255], [0, 0, 0]]]


def test_transparency_is_composed_on_white() -> None:
    half = Image.new("RGBA", (1, 1), (255, 0, 0, 128))  # 255 x 127/255 of the white shines through
    assert levels(bytes_of(half)) == [[[255, 127, 127]]]
    grey = Image.new("LA", (2, 1))
    grey.putdata([(0, 255), (0, 0)])
    opened = open_image(bytes_of(grey))
    assert (opened.mode, opened.image.mode, np.asarray(opened.image).tolist()) == ("LA", "L", [[0, 255]])
    keyed = bytes_of(Image.fromarray(np.array([[9, 77]], np.uint8)), transparency=77)
    assert levels(keyed) == [[9, 255]]


def test_cmyk_becomes_rgb() -> None:
    opened = open_image(bytes_of(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=100))
    assert (opened.mode, opened.image.mode) == ("CMYK", "RGB")
    assert np.allclose(np.asarray(opened.image), [255, 0, 0], atol=3)


def test_a_jpeg_named_png_opens_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "whale.png"
    path.write_bytes(bytes_of(photograph(), "JPEG"))
    assert open_image(read_bytes(path)).format == "JPEG"


# The way up, and the size


@pytest.mark.parametrize(
    ("orientation", "seen"),
    [
        (1, [[0, 80], [160, 240]]),
        (2, [[80, 0], [240, 160]]),
        (3, [[240, 160], [80, 0]]),
        (4, [[160, 240], [0, 80]]),
        (5, [[0, 160], [80, 240]]),
        (6, [[160, 0], [240, 80]]),
        (7, [[240, 80], [160, 0]]),
        (8, [[80, 240], [0, 160]]),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_turns_the_picture_upright(kind: str, orientation: int, seen: list[list[int]]) -> None:
    corners = np.array([[0, 80], [160, 240]], np.uint8).repeat(16, axis=0).repeat(24, axis=1)
    exif = Image.Exif()
    exif[0x0112] = orientation
    how = {"quality": 100} if kind in ("JPEG", "WEBP") else {}
    opened = open_image(bytes_of(Image.fromarray(corners), kind, exif=exif, **how))
    assert opened.size == opened.image.size == ((32, 48) if orientation >= 5 else (48, 32))
    pixels = np.asarray(opened.image.convert("L"))
    height, width = pixels.shape
    found = pixels[np.ix_([height // 4, height * 3 // 4], [width // 4, width * 3 // 4])]
    assert np.allclose(found, seen, atol=3)


def test_garbled_exif_leaves_the_picture_as_it_lies() -> None:
    opened = open_image(bytes_of(photograph(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff nonsense"))
    assert (opened.size, opened.rotated) == ((60, 40), False)


def test_a_large_jpeg_is_decoded_at_twice_the_side_asked_for_and_its_own_size_is_kept() -> None:
    data = bytes_of(photograph().resize((640, 400)), "JPEG")
    assert open_image(data, at_least=100).image.size == (320, 200)
    assert open_image(data, at_least=101).image.size == (640, 400)
    assert open_image(data, at_least=50).size == (640, 400)


# Working copies


def test_a_working_copy_opens_as_it_is_and_a_lost_one_gives_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "copy.jpg"
    path.write_bytes(bytes_of(photograph("L"), "JPEG"))
    assert open_working(path).mode == "L"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BrokenImageError, match="the file cannot be read"):
        open_working(path)
    with pytest.raises(BrokenImageError, match="No such file"):
        open_working(tmp_path / "none.jpg")


# Colour


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_grey_is_found_in_any_mode_and_colour_is_not(quality: int) -> None:
    grey = photograph("L")
    assert is_grey(grey)
    assert is_grey(open_image(bytes_of(grey.convert("RGB"), "JPEG", quality=quality)).image)
    assert not is_grey(open_image(bytes_of(photograph(), "JPEG", quality=quality)).image)


def test_a_spot_of_colour_makes_a_picture_not_grey() -> None:
    picture = photograph("L").convert("RGB")
    picture.putpixel((30, 20), (200, 100, 100))
    assert not is_grey(picture)


@pytest.mark.parametrize("channel", ["red", "green", "blue"])
@pytest.mark.parametrize("quality", [75, 95])
def test_the_one_channel_that_carries_the_picture_is_named(channel: str, quality: int) -> None:
    noise = np.random.default_rng(0).normal(0, 12, (40, 60))
    grey = Image.fromarray(np.clip(np.asarray(photograph("L")) + noise, 0, 255).astype(np.uint8))
    flat = Image.new("L", grey.size, 30)
    bands = [grey if name == channel else flat for name in ("red", "green", "blue")]
    tinted = open_image(bytes_of(Image.merge("RGB", bands), "JPEG", quality=quality)).image
    assert single_channel(tinted) == channel
    assert not is_grey(tinted)


def test_no_channel_is_named_in_a_grey_flat_or_colourful_picture() -> None:
    assert single_channel(photograph()) == ""
    assert single_channel(photograph("L")) == ""
    assert single_channel(photograph("L").convert("RGB")) == ""
    assert single_channel(Image.new("RGB", (8, 8), (200, 0, 0))) == ""
