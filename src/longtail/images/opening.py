"""The one place that opens photographs. The result is a picture in mode L or RGB, or a reason.

`working_reader` reads back what this project has written.
"""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from longtail.images import heif, kinds, tiff
from longtail.images.broken_image import BrokenImageError, Reason
from longtail.images.plain import Samples, deep_colours, to_plain
from longtail.images.png_text import without_large_text
from longtail.images.tiff_tags import is_tiff

MAX_PIXELS = 100_000_000

_BYTES_A_PIXEL = 16  # no picture that we open needs more, even uncompressed
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = (5, 6, 7, 8)
_DRAFT_MARGIN = 2  # a draft is made smaller once more by a good filter: below twice the size that blurs or aliases
_DEEP_PPM = 65_535  # the highest value of 16 bits in a PGM or PPM
_header = threading.Lock()

# What Pillow's decoders raise on bytes that are not what they claim (found by flipping bits of good files).
DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError, EOFError,
    NotImplementedError, MemoryError, struct.error, zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class OpenedImage:
    """A picture, and what the file was before it became one."""

    image: Image.Image
    """Mode L or RGB, or YCbCr where that was asked for; upright; smaller than `size` where `at_least` allowed it."""
    size: tuple[int, int]
    """Width and height of the original, upright, in pixels."""
    format: str
    """Pillow's name of the file's format, e.g. `JPEG`."""
    mode: str
    """The original's mode, e.g. `L`, `RGB`, `CMYK`, `I;16`."""
    rotated: bool
    """Whether EXIF said that the camera was not held upright."""
    taken: str = ""
    """EXIF's capture time as the camera wrote it, in local time; `""` where it has none."""


def most_bytes(max_pixels: int) -> int:
    """Bytes above which a file could only hold too large a picture."""
    return _BYTES_A_PIXEL * max_pixels


