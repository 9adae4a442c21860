#!/bin/sh
# Pillow 13.0.0: a 16-bit colour TIFF whose channels lie in planes of their own opens as garbage, unless it is compressed.
#
# One would guess: Pillow opens a TIFF right, or raises. How the file lies on the disk (PlanarConfiguration 1: red, green
# and blue of each pixel together; 2: first all reds, then all greens, then all blues) makes no difference to the pixels.
# What happens: with planes, 16 bits and no compression, Pillow takes each of the two bytes of a value for a pixel. A row
# of the photograph becomes two: its left half, stretched, then its right half, with the low bytes, which are noise, in
# between. The lower half of each strip is missing; here, with one strip for each plane, that of the photograph. Mode and
# size are as they should be, and there is no warning. Planes with 8 bits come out right, and so do 16 bits in a file
# that is compressed without loss.
# Why it matters: tifffile 2026.3.3 writes such a file from an array (3, height, width) without being asked for planes.
# PyTorch keeps images in that order. The garbage has the right size and passes a check for damaged files, and a
# network trains on it.
# What to do: look at `image.tag_v2` before the pixels are used: 284 is 2, 258 is (16, 16, 16), 259 is 1. Read such a
# file with tifffile, and write with `planarconfig="contig"` or with a compression.
#
# Seen: mean difference of Pillow's pixels from the drawn ones, in grey levels of 255; tifffile's are the drawn ones
#   bits  channels  compression  opens as             difference
#      8  pixels    none         RGB (128, 96)               0.0
#      8  planes    none         RGB (128, 96)               0.0
#     16  pixels    none         RGB (128, 96)               0.0
#     16  planes    none         RGB (128, 96)              76.8
#     16  planes    zlib         RGB (128, 96)               0.0
#   of the garbage, every second pixel of two rows is one row of the photograph's upper half: True
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 tifffile==2026.3.3
"$tmp/venv/bin/python" - <<'PYTHON'
import io

import numpy as np
import tifffile
from PIL import Image

rows, columns = np.mgrid[0:96, 0:128]
shades = [np.sin(columns / 9 + k) * np.cos(rows / 13 - k) * 0.5 + 0.5 for k in range(3)]
drawn = np.stack([(shade * 65535).round().astype(np.uint16) for shade in shades])  # (3, height, width)
right = np.moveaxis(drawn >> 8, 0, -1).astype(int)

seen = []
print("bits  channels  compression  opens as             difference")
for bits, planes, compression in ((8, False, None), (8, True, None), (16, False, None), (16, True, None), (16, True, "zlib")):
    values = drawn if bits == 16 else (drawn >> 8).astype(np.uint8)
    values = values if planes else np.moveaxis(values, 0, -1)
    file = io.BytesIO()
    tifffile.imwrite(file, values, photometric="rgb", compression=compression, byteorder="<")
    as_drawn = np.array_equal(tifffile.imread(io.BytesIO(file.getvalue())), values)
    opened = Image.open(io.BytesIO(file.getvalue()))
    pixels = np.asarray(opened).astype(int)
    error = np.abs(pixels - right).mean()
    if error:
        garbage = pixels
    as_planes = opened.tag_v2[284] == 2
    seen.append((as_drawn, as_planes == planes, opened.mode, opened.size, bool(error > 20), bool(error > 0)))
    where, how = "planes" if planes else "pixels", compression or "none"
    print(f"{bits:4}  {where:8}  {how:11}  {opened.mode} {opened.size!s:16} {error:10.1f}")
halves = np.concatenate([garbage[0::2, 1::2], garbage[1::2, 1::2]], axis=1)
is_upper_half = np.array_equal(halves, right[:48])
print("of the garbage, every second pixel of two rows is one row of the photograph's upper half:", is_upper_half)
expected = [(True, True, "RGB", (128, 96), wrong, wrong) for wrong in (False, False, False, True, False)]
raise SystemExit(not (seen == expected and is_upper_half))
PYTHON
