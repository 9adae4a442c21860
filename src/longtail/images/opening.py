"""The one place that opens images. The result is a picture in mode L or RGB, or a reason."""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageStat, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "PPM", "BMP", "GIF", "TIFF", "WEBP")
"""What is opened, by content and not by name. Pillow's other formats are refused: some start programs."""

MAX_PIXELS = 100_000_000

_BYTES_A_PIXEL = 16  # no picture that we open needs more, even uncompressed
_COLOUR = 4  # grey levels between two channels that JPEG's rounding explains
_SILENT = 0.4  # a channel this much flatter than the liveliest one carries no picture
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
_SHADES = ("1", "L", "LA", "La")
_SIXTEEN_BITS = 65_535
_header = threading.Lock()

# What Pillow's decoders raise on bytes that are not what they claim (found by flipping bits of good files).
_DECODER_ERRORS = (
    OSError, SyntaxError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError, EOFError,
    NotImplementedError, MemoryError, struct.error, zlib.error,
)  # fmt: skip


class Reason(StrEnum):
    """Why a file gives no picture."""

    EMPTY = "the file is empty"
    NOT_AN_IMAGE = "not an image"
    TOO_LARGE = "too large"
    TRUNCATED = "the file ends too early"
    DAMAGED = "the file is damaged"
    UNREADABLE = "the file cannot be read"


class BrokenImageError(Exception):
    """A file that gives no picture; its text is the same for the same bytes."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(reason, detail)  # both, so that it survives the way back from another process

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)


@dataclass(frozen=True)
class OpenedImage:
    """A picture, and what the file was before it became one."""

    image: Image.Image
    """Mode L or RGB, upright; smaller than `size` where `at_least` allowed it."""
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
        if size > _BYTES_A_PIXEL * max_pixels:
            raise BrokenImageError(Reason.TOO_LARGE, f"{size:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise BrokenImageError(Reason.UNREADABLE, error.strerror or type(error).__name__) from error


def open_image(data: bytes, max_pixels: int = MAX_PIXELS, at_least: int = 0) -> OpenedImage:
    """Decode one picture, whatever its format and mode, into upright L or RGB.

    16-bit and float pixels are scaled to 8 bits, never clipped; transparency is composed on white; CMYK and palettes
    become RGB. An animation gives its first frame.

    Args:
        data: the file's bytes.
        max_pixels: width x height above which nothing is decoded.
        at_least: pixels of the short side the caller needs; a large JPEG is then decoded at 1/2, 1/4 or 1/8 of its
            size (in the frequency domain, so without aliasing), never below `at_least`. 0: at full size.

    Returns:
        The picture, and what the file was.

    Raises:
        BrokenImageError: with the reason.
    """
    if not data:
        raise BrokenImageError(Reason.EMPTY)
    try:
        with warnings.catch_warnings(action="ignore"), _open_header(data) as image:  # what is wrong is our answer
            width, height = image.size
            if width * height > max_pixels:
                raise BrokenImageError(
                    Reason.TOO_LARGE, f"{width:,} x {height:,} px, the limit is {max_pixels:,} pixels"
                )
            mode, kind = image.mode, image.format or ""
            if at_least and kind == "JPEG":
                image.draft(None, (at_least, at_least))
            image.load()
            plain = to_plain(image)
            orientation, taken = _orientation(image), _capture_time(image)
    except UnidentifiedImageError as error:
        raise BrokenImageError(Reason.NOT_AN_IMAGE, f"it begins with {data[:12]!r}") from error
    except _DECODER_ERRORS as error:
        if isinstance(error, EOFError) or "truncated" in str(error).lower():
            raise BrokenImageError(Reason.TRUNCATED, f"after {len(data):,} bytes") from error
        raise BrokenImageError(Reason.DAMAGED, str(error)) from error
    rotated = orientation in _UPRIGHT
    if rotated:
        plain = plain.transpose(_UPRIGHT[orientation])
    size = (height, width) if orientation in _ON_ITS_SIDE else (width, height)
    return OpenedImage(plain, size, kind, mode, rotated, taken)


def open_working(path: Path) -> Image.Image:
    """The picture of a working copy or a variant: a JPEG in mode L or RGB that this project wrote or checked.

    The quick way for training and embedding: no measuring, no conversion.

    Returns:
        The decoded picture.

    Raises:
        BrokenImageError: it cannot be read or decoded.
    """
    try:
        with Image.open(path, formats=("JPEG",)) as image:
            image.load()
            return image
    except OSError as error:
        raise BrokenImageError(Reason.UNREADABLE, error.strerror or "not the JPEG that was written there") from error


def to_plain(image: Image.Image) -> Image.Image:
    """A loaded picture of any mode, in mode L or RGB."""
    if image.mode in ("L", "RGB") and not image.has_transparency_data:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_to_bytes(np.asarray(image)))
    shades = image.mode in _SHADES
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), seen)
    return image.convert("L" if shades else "RGB")


def is_grey(image: Image.Image) -> bool:
    """Whether an L or RGB picture has no colour: its channels agree everywhere, JPEG's rounding aside."""
    if image.mode == "L":
        return True
    red, green, blue = image.split()
    pairs = ((red, green), (green, blue), (red, blue))
    return all(_furthest(one, other) <= _COLOUR for one, other in pairs)


def single_channel(image: Image.Image) -> str:
    """`red`, `green` or `blue` where that channel alone carries an RGB picture and the others lie flat, else `""`."""
    if image.mode == "L":
        return ""
    spread = ImageStat.Stat(image).stddev
    *_, second, first = sorted(spread)
    return ("red", "green", "blue")[spread.index(first)] if first > 1 and second < _SILENT * first else ""


def _furthest(one: Image.Image, other: Image.Image) -> float:
    return max(np.ravel(ImageChops.difference(one, other).getextrema()))


def _open_header(data: bytes) -> Image.Image:
    # Pillow's own guard counts pixels too, but warns where we refuse and refuses where a parameter of ours allows:
    # ours stands in its place, between the header and the decoder.
    with _header:
        guard, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(io.BytesIO(data), formats=FORMATS)
        finally:
            Image.MAX_IMAGE_PIXELS = guard


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _DECODER_ERRORS:  # garbled EXIF beside sound pixels: the photograph is as it lies
        return 1


def _capture_time(image: Image.Image) -> str:
    """EXIF's DateTimeOriginal. The other two times of EXIF say when a file was digitised or changed."""
    try:
        written = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal, "")
    except _DECODER_ERRORS:
        return ""
    return written.strip(" \0") if isinstance(written, str) else ""


def _to_bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """16-bit by its whole range, so that equal values stay equal in all pictures; wider ones by their own range."""
    values = np.nan_to_num(pixels.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if pixels.dtype.kind == "f" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif pixels.dtype.kind == "f" and low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    elif pixels.dtype.kind != "f" and low >= 0 and high <= _SIXTEEN_BITS:
        low, high = 0.0, float(_SIXTEEN_BITS)
    scaled = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
    levels: NDArray[np.uint8] = np.rint(scaled).astype(np.uint8)
    return levels