def read_bytes(path: Path, max_pixels: int = MAX_PIXELS) -> bytes:
    """The bytes of a file.

    Args:
        path: the file.
        max_pixels: width x height above which a picture is too large; a file of more bytes is not read.

    Returns:
        The bytes.

    Raises:
        BrokenImageError: it cannot be read, or could only hold too large a picture.
    """
    try:
        size = path.stat().st_size
        if size > most_bytes(max_pixels):
            raise BrokenImageError(Reason.TOO_LARGE, f"{size:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise BrokenImageError(Reason.UNREADABLE, error.strerror or type(error).__name__) from error


def open_image(data: bytes, max_pixels: int = MAX_PIXELS, at_least: int = 0, *, as_stored: bool = False) -> OpenedImage:
    """Decode one picture, whatever its format and mode, into upright L or RGB.

    Wider values are scaled to 8 bits, never clipped; transparency is composed on white; CMYK and palettes become RGB.
    An animation gives its first frame.

    Args:
        data: the file's bytes.
        max_pixels: width x height above which nothing is decoded.
        at_least: pixels of the short side the caller needs; a large JPEG is then decoded at 1/2, 1/4 or 1/8 of its
            size (in the frequency domain), never below twice `at_least`. 0: at full size.
        as_stored: leave a colour JPEG of at least twice that size in YCbCr, as its file has it.

    Returns:
        The picture, and what the file was.

    Raises:
        BrokenImageError: with the reason.
    """
    with _reasons(data):
        return _opened(without_large_text(data), max_pixels, at_least, as_stored=as_stored)


def check_header(data: bytes, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse what `open_image` refuses before it decodes; whether the pixels are whole is not looked at.

    Args:
        data: the file's bytes.
        max_pixels: width x height above which nothing is decoded.

    Raises:
        BrokenImageError: with the reason.
    """
    with _reasons(data), _checked(without_large_text(data), max_pixels)[0]:
        pass


@contextmanager
def _reasons(data: bytes) -> Iterator[None]:
    """Turn what Pillow raises on bytes into a reason. Raises BrokenImageError."""
    if not data:
        raise BrokenImageError(Reason.EMPTY)
    try:
        with warnings.catch_warnings(action="ignore"):  # what is wrong is our answer
            yield
    except UnidentifiedImageError as error:
        raise BrokenImageError(*_unknown(data)) from error
    except Image.DecompressionBombError as error:  # Pillow's own guard, in a decoder that looks again
        raise BrokenImageError(Reason.TOO_LARGE, "more pixels than its decoder allows") from error
    except DECODER_ERRORS as error:
        if isinstance(error, EOFError) or "truncated" in str(error).lower():
            raise BrokenImageError(Reason.TRUNCATED, f"after {len(data):,} bytes") from error
        raise BrokenImageError(Reason.DAMAGED, str(error)) from error


def _checked(data: bytes, max_pixels: int) -> tuple[ImageFile.ImageFile, Samples]:
    """The picture before it is decoded, and how a TIFF means its values. Raises BrokenImageError."""
    samples = tiff.checked(data) if is_tiff(data) else Samples()
    image = open_header(data)
    width, height = image.size
    if width * height > max_pixels:
        image.close()
        raise BrokenImageError(Reason.TOO_LARGE, f"{width:,} x {height:,} px, the limit is {max_pixels:,} pixels")
    return image, samples


def _opened(data: bytes, max_pixels: int, at_least: int, *, as_stored: bool) -> OpenedImage:
    header, samples = _checked(data, max_pixels)
    with header as image:
        (width, height), mode, kind = image.size, image.mode, image.format or ""
        samples, is_deep = _depth(image, samples)
        keeps_ycc = False
        if at_least and kind in ("JPEG", "MPO"):
            least = _DRAFT_MARGIN * at_least
            keeps_ycc = as_stored and min(image.size) >= least and _holds_ycc(image)
            image.draft("YCbCr" if keeps_ycc else None, (least, least))
        image.load()
        is_left = keeps_ycc and image.mode == "YCbCr"
        plain = image if is_left else to_plain(deep_colours(image, data) if is_deep else image, samples)
        orientation, taken = orientation_of(image), _capture_time(image)
    rotated = orientation in _UPRIGHT
    if rotated:
        plain = plain.transpose(_UPRIGHT[orientation])
    size = (height, width) if orientation in _ON_ITS_SIDE else (width, height)
    return OpenedImage(plain, size, kind, mode, rotated, taken)


def _holds_ycc(image: ImageFile.ImageFile) -> bool:
    """Whether a JPEG surely has brightness and two colour differences; Adobe or other names may mean RGB."""
    names = tuple(layer[0] for layer in getattr(image, "layer", ()))
    return image.mode == "RGB" and names == (1, 2, 3) and image.info.get("adobe_transform", 1) == 1


def _unknown(data: bytes) -> tuple[Reason, str]:
    """Why no decoder took the bytes."""
    if kinds.raw_maker(data):
        return Reason.RAW, kinds.RAW_REMEDY
    name = kinds.known_as(data)
    if name == "HEIC" and not heif.is_installed():
        return Reason.UNSUPPORTED, f"{name}; {kinds.HEIC_REMEDY}"
    if name:
        return Reason.UNSUPPORTED, f"{name}; export it as JPEG or PNG"
    return Reason.NOT_AN_IMAGE, f"it begins with {data[:12]!r}"


def _depth(image: ImageFile.ImageFile, samples: Samples) -> tuple[Samples, bool]:
    """How the values are meant, and whether they are 16-bit colours; before the picture is loaded."""
    codec, arguments = (image.tile[0].codec_name, image.tile[0].args) if image.tile else ("", None)
    raw_mode, *rest = arguments if isinstance(arguments, tuple) and arguments else (arguments,)
    if image.format == "PPM" and codec != "raw" and rest:
        declared = Samples(top=_DEEP_PPM)  # Pillow has scaled them by the maximum that the file gives
        return (samples, image.mode == "RGB") if rest[0] == _DEEP_PPM else (declared, False)
    return samples, image.mode in ("RGB", "RGBA", "LA") and ";16" in str(raw_mode)


def open_header(data: bytes) -> ImageFile.ImageFile:
    """Open a photograph without decoding it. Raises one of DECODER_ERRORS where it is no picture."""
    # Pillow's own guard counts pixels too, but warns where we refuse and refuses where a parameter of ours allows:
    # ours stands in its place, between the header and the decoder.
    with _header:
        guard, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(io.BytesIO(data), formats=heif.formats(data))
        finally:
            Image.MAX_IMAGE_PIXELS = guard


def orientation_of(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8; 1, upright, where EXIF cannot be read."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except DECODER_ERRORS:  # garbled EXIF beside sound pixels: the photograph is as it lies
        return 1


def _capture_time(image: Image.Image) -> str:
    """EXIF's DateTimeOriginal. The other two times of EXIF say when a file was digitised or changed."""
    try:
        written = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal, "")
    except DECODER_ERRORS:
        return ""
    return written.strip(" \0") if isinstance(written, str) else ""
