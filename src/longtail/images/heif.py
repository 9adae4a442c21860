"""HEIC by pillow-heif, an optional package: its wheels carry codecs under other licences than ours."""

from __future__ import annotations

from functools import cache

from longtail.images import kinds

_FORMAT = "HEIF"


def formats(data: bytes) -> tuple[str, ...]:
    """Pillow's names of the formats to try for a file; the plug-in is imported for the files alone that need it."""
    needed = kinds.is_heif(data) and is_installed()
    return tuple(name for name in kinds.FORMATS if needed or name != _FORMAT)


@cache
def is_installed() -> bool:
    """Whether HEIC can be opened; tells Pillow of the plug-in."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener(thumbnails=False)
    return True
