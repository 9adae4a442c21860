"""PNG files whose text or colour profile is larger than the decoder allows: the picture is whole without them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXT = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
_MOST_A_CHUNK = 2**20  # bytes of one text, decompressed: Pillow refuses more
_MOST = 2**25  # bytes of all texts together: half of what Pillow allows


def without_large_text(data: bytes) -> bytes:
    """A PNG without those texts and profiles that are too large; whatever else is left as it is.

    A text is decompressed up to the limit and no further, so that a small file cannot fill the memory.

    Args:
        data: the bytes of a file.

    Returns:
        The same bytes, or a copy that lacks some chunks.
    """
    if not data.startswith(_SIGNATURE):
        return data
    total, end, kept = 0, 0, bytearray()
    for start, stop, name in _chunks(data):
        if name not in _TEXT:
            continue
        size = _text_size(memoryview(data)[start + 8 : stop - 4], name)
        total += size
        if size > _MOST_A_CHUNK or total > _MOST:
            kept += data[end:start]
            end = stop
            total -= size
    return bytes(kept + data[end:]) if end else data


def _chunks(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(start, end, name) of each chunk that lies whole in the file."""
    start = len(_SIGNATURE)
    while start + 12 <= len(data):
        stop = start + 12 + int.from_bytes(data[start : start + 4])
        if stop > len(data):
            return
        yield start, stop, data[start + 4 : start + 8]
        start = stop


def _text_size(body: memoryview, name: bytes) -> int:
    """Bytes of a text, decompressed; no more than just over the limit of one chunk are ever made."""
    keyword, _, rest = bytes(body[:4096]).partition(b"\0")
    start = len(keyword) + 1
    if name == b"iTXt":
        if rest[:1] != b"\1":
            return len(body)
        *_, text = rest[2:].split(b"\0", 2)  # language, translated keyword, text
        start = min(len(body), 4096) - len(text)
    elif name == b"tEXt":
        return len(body)
    else:
        start += 1  # the method of compression
    try:
        return len(zlib.decompressobj().decompress(body[start:], _MOST_A_CHUNK + 1))
    except zlib.error:  # Pillow skips it
        return 0
