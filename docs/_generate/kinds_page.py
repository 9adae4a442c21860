"""The kinds of picture that are opened, from the one list in `images/kinds.py`."""

from __future__ import annotations

from docs._generate.markdown import code, table
from longtail.images import kinds

INTRO = """# Kinds of picture

What a photograph may be. Its content decides, not its name; the endings decide which files of a folder
`longtail import` and `longtail identify` take for photographs.
"""
DEPTH = """
Every picture becomes 8 bits a channel, grey or RGB, upright as EXIF says. Transparent parts become white.

## Values of more than 8 bits

Cameras write 10, 12 or 14 bits into files of 16. Such values are scaled by the smallest of these depths that holds
the brightest value of the picture, so that they do not come out nearly black. So a 16-bit photograph whose brightest
value is below a quarter of the range becomes brighter than it is. Wider values are scaled by their own range.

## What is refused

`prepare` and `identify` name the file and the reason.

"""
_SAVE = "save it as an ordinary TIFF or PNG"
REFUSED = (
    (
        "a camera's raw file, by its content",
        "the picture that every program finds in it is a small preview",
        "export it as JPEG or TIFF with a raw converter",
    ),
    ("a TIFF whose first page is marked as reduced, or is smaller than another page", "the same", _SAVE),
    (
        "a TIFF of several pages of about one size",
        "which one is the photograph is not known",
        "save each page as a file of its own",
    ),
    (
        "a TIFF that does not say whether zero is black; planes of 16 bits; uncompressed YCbCr with fewer colour "
        "samples; 8-bit values with a sign; compressed big-endian values with a sign or a fraction",
        "it would be opened with other pixels than it has",
        _SAVE,
    ),
    (
        "a TIFF of 32-bit or float colours, of 64-bit values, or with an unusual compression",
        "it cannot be decoded",
        _SAVE,
    ),
    ("16-bit colours below a quarter of the range, with transparency", "the same", "save it with 8 bits a channel"),
    ("JPEG XL, JPEG 2000, Photoshop, PDF, videos", "they are not opened", "export it as JPEG or PNG"),
)


def page() -> str:
    """The page: a table of the kinds, and what is refused.

    Returns:
        The page as Markdown.
    """
    rows = [(kind.name, ", ".join(map(code, kind.endings)), kind.note) for kind in kinds.KINDS]
    raw = (
        f"\nFiles that end in {', '.join(map(code, kinds.RAW_ENDINGS))} are a camera's raw files: they are left out.\n"
    )
    opened = table(("kind", "endings", "note"), rows)
    return INTRO + "\n" + opened + raw + DEPTH + table(("what", "why", "what to do"), REFUSED)
