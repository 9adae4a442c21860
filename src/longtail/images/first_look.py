"""Whether a photograph can be opened, told cheaply: by its header and its end mark. Only what lacks one is decoded."""

from __future__ import annotations

from pathlib import Path

from longtail.images.broken_image import BrokenImageError
from longtail.images.opening import check_header, open_image, read_bytes

_ENDS = ((b"\xff\xd8", b"\xff\xd9"), (b"\x89PNG", b"IEND"))
"""(how a file begins, its end mark): JPEG and PNG. Inside of a JPEG's pixels the mark cannot occur."""
_LAST = 1 << 16  # bytes in which the end mark is looked for: cameras write something of their own after it


def problem_of(path: Path) -> str:
    """Why a photograph cannot be opened.

    Damage inside of the pixels shows only where they are decoded, as by `prepare`.

    Args:
        path: the file.

    Returns:
        The reason; `""` where it looks whole.
    """
    try:
        data = read_bytes(path)
        check_header(data)
        mark = next((end for start, end in _ENDS if data.startswith(start)), b"")
        if mark not in data[-_LAST:]:
            open_image(data)
    except BrokenImageError as broken:
        return str(broken)
    return ""
