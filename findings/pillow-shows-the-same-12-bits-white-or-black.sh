#!/bin/sh
# Pillow 13.0.0: the same 12-bit pixels become nearly white in a grey file and nearly black in a colour one.
#
# One would guess: `Image.open(path).convert("RGB")`, which every loader of training images does, scales a 16-bit
# file to 8 bits; or at least treats grey and colour alike, since grey is colour with three equal channels.
# What happens: a 16-bit grey PNG opens in mode "I;16", and `convert` clips: all from 255 upwards is white. A 16-bit
# colour PNG opens in mode "RGB", and the decoder keeps the upper byte of each value. Cameras and microscopes store
# 12 bits (0 to 4095) in 16: as grey 94% of a ramp is white, as colour nothing is brighter than 15 of 255. Values
# that use all 16 bits come out right as colour, and white as grey. No warning in any case.
# Why it matters: a set with both kinds has two sorts of useless images that all open, have the right size, and pass
# a check for damaged files; the network learns which camera it was.
# What to do: look at the mode before converting: for "I;16" scale by the bits that are really used, with numpy. For
# colour, 12 bits are lost once Pillow has opened the file; read it with another library.
#
# Seen, of a ramp from black to white:
#   stored as              opens as   darkest  mean  brightest  share of pure white
#   12 bits, grey          I;16             0   247        255                  94%
#   12 bits, colour        RGB              0     8         15                   0%
#   16 bits, grey          I;16             0   254        255                 100%
#   16 bits, colour        RGB              0   128        255                   0%
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
"$tmp/venv/bin/python" - <<'PYTHON'
import io
import struct
import zlib

import numpy as np
from PIL import Image


def png(values):
    """A 16-bit PNG of these values, grey (height, width) or colour (height, width, 3)."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, 2 if values.ndim == 3 else 0, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


seen = []
print(f"{'stored as':22} {'opens as':10} darkest  mean  brightest  share of pure white")
for bits in (12, 16):
    grey = np.tile(np.linspace(0, 2**bits - 1, 256).round().astype(np.uint16), (16, 1))
    for name, values in (("grey", grey), ("colour", np.stack([grey] * 3, axis=-1))):
        opened = Image.open(io.BytesIO(png(values)))
        pixels = np.asarray(opened.convert("RGB"))
        white = (pixels == 255).mean()
        seen.append((opened.mode, int(pixels.max()), round(100 * white)))
        print(f"{f'{bits} bits, {name}':22} {opened.mode:10} {pixels.min():7} {pixels.mean():5.0f} {pixels.max():10} {white:20.0%}")
raise SystemExit(seen != [("I;16", 255, 94), ("RGB", 15, 0), ("I;16", 255, 100), ("RGB", 255, 0)])
PYTHON
