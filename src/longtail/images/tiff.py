"""Which TIFF is opened, and how its values are meant. What could come out wrong without a word is refused.

Raw files of many cameras (DNG, NEF, CR2, ARW, PEF) are TIFFs whose first page is a small preview: it would be opened
without a warning. Pillow decodes some other files into other pixels than they mean: values that count down from
white, planes of 16 bits, uncompressed chroma at half resolution.
"""

from __future__ import annotations

from longtail.images import tiff_tags as tag
from longtail.images.broken_image import BrokenImageError, Reason
from longtail.images.kinds import RAW_REMEDY
from longtail.images.plain import Samples
from longtail.images.tiff_tags import Directory

_CANON_RAW = b"CR\2"
_RAW_PIXELS = (32803, 34892)  # photometric: a colour filter array, linear raw
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
_UNCOMPRESSED, _OLD_JPEG = 1, 6
_SMALLER = 0.5  # share of the first page's pixels up to which an unmarked page is taken for a smaller copy of it
_SAVE = "save it as an ordinary TIFF or PNG"


def checked(data: bytes) -> Samples:
    """How the values of a TIFF's first page are meant.

    Args:
        data: the bytes of a file that begins like a TIFF.

    Returns:
        What `plain.to_plain` must know.

    Raises:
        BrokenImageError: it is a raw file, its first page is not the photograph, or its pixels would come out wrong.
    """
    pages = tag.directories(data)
    if not pages:
        raise BrokenImageError(Reason.DAMAGED, "a TIFF without a readable page")
    _refuse_raw(data, pages)
    _refuse_other_pages(pages)
    first = pages[0]
    _refuse_wrong_pixels(first, is_big_endian=tag.is_big_endian(data))
    bits, meaning = first.one(tag.BITS, 1), first.one(tag.SAMPLE_FORMAT, _UNSIGNED)
    colours = first.tags.get(tag.COLOUR_MAP, ())
    return Samples(
        top=2**bits - 1 if bits == 12 else 2**15 - 1 if (bits, meaning) == (16, _SIGNED) else 0,
        white_is_zero=first.one(tag.PHOTOMETRIC, 0) == _WHITE_IS_ZERO and bits >= 16,  # Pillow turns 1 to 8 bits
        unsigned=(bits, meaning) == (32, _UNSIGNED),
        palette=bytes(value for colour in _colours(colours) for value in colour) if _is_short(colours) else b"",
    )


def _refuse_raw(data: bytes, pages: list[Directory]) -> None:
    raw = (
        data[8:11] == _CANON_RAW
        or any(page.one(tag.PHOTOMETRIC, 0) in _RAW_PIXELS for page in pages)
        or any(tag.DNG_VERSION in page.tags or page.tags.keys() & set(tag.CFA_PATTERN) for page in pages)
    )
    if raw:
        raise BrokenImageError(Reason.RAW, RAW_REMEDY)


def _refuse_other_pages(pages: list[Directory]) -> None:
    first, *others = pages
    largest = max(pages, key=lambda page: page.area)
    if first.is_reduced or first.is_mask or largest.area > first.area:
        larger = f"another has {_size(largest)} px" if largest.area > first.area else "the picture itself is elsewhere"
        raise BrokenImageError(Reason.PREVIEW, f"{_size(first)} px, {larger}; {_SAVE}")
    pictures = [page for page in others if page.is_page and not page.is_reduced and not page.is_mask]
    alike = [page for page in pictures if page.area > first.area * _SMALLER]
    if alike:
        raise BrokenImageError(
            Reason.SEVERAL, f"{len(alike) + 1} pages of about {_size(first)} px; save each by itself"
        )


def _refuse_wrong_pixels(page: Directory, *, is_big_endian: bool) -> None:
    photometric = page.one(tag.PHOTOMETRIC, -1)
    compression = page.one(tag.COMPRESSION, _UNCOMPRESSED)
    bits, meaning = page.one(tag.BITS, 1), page.one(tag.SAMPLE_FORMAT, _UNSIGNED)
    wrong = ""
    if photometric == -1 and compression != _OLD_JPEG:
        wrong = "it does not say whether zero is black or white"
    elif page.one(tag.PLANAR, 1) == 2 and not _planes_are_right(page):
        wrong = "its channels lie in planes of their own"
    elif photometric == _YCBCR and compression == _UNCOMPRESSED and _subsampled(page):
        wrong = "uncompressed YCbCr with fewer colour samples"
    elif (bits, meaning) == (8, _SIGNED):
        wrong = "8-bit values with a sign"
    elif is_big_endian and compression != _UNCOMPRESSED and (meaning != _UNSIGNED or bits == 32):
        wrong = "compressed big-endian values with a sign or a fraction"
    if wrong:
        raise BrokenImageError(Reason.UNSUPPORTED, f"a TIFF, {wrong}; {_SAVE}")


def _planes_are_right(page: Directory) -> bool:
    """Whether Pillow reads planes right: 8-bit colours, and one channel where it does not read the file itself."""
    bits, photometric = page.tags.get(tag.BITS, (1,)), page.one(tag.PHOTOMETRIC, 0)
    if page.one(tag.SAMPLES, 1) == 1:
        plain = set(bits) == {8} and photometric in (_BLACK_IS_ZERO, _PALETTE) and page.one(tag.FILL_ORDER, 1) == 1
        return plain or page.one(tag.COMPRESSION, _UNCOMPRESSED) != _UNCOMPRESSED
    return set(bits) == {8} and photometric in (_RGB, _CMYK) and 1 not in page.tags.get(tag.EXTRA_SAMPLES, ())


def _subsampled(page: Directory) -> bool:
    return page.tags.get(tag.SUBSAMPLING, (2, 2)) != (1, 1)


def _is_short(colours: tuple[int, ...]) -> bool:
    """Whether a colour map has 8-bit values, as some programs write it; Pillow would make it black."""
    return 0 < max(colours, default=0) < 256


def _colours(colours: tuple[int, ...]) -> list[tuple[int, ...]]:
    """(red, green, blue) of each entry: a TIFF lists all reds first."""
    third = len(colours) // 3
    return list(zip(colours[:third], colours[third : 2 * third], colours[2 * third :], strict=False))


def _size(page: Directory) -> str:
    return f"{page.one(tag.WIDTH, 0):,} x {page.one(tag.HEIGHT, 0):,}"
