"""The one list of picture kinds: what a photograph may be, by the ending of its name and by its content. Pure."""

from __future__ import annotations

from typing import NamedTuple

from longtail.names import JPEG_ENDINGS


class Kind(NamedTuple):
    """A kind of picture that is opened."""

    name: str
    pillow: str
    """Pillow's name of the format; it is found by content, never by the ending."""
    endings: tuple[str, ...]
    """What names of such files end in, in small letters."""
    note: str
    """What is particular about it, for the documentation."""


KINDS = (
    Kind("JPEG", "JPEG", (*JPEG_ENDINGS, ".jpe", ".jfif", ".mpo"), "of several pictures in one file (MPO), the first"),
    Kind("PNG", "PNG", (".png",), "text and profiles that are too large are skipped; of an animation the first frame"),
    Kind("PGM, PPM, PBM", "PPM", (".pgm", ".ppm", ".pbm", ".pnm"), "a maximum other than 65535 is taken at its word"),
    Kind("BMP", "BMP", (".bmp",), ""),
    Kind("GIF", "GIF", (".gif",), "of an animation the first frame"),
    Kind("TIFF", "TIFF", (".tif", ".tiff"), "one picture a file; smaller copies of it are skipped"),
    Kind("WebP", "WEBP", (".webp",), "of an animation the first frame"),
    Kind("AVIF", "AVIF", (".avif",), "of a sequence the first frame"),
    Kind("HEIC", "HEIF", (".heic", ".heif", ".hif"), "needs the extra `heic`: `pip install 'longtail[heic]'`"),
)

FORMATS = tuple(kind.pillow for kind in KINDS)
"""What is opened, by content and not by name. Pillow's other formats are refused: some start programs."""

PICTURE_ENDINGS = tuple(ending for kind in KINDS for ending in kind.endings)
"""What the name of a photograph ends in, in small letters."""

RAW_ENDINGS = (
    ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw", ".srf", ".sr2", ".raf", ".orf", ".rw2", ".pef", ".srw",
    ".3fr", ".fff", ".iiq", ".x3f", ".mrw", ".kdc", ".dcr", ".erf",
)  # fmt: skip
"""What the name of a camera's raw file ends in, in small letters."""

RAW_REMEDY = "export it as JPEG or TIFF with a raw converter; its built-in preview is not the photograph"
HEIC_REMEDY = "install the plug-in (pip install 'longtail[heic]') or export it as JPEG"

_RAW_STARTS = (  # of raw files that are no TIFF: (offset, bytes, maker)
    (0, b"FUJIFILMCCD-RAW", "Fujifilm"),
    (0, b"IIRO", "Olympus"),
    (0, b"IIRS", "Olympus"),
    (0, b"MMOR", "Olympus"),
    (0, b"IIU\0", "Panasonic"),
    (0, b"FOVb", "Sigma"),
    (0, b"\0MRM", "Minolta"),
    (6, b"HEAPCCDR", "Canon"),
    (4, b"ftypcrx ", "Canon"),
)
_OTHER_STARTS = (  # pictures that are known, and not opened
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"8BPS", "Photoshop"),
    (0, b"%PDF", "PDF"),
    (4, b"ftypisom", "a video"),
    (4, b"ftypmp4", "a video"),
    (4, b"ftypqt", "a video"),
)
_OPENED_STARTS = (  # what is opened, if its decoder can: (offset, bytes, name)
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (4, b"ftypavi", "AVIF"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")


def raw_maker(data: bytes) -> str:
    """Whose camera wrote a raw file that is no TIFF; `""` if the bytes are none."""
    return _named(data, _RAW_STARTS)


def is_heif(data: bytes) -> bool:
    """Whether the bytes may be HEIC: `mif1` and `msf1` may be AVIF too."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS


def known_as(data: bytes) -> str:
    """The name of a kind of file that could not be opened; `""` if the bytes begin like none that is known."""
    return "HEIC" if is_heif(data) else _named(data, (*_OTHER_STARTS, *_OPENED_STARTS))


def _named(data: bytes, starts: tuple[tuple[int, bytes, str], ...]) -> str:
    return next((name for offset, start, name in starts if data[offset : offset + len(start)] == start), "")
